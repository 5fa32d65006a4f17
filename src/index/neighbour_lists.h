#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "index/exact_index.h"
#include "index/vector_index.h"
#include "vector/vector_file.h"

namespace semblance {

/// One place of a row's list.
struct Neighbour {
  static constexpr std::int32_t kNone = -1;
  std::int32_t row = kNone;  ///< kNone in the places behind the last neighbour
  float score = 0;           ///< rounded

  bool operator==(const Neighbour&) const = default;
};

/// The k closest other rows of every row, best first. In memory that somebody else owns.
struct NeighbourView {
  std::int64_t rows = 0;
  int k = 0;
  /// What each row was when its list was made: of an item (by its id and numbers), or 0: of none.
  /// Rows without an item have no list and are in none.
  std::span<const std::uint64_t> tags;
  std::span<const Neighbour> places;  ///< rows x k

  /// Without the places behind the last neighbour.
  [[nodiscard]] std::span<const Neighbour> of(std::int64_t row) const;
};

/// The same with its memory.
struct NeighbourLists {
  int k = 0;
  std::vector<std::uint64_t> tags;
  std::vector<Neighbour> places;

  [[nodiscard]] NeighbourView view() const {
    return {static_cast<std::int64_t>(tags.size()), k, tags, places};
  }
};

/// What makes a row another's neighbour. Used by several threads at once.
class NeighbourMeasure {
 public:
  /// How far an inner product of query_of and a row may be from 2 score - 1: what float32 rounds.
  static constexpr double kSlack = 5e-7;

  NeighbourMeasure() = default;
  NeighbourMeasure(const NeighbourMeasure&) = delete;
  NeighbourMeasure& operator=(const NeighbourMeasure&) = delete;
  virtual ~NeighbourMeasure() = default;

  /// Writes the vector (as long as a row) whose inner products with the rows are 2 score - 1.
  virtual void query_of(std::int64_t row, std::span<float> query) const = 0;
  /// How close `other` is to `row`: larger is closer.
  [[nodiscard]] virtual double score(std::int64_t row, std::int64_t other) const = 0;
  /// Order of neighbours with equal scores: a strict order of rows that have an item.
  [[nodiscard]] virtual bool before(std::int64_t a, std::int64_t b) const = 0;
};

/// What lists are made of. Everything outlives the making.
struct NeighbourTask {
  MatrixView rows;                      ///< n x dimension unit vectors
  std::span<const std::uint64_t> tags;  ///< n; 0: a row without an item
  const ExactIndex& exact;              ///< of all rows
  const NeighbourMeasure& measure;
  int k = 20;
  /// Finds neighbours in place of `exact` where there are too many rows to compare all pairs; null:
  /// `exact` does.
  const VectorIndex* approximate = nullptr;
  std::size_t effort = 128;  ///< IndexQuery::effort of `approximate`
  int threads = 1;
  /// Called now and then, by the caller's thread, with how many lists are done; false ends it.
  std::function<bool(std::int64_t done, std::int64_t total)> progress{};
};

/// Compares all pairs: blocks of queries with blocks of codes that stay in the cache, then what the
/// codes leave by the measure itself. The lists are those of measuring every pair, whatever the
/// number of threads; with `approximate`, what it finds. Errors: kCancelled when `progress` ended
/// it, those of the index.
Result<NeighbourLists> build_neighbour_lists(const NeighbourTask& task);

struct UpdatedNeighbours {
  NeighbourLists lists;
  std::int64_t searched = 0;  ///< lists made anew
  std::int64_t joined = 0;    ///< lists that a new row came into
};

/// The same lists, made from those of an earlier state of the rows: new rows (with another tag than
/// `before` has) get theirs and come into the lists where they belong; lists that held a row that
/// went are made anew. Equal, bit for bit, to what build_neighbour_lists gives (without
/// `approximate`). Rows behind `before`'s are new. Errors: the same.
Result<UpdatedNeighbours> update_neighbour_lists(const NeighbourTask& task,
                                                 const NeighbourView& before);

}  // namespace semblance
