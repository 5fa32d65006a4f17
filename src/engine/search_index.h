#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "index/exact_index.h"
#include "index/graph.h"
#include "index/graph_file.h"
#include "index/graph_index.h"
#include "vector/code_file.h"
#include "vector/vector_file.h"

namespace semblance {

/// The share of the true ten closest rows that a graph found.
struct GraphCalibration {
  double colour_weight = 0;  ///< of the queries
  std::size_t effort = 0;
  double recall = 0;
};

/// What makes searching a set's embeddings quick: their int8 codes and, where there are many, a
/// graph. Both are caches in the set's folder that a sync keeps up.
class SearchIndex {
 public:
  /// Maps what is there and belongs to these rows. What is missing, stale or damaged is left out:
  /// the search then does without.
  SearchIndex(const CollectionFiles& files, const VectorSet& set, const MatrixView& embeddings);
  SearchIndex(const SearchIndex&) = delete;
  SearchIndex& operator=(const SearchIndex&) = delete;
  ~SearchIndex() = default;

  [[nodiscard]] const ExactIndex* exact() const { return exact_ ? &*exact_ : nullptr; }
  [[nodiscard]] const GraphIndex* graph() const { return graph_ ? &*graph_ : nullptr; }
  /// IndexQuery::effort with which the graph found that share of the true ten closest rows, when it
  /// was calibrated on rows of its own by queries of this colour weight (of the next lower and
  /// higher one that were tried). Nothing where no effort that was tried does.
  [[nodiscard]] std::optional<std::size_t> effort_for(double recall, double colour_weight) const;

 private:
  std::optional<CodeFile> code_file_;
  std::optional<ExactIndex> exact_;
  std::optional<GraphFile> graph_file_;
  std::optional<GraphIndex> graph_;
  std::vector<GraphCalibration> calibration_;
};

struct SearchIndexOptions {
  int threads = 1;
  /// Collections with at least so many rows get a graph; nothing: where the exact scan would read
  /// more than kGraphFromCodeBytes.
  std::optional<std::int64_t> graph_from_rows;
  const std::atomic<bool>* stop = nullptr;  ///< ends the building of a graph; may be null
  std::function<void(std::int64_t done, std::int64_t total)> progress{};  ///< of a graph's building
};

/// An exact scan of so many bytes takes about 8 ms on one core (docs/benchmarks.md).
inline constexpr std::int64_t kGraphFromCodeBytes = std::int64_t{256} << 20;

/// Brings the codes, and the graph if there is to be one, up to the live set: codes of new rows are
/// appended; new rows are compared beside the graph until they are a tenth of it, or as many rows
/// are gone, and then a new graph takes its place. Needs the collection's lock; readers keep what
/// they have mapped. Errors: kIo, kCorrupt.
Status update_search_index(const CollectionFiles& files, const Catalogue& catalogue,
                           const SearchIndexOptions& options);

/// The quick part of it: the codes, and the removal of a graph that is not to be any more. Needs
/// the collection's lock.
Status update_codes(const CollectionFiles& files, const Catalogue& catalogue,
                    const SearchIndexOptions& options);

/// The other part, for those who cannot hold the lock as long as a graph is being built.
class GraphBuild {
 public:
  /// Builds a graph of the live set as it is now where one is due; nothing where none is, or
  /// where it was stopped. Needs no lock. Errors: kIo, kCorrupt, kMissingFile.
  static Result<std::optional<GraphBuild>> build(const CollectionFiles& files,
                                                 const Catalogue& catalogue,
                                                 const SearchIndexOptions& options);
  /// Puts it in place, unless another set of vectors is live by now. Needs the collection's lock.
  /// Errors: kIo.
  Status publish(const CollectionFiles& files, const Catalogue& catalogue) const;

 private:
  GraphBuild() = default;
  VectorSet set_;
  VectorFile embeddings_;
  Graph graph_;
  std::int64_t included_ = 0;
  std::string calibration_;
};

/// Reads the caches of the live set to their ends. One sentence for each that is damaged.
Result<std::vector<std::string>> damaged_caches(const CollectionFiles& files,
                                                const Catalogue& catalogue);

/// Removes the caches of a set: the next sync makes them anew.
void remove_search_index(const CollectionFiles& files, const VectorSet& set);

}  // namespace semblance
