#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/collection.h"
#include "engine/measure.h"

namespace semblance {

struct EvaluationOptions {
  std::string label;  ///< attribute, "product", or several joined with '+': all must agree
  int k = 10;
  Measure measure;
  int threads = 2;
  std::string queries_where{};  ///< filter (docs/filters.md): only these photos search
  std::string gallery_where{};  ///< filter: only these photos are found
  std::int64_t sample = 0;      ///< so many of the queries, spread over all of them; 0: all
};

/// The figures of one query.
struct QueryFigures {
  double precision_at_k = 0;
  double hit_at_1 = 0;  ///< 0 or 1
  double hit_at_k = 0;  ///< 0 or 1
  double average_precision_at_k = 0;
  double ndcg_at_k = 0;
};

/// One query, its figures, and what it found.
struct EvaluatedQuery {
  std::int64_t key = 0;      ///< of the item
  int label = 0;             ///< Evaluation::label_values
  std::int64_t answers = 0;  ///< right ones in the gallery
  QueryFigures figures;
  std::vector<std::int64_t> hits{};  ///< keys, best first, at most k
};

/// Leave one out: each photo with the label searches among all others; a hit is right if it has the
/// same label. Means over all queries, also those with no right answer in the gallery.
struct Evaluation {
  std::string label;
  std::int64_t queries = 0;
  std::int64_t gallery = 0;  ///< photos that can be found; a query finds all but itself
  int k = 0;
  double precision_at_k = 0;  ///< right hits / k
  double hit_rate_at_1 = 0;
  double hit_rate_at_k = 0;
  double map_at_k = 0;   ///< AP@k divides by min(k, right answers in the gallery)
  double ndcg_at_k = 0;  ///< binary gains, the same ideal
  double seconds = 0;
  std::string queries_where{};
  std::string gallery_where{};
  /// By number; the parts of a joined label with " + " between them.
  std::vector<std::string> label_values{};
  std::vector<EvaluatedQuery> each{};  ///< in order of id
};

/// `progress` (may be empty) is told how many queries of how many are done, from any thread.
/// Errors: kNotFound for a label that no item has or where a filter leaves no queries or nothing to
/// find, kInvalidArgument.
Result<Evaluation> evaluate(const Collection& collection, const EvaluationOptions& options,
                            const std::function<void(std::int64_t, std::int64_t)>& progress);

}  // namespace semblance
