#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "describe/histogram.h"
#include "describe/model_card.h"
#include "engine/photo_roots.h"
#include "remote/cluster.h"
#include "remote/dialect.h"
#include "remote/engine_settings.h"
#include "remote/index_admin.h"
#include "remote/index_reader.h"
#include "vector/vector_store.h"

namespace semblance::remote {

/// The live index of a collection, as it was when somebody last looked.
struct IndexView {
  ClusterFacts facts;
  const Dialect* dialect = nullptr;
  IndexDescription description;
  ModelCard card;
  std::uint64_t network = 0;  ///< network_number of the card
  std::uint64_t version = 0;  ///< grows whenever something of this is another

  [[nodiscard]] const IndexMeta& meta() const { return description.meta; }
  [[nodiscard]] DescriptorDimensions dimensions() const {
    return {meta().embedding_dimension(), kHistogramDimension};
  }
};

/// A collection's way to its index. Opens without the cluster: whoever asks while it is away gets
/// kUnavailable, and an answer when it is back. Safe to use from several threads.
class RemoteIndex {
 public:
  /// `patience`: for how long a request is sent again while the cluster is away or busy. Errors:
  /// those of address_of and Cluster::create.
  static Result<std::shared_ptr<const RemoteIndex>> create(const EngineSettings& settings,
                                                           std::string collection,
                                                           std::chrono::milliseconds patience);

  /// Looked at anew once a second: another process may have swapped it. Errors: those of
  /// Cluster::examine and IndexAdmin::describe; kInvalidArgument where the cluster is of the other
  /// distribution; kCorrupt (its card).
  Result<std::shared_ptr<const IndexView>> view(const SendOptions& options = {}) const;

  /// What the cluster is; asked once. Errors: those of Cluster::examine; kInvalidArgument where it
  /// is of the other distribution.
  Result<ClusterFacts> facts(const SendOptions& options = {}) const;

  [[nodiscard]] IndexReader reader(const IndexView& view) const {
    return {*cluster_, *view.dialect, view.description.index};
  }
  [[nodiscard]] IndexAdmin admin(const Dialect& dialect) const { return {*cluster_, dialect}; }
  [[nodiscard]] const Cluster& cluster() const { return *cluster_; }
  [[nodiscard]] const EngineSettings& settings() const { return settings_; }
  [[nodiscard]] const std::string& collection() const { return collection_; }

  /// A document of the collection's own state; null where there is none.
  Result<Json> state(const IndexView& view, std::string_view key,
                     const SendOptions& options = {}) const;

 private:
  RemoteIndex(EngineSettings settings, std::string collection,
              std::shared_ptr<const Cluster> cluster)
      : settings_(std::move(settings)),
        collection_(std::move(collection)),
        cluster_(std::move(cluster)) {}
  Result<std::shared_ptr<const IndexView>> look(const SendOptions& options) const;

  const EngineSettings settings_;
  const std::string collection_;
  const std::shared_ptr<const Cluster> cluster_;

  mutable std::mutex mutex_;  // of what follows
  mutable std::optional<ClusterFacts> facts_;
  mutable std::shared_ptr<const IndexView> view_;
  mutable Clock::time_point looked_;
};

/// How an index for vectors of that set is made: `meta` with the set's network in it.
IndexLayout layout_of(IndexMeta meta, const VectorSet& set, const EngineSettings& settings);

/// Where the network's files were on the machine that made the index; may be empty.
std::filesystem::path card_folder_of(const IndexMeta& meta);

/// The folders that the collection's photos may be read from.
std::optional<PhotoRoots> roots_in(const Json& settings);

/// Who answers requests would rather say soon that the cluster is away; who writes many documents
/// waits for it.
inline constexpr std::chrono::seconds kPatienceToAnswer{2};
inline constexpr std::chrono::seconds kPatienceToWrite{60};

/// The key of the state document that holds what a local catalogue keeps as settings.
inline constexpr std::string_view kSettingsState = "settings";

}  // namespace semblance::remote
