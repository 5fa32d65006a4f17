#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/collection.h"
#include "engine/evaluate.h"
#include "engine/resampling.h"

namespace semblance {

/// The figures of an evaluation, by name: what is listed, compared and given intervals.
struct Figure {
  const char* name;  ///< as in the JSON answer
  double QueryFigures::*of_query;
  double Evaluation::*mean;
};
const std::vector<Figure>& evaluation_figures();

/// Percentile bootstrap over the queries (Efron 1979), 2,000 times, the same in every run. The
/// queries are taken as independent; photos of one product are not quite.
std::vector<Interval> bootstrap_intervals(const Evaluation& evaluation);

/// The means of the queries with one label.
struct ClassFigures {
  std::string label;
  std::int64_t queries = 0;
  double precision_at_k = 0;
  double hit_rate_at_1 = 0;
  double map_at_k = 0;
};
/// The most frequent label first.
std::vector<ClassFigures> figures_by_class(const Evaluation& evaluation);

/// How another setting does on the queries that both have, by item id.
struct PairedComparison {
  std::int64_t queries = 0;
  struct Line {
    std::string figure;
    double first = 0;
    double second = 0;
    Interval difference;  ///< second - first, 95 %, by bootstrap over the pairs
    /// Two-sided: how often flipping the signs of the pairs' differences at random gives a mean
    /// difference at least as large (Fisher's randomisation test, 10,000 times).
    double p_value = 1;
  };
  std::vector<Line> lines;
};

/// `ids` name the queries of each evaluation, in their order. Errors: kNotFound where no query is
/// in both.
Result<PairedComparison> compare_paired(const Evaluation& first,
                                        const std::vector<std::string>& first_ids,
                                        const Evaluation& second,
                                        const std::vector<std::string>& second_ids);

/// What searches of the collection cost and miss, as users make them.
struct SearchQuality {
  std::int64_t queries = 0;
  double recall_at_k = 1;  ///< of what `exact` finds, how much is found without it
  double p50_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;
  std::string plan;  ///< of the last search
};
/// Asks for the neighbours of up to 500 of the queries, one after another. Errors: those of
/// Collection::search.
Result<SearchQuality> measure_searches(const Collection& collection, const Evaluation& evaluation,
                                       const Measure& measure);

}  // namespace semblance
