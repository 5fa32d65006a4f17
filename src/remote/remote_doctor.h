#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "engine/doctor.h"

namespace semblance::remote {

/// As examine_collection, of what a collection in a cluster depends on: the cluster and its state,
/// the index and its mapping, generations that are not live, the network. Repairs nothing: a
/// cluster keeps its own copies. Errors: those of read_engine_settings.
Result<DoctorReport> examine_remote(const std::filesystem::path& data_folder,
                                    std::string_view collection);

/// Of wherever it lies.
Result<DoctorReport> examine_any(const std::filesystem::path& data_folder,
                                 std::string_view collection, bool repair);

}  // namespace semblance::remote
