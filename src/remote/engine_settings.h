#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/collection_files.h"
#include "remote/cluster.h"

namespace semblance::remote {

/// Which cluster has a collection: what this machine keeps of it (collections/NAME/engine.json).
struct EngineSettings {
  Distribution distribution = Distribution::kOpenSearch;
  std::vector<std::string> urls;
  std::string alias;  ///< of the live index
  int shards = 1;
  int replicas = 1;
  std::filesystem::path ca_file;           ///< PEM; empty: the system's
  std::filesystem::path credentials_file;  ///< empty: the environment says them, or there are none
};

/// The alias of a collection for which no other was chosen: "semblance-NAME", in small letters.
std::string default_alias(std::string_view collection);

/// "opensearch" or "elasticsearch". Errors: kInvalidArgument.
Result<Distribution> parse_engine(std::string_view name);

/// Whether a collection lies in a cluster.
bool is_remote(const CollectionFiles& files);

/// Errors: kMissingFile, kUnreadable, kCorrupt.
Result<EngineSettings> read_engine_settings(const CollectionFiles& files);
/// Errors: kIo.
Status write_engine_settings(const CollectionFiles& files, const EngineSettings& settings);

/// What is needed to speak to the cluster. Errors: those of read_credentials and
/// credentials_from_environment.
Result<ClusterAddress> address_of(const EngineSettings& settings);

}  // namespace semblance::remote
