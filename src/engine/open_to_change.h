#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"

namespace semblance {

/// A collection that this process alone may change.
struct OpenToChange {
  CollectionLock lock;
  Catalogue catalogue;
};

/// Opens a collection that is there, waiting for whoever changes it. Errors: those of
/// Collection::open and CollectionLock::wait.
Result<OpenToChange> open_to_change(const CollectionFiles& files,
                                    const std::filesystem::path& data_folder,
                                    std::string_view collection, const std::atomic<bool>* stop,
                                    const std::function<void(std::string_view)>& notice);

}  // namespace semblance
