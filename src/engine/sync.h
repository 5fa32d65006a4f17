#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "describe/embedder.h"
#include "engine/collection_files.h"
#include "engine/neighbours.h"
#include "engine/photo_describer.h"
#include "fetch/downloader.h"
#include "image/decode.h"
#include "source/source_options.h"

namespace semblance {

struct SyncOptions {
  std::vector<std::string>
      sources;  ///< folders, tables, feeds, lists of addresses (docs/sources.md)
  SourceOptions source;
  FetchOptions fetch;                               ///< for photos with an address
  std::optional<std::filesystem::path> attributes;  ///< a CSV or TSV to join
  std::string attributes_key = "id";       ///< its column that names the photo, without ending
  std::string product_column = "product";  ///< its column that names the product, if there is one
  std::string model;  ///< name or file; empty: the collection's, or the default
  /// Numbers that shape vectors are shortened to by PCA; 0: whole ones; nothing: as before.
  std::optional<int> components;
  bool dry_run = false;
  bool keep_missing = false;  ///< items that the source no longer names stay
  bool retry = false;         ///< try again what failed, though it did not change
  bool yes = false;           ///< do not ask before many items are removed
  int workers = 2;            ///< threads that decode and embed
  int batch_items = 256;      ///< photos a transaction: what a crash costs at most
  DecodeLimits limits;
  /// Rows of removed and changed photos that make it worth writing the vector files anew.
  std::int64_t compact_from_rows = 100;
  /// Collections with at least so many photos get a graph; nothing: as kGraphFromCodeBytes says.
  std::optional<std::int64_t> graph_from_rows;
  /// Of a neighbour table: with more rows the graph finds the neighbours, where there is one.
  std::int64_t all_pairs_up_to = kAllPairsUpTo;
};

/// What a sync did. seen = added + changed + renamed + unchanged + failed + skipped, always; where
/// it was interrupted, of the inputs that it came to.
struct SyncReport {
  std::int64_t seen = 0;
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t renamed = 0;
  std::int64_t removed = 0;
  std::int64_t unchanged = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
  std::int64_t attribute_problems = 0;
  std::int64_t embedded = 0;    ///< photos that went through the network
  bool interrupted = false;     ///< stopped on request: run again to go on
  double seconds = 0;           ///< whole sync
  double open_seconds = 0;      ///< until the network was ready
  double indexing_seconds = 0;  ///< the part in which photos were decoded and embedded
  std::string model;
  StageSeconds stages;  ///< summed over the workers
  double read_seconds = 0;
  double write_seconds = 0;

  /// Photos decoded and embedded a second, while that was going on.
  [[nodiscard]] double items_per_second() const {
    return indexing_seconds > 0 ? static_cast<double>(embedded) / indexing_seconds : 0;
  }
};

/// How far a sync is.
struct SyncProgress {
  enum class Phase { kReadingIndex, kScanning, kComparing, kIndexing, kBuildingGraph, kNeighbours };
  Phase phase = Phase::kScanning;
  std::int64_t done = 0;
  std::int64_t total = 0;  ///< 0: not known
  std::int64_t failed = 0;
};

/// What the user's side of a sync provides; every member may be empty.
struct SyncHooks {
  /// Called often, from one thread at a time.
  std::function<void(const SyncProgress&)> progress;
  /// One line for the user (a fallback network was taken, another process holds the lock, ...).
  std::function<void(std::string_view)> notice;
  /// More than 20 % of the items would be removed: go on?
  std::function<bool(std::int64_t removed, std::int64_t existing)> confirm_removal;
  /// Set by a signal handler: stop soon, keep what is done.
  const std::atomic<bool>* stop = nullptr;
  /// Opens the network; tests put a stand-in here. Default: open_onnx_embedder.
  std::function<Result<std::unique_ptr<Embedder>>(const ModelCard&)> open_embedder;
};

/// A stand-in for a collection whose truth lies elsewhere: a catalogue that knows its items, and
/// vectors of those that this sync adds. Rows of vectors that lie elsewhere are negative.
struct SyncStandIn {
  CollectionFiles files;  ///< of the stand-in
  /// Called after each transaction, from one thread at a time; an error ends the sync.
  std::function<Status()> committed;
  /// Whether the sync is concerned with an item; empty: with all.
  std::function<bool(std::string_view id)> takes;
};

/// Makes a collection equal to its source. Only new and changed photos are decoded; every input is
/// accounted for; a batch is durable or absent, so that the next sync continues after a crash.
/// Errors end the run: kInvalidArgument, kNotFound (source), kConflict (removal not confirmed),
/// kIo, kCorrupt.
Result<SyncReport> sync_collection(const std::filesystem::path& data_folder,
                                   std::string_view collection, const SyncOptions& options,
                                   const SyncHooks& hooks);

/// The same for a stand-in, without what makes searches of a local collection fast. Downloads are
/// kept in the collection's own folder. Errors: also kInvalidArgument for --pca.
Result<SyncReport> sync_stand_in(const std::filesystem::path& data_folder,
                                 std::string_view collection, const SyncOptions& options,
                                 const SyncHooks& hooks, const SyncStandIn& stand_in);

}  // namespace semblance
