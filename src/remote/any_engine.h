#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/collection_reader.h"
#include "engine/collections.h"
#include "engine/sync.h"
#include "live/live_collection.h"
#include "remote/engine_settings.h"
#include "remote/remote_sync.h"

namespace semblance::remote {

// What commands and server do with collections, wherever these lie: each function looks, and calls
// the one of the engine that has the collection.

/// Errors: those of Collection::open or RemoteCollection::open.
Result<std::unique_ptr<CollectionReader>> open_reader(const std::filesystem::path& data_folder,
                                                      std::string_view name);

/// Errors: those of LiveCollection::open or RemoteCollection::open.
Result<std::unique_ptr<LiveCollection>> open_live(const std::filesystem::path& data_folder,
                                                  std::string_view name,
                                                  const LiveOptions& options);

/// Errors: those of sync_collection or sync_remote; kInvalidArgument for a part of a local
/// collection.
Result<SyncReport> sync_any(const std::filesystem::path& data_folder, std::string_view collection,
                            const SyncOptions& options, const SyncHooks& hooks,
                            const std::optional<SyncPart>& part);

/// As describe_collections; what lies in a cluster is asked there, for `patience` at most.
std::vector<CollectionListing> describe_all(const std::filesystem::path& data_folder);

/// Makes a collection in a cluster, or joins one that another machine made: the index that the
/// alias points at. `model`: of a new one; empty: the default. Errors: kConflict (the name is taken
/// here; the index has another network than `model`), those of choose_model and of the cluster.
struct CreatedRemote {
  bool joined = false;
  std::string index;
  std::string model;
  std::string notice;  ///< one line for the user, or empty
};
Result<CreatedRemote> create_remote(const std::filesystem::path& data_folder, std::string_view name,
                                    const EngineSettings& settings, const std::string& model);

/// As delete_collection. In a cluster: `keep_index` leaves the indices there, for other machines.
Status delete_any(const std::filesystem::path& data_folder, std::string_view name, bool keep_index);

}  // namespace semblance::remote
