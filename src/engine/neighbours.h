#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "engine/search.h"
#include "index/neighbour_file.h"
#include "index/top_k.h"
#include "vector/vector_file.h"

namespace semblance {

// The neighbour table: the closest items of every item, computed ahead. A cache in the folder of
// the set of vectors; the setting "neighbours" of the catalogue says that one is wanted, so that
// syncs keep it up and make it anew for another network.

/// What a table holds.
struct NeighbourSettings {
  int limit = 20;            ///< hits of each item
  double colour_weight = 0;  ///< 0..1: more needs a network with a colour output
};

inline constexpr int kMaxNeighbourLimit = 10'000;
/// With more rows than this a graph, where there is one, finds the neighbours: comparing all pairs
/// takes the square of the rows (docs/benchmarks.md).
inline constexpr std::int64_t kAllPairsUpTo = 250'000;

struct NeighbourOptions {
  /// Nothing: as the table is, else as NeighbourSettings says.
  std::optional<int> limit;
  std::optional<double> colour_weight;
  int threads = 1;
  std::int64_t all_pairs_up_to = kAllPairsUpTo;  ///< rows; the graph finds those of more
};

/// Every member may be empty.
struct NeighbourHooks {
  const std::atomic<bool>* stop = nullptr;
  /// Called now and then, from the caller's thread.
  std::function<void(std::int64_t done, std::int64_t total)> progress{};
  /// One line for the user.
  std::function<void(std::string_view)> notice{};
};

struct NeighbourReport {
  NeighbourSettings settings;
  bool exact = true;          ///< every pair was compared
  std::int64_t items = 0;     ///< that have a list
  std::int64_t searched = 0;  ///< lists made anew; 0: the table was current
  std::int64_t joined = 0;    ///< other lists that a new item came into
  std::uint64_t bytes = 0;    ///< of the table
  double seconds = 0;
};

/// Makes a collection's table, or brings it up to date where it is of the same settings, and has
/// syncs keep it up from now on. Waits for the collection's lock. Errors: kNotFound (no such
/// collection), kInvalidArgument (options out of range, or a colour weight where the network has no
/// colour output), kCancelled (`stop`; the table stays as it was), kIo, kCorrupt.
Result<NeighbourReport> build_neighbours(const std::filesystem::path& data_folder,
                                         std::string_view collection,
                                         const NeighbourOptions& options,
                                         const NeighbourHooks& hooks);

/// The end of a sync: brings the table up to the live set where one is wanted. Only lists that
/// changed are computed; the table is equal to one made anew. The caller holds the collection's
/// lock. Nothing where no table is wanted. Errors: those of build_neighbours; the collection is
/// right without a table, as it is not used where it is not current.
Result<std::optional<NeighbourReport>> update_neighbours(
    const CollectionFiles& files, const Catalogue& catalogue, int threads,
    const NeighbourHooks& hooks, std::int64_t all_pairs_up_to = kAllPairsUpTo);

/// The same in two steps, for those who cannot hold the lock as long as lists are being computed.
class NeighbourUpdate {
 public:
  /// Computes the table of the live set as it is now; nothing where none is wanted. Needs no lock.
  static Result<std::optional<NeighbourUpdate>> compute(
      const CollectionFiles& files, const Catalogue& catalogue, int threads,
      const NeighbourHooks& hooks, std::int64_t all_pairs_up_to = kAllPairsUpTo);
  /// Writes it, where it is not there already, unless another set of vectors is live by now. Where
  /// items have come or gone since, it is not used, and the next one is computed from it. Needs the
  /// collection's lock. Errors: kIo.
  Result<NeighbourReport> publish(const CollectionFiles& files, const Catalogue& catalogue) const;
  /// Writes the lists where they were computed anew. Errors: kIo.
  Status write_to(const std::filesystem::path& path) const;

 private:
  friend class NeighbourRefresh;
  NeighbourUpdate() = default;
  VectorSet set_;
  NeighbourSource source_;
  std::optional<NeighbourLists> lists_;  ///< nothing: the table is current
  NeighbourReport report_;
};

/// Removes the table, and syncs make none any more. Waits for the lock. Errors: kNotFound (no such
/// collection), kCancelled, kIo.
Status drop_neighbours(const std::filesystem::path& data_folder, std::string_view collection,
                       const NeighbourHooks& hooks);

/// The settings of the table that syncs keep up; nothing where none is wanted.
Result<std::optional<NeighbourSettings>> wanted_neighbours(const Catalogue& catalogue);

/// What the neighbours in a table are by: cosine of shape, mixed with that of colour.
Measure neighbour_measure(double colour_weight);

/// Where the table of a set lies.
std::filesystem::path neighbour_path(const CollectionFiles& files, const VectorSet& set);

/// A current table, mapped.
class NeighbourTable {
 public:
  /// `keys_by_row` (item_keys_by_row) and `embeddings` are those of the set; they outlive this.
  /// Looks at the header only, and at what each row belongs to. Errors: kMissingFile, kConflict (it
  /// is of another state of the collection), kCorrupt, kIo.
  static Result<NeighbourTable> open(const CollectionFiles& files, const VectorSet& set,
                                     std::span<const std::int64_t> keys_by_row,
                                     const MatrixView& embeddings);

  [[nodiscard]] NeighbourSettings settings() const;
  /// Valid as long as this.
  [[nodiscard]] const NeighbourView& lists() const { return file_.view(); }
  /// Every pair was compared; otherwise a graph found the neighbours.
  [[nodiscard]] bool exact() const { return file_.source().exact; }

  /// The hits of a search for nothing but the item of `row`, with their scores, as that search
  /// gives them bit for bit: best first, equal scores ordered by the ids of their rows. Nothing
  /// where the table does not have the answer: another measure, more hits than it holds, a filter,
  /// a largest distance, collapsed, diverse, `exact` of a table that is not, or a tie at its end;
  /// also where a list is found to be damaged.
  [[nodiscard]] std::optional<std::vector<Candidate>> neighbours_of(
      std::int64_t row, const SearchOptions& options,
      const std::function<std::string_view(std::int64_t)>& id_of) const;

 private:
  NeighbourTable(NeighbourFile file, int shape_dimension, std::span<const std::int64_t> keys_by_row,
                 const MatrixView& embeddings)
      : file_(std::move(file)),
        shape_dimension_(shape_dimension),
        keys_by_row_(keys_by_row),
        embeddings_(embeddings) {}
  [[nodiscard]] bool answers(const SearchOptions& options) const;

  NeighbourFile file_;
  int shape_dimension_ = 0;
  std::span<const std::int64_t> keys_by_row_;
  MatrixView embeddings_;
};

/// The same lists for another purpose than the table: brings the file at `path` up to the live set,
/// from what it held before where that is of the same settings, and opens it. Needs no lock.
/// Errors: those of build_neighbours.
Result<NeighbourFile> refresh_neighbour_file(const CollectionFiles& files,
                                             const Catalogue& catalogue, const VectorSet& set,
                                             const NeighbourSettings& settings, int threads,
                                             const NeighbourHooks& hooks,
                                             const std::filesystem::path& path);

/// What is the matter with the table that is wanted: kMissingFile, kConflict (not current) or
/// kCorrupt; nothing where all is well or none is wanted. Reads all of it.
Result<std::optional<Error>> trouble_with_neighbours(const CollectionFiles& files,
                                                     const Catalogue& catalogue);

}  // namespace semblance
