#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "base/result.h"

namespace semblance::remote {

struct CopyReport {
  std::int64_t items = 0;    ///< with those that are not indexed
  std::int64_t photos = 0;   ///< that had been uploaded
  std::int64_t refused = 0;  ///< items that the cluster would not take: failed there
};

/// Every member may be empty.
struct CopyHooks {
  const std::atomic<bool>* stop = nullptr;
  std::function<void(std::int64_t done, std::int64_t total)> progress{};
  std::function<void(std::string_view)> notice{};
};

/// Copies a collection of this machine, or of a cluster, into an empty one in a cluster, or one of
/// a cluster into a new one of this machine: items, attributes, problems, vectors bit for bit, and
/// photos that were uploaded. Nothing is decoded or embedded. Between two clusters, or two indices
/// of one, it lies on this machine's disk meanwhile. Errors: kConflict (`to` is not empty; it is
/// there already), kInvalidArgument (both are of this machine; shortened vectors), those of the
/// clusters, kIo, kCancelled.
Result<CopyReport> copy_collection(const std::filesystem::path& data_folder, std::string_view from,
                                   std::string_view to, const CopyHooks& hooks);

}  // namespace semblance::remote
