#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "engine/sync.h"

namespace semblance::remote {

/// Which share of the items a sync is concerned with, so that several machines share the work.
struct SyncPart {
  int number = 1;  ///< from 1
  int of = 1;
};

/// "2/8". Errors: kInvalidArgument.
Result<SyncPart> parse_part(std::string_view text);

/// As sync_collection, for a collection in a cluster. Several may run at the same time, each with
/// a part of its own; another network becomes live with the next sync of the whole. Errors: also
/// kUnavailable where the cluster stays away: what it has acknowledged is kept.
Result<SyncReport> sync_remote(const std::filesystem::path& data_folder,
                               std::string_view collection, const SyncOptions& options,
                               const SyncHooks& hooks, const std::optional<SyncPart>& part);

}  // namespace semblance::remote
