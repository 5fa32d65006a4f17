#include "engine/planner.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace semblance {

namespace {

// With a filter that leaves at most so many rows, or one in so many, comparing them is quicker than
// a walk that has to pass by the others; and a walk may miss some where what is allowed lies
// together, far from the query (docs/benchmarks.md).
constexpr std::int64_t kFewRows = 10'000;
constexpr std::int64_t kFewShare = 8;
// A walk keeps only allowed rows: to see as many of them it has to look so much further.
constexpr double kMostFurther = 4;

}  // namespace

std::string_view method_name(SearchMethod method) {
  switch (method) {
    case SearchMethod::kCompareAll:
      return "compare-all";
    case SearchMethod::kExact:
      return "exact";
    case SearchMethod::kGraph:
      return "graph";
    case SearchMethod::kTable:
      return "table";
  }
  return "compare-all";
}

std::optional<std::vector<float>> inner_product_query(const Measure& measure, int shape_dimension,
                                                      const DescriptorSpans& query) {
  if (measure.metric != Metric::kCosine) return std::nullopt;
  if (measure.descriptor != Descriptor::kShape && measure.descriptor != Descriptor::kColour) {
    return std::nullopt;
  }
  const double colour_weight = colour_share(measure);
  const double shape_weight = 1 - colour_weight;
  const bool mixed = measure.descriptor == Descriptor::kShape && colour_weight > 0;
  if (mixed && (measure.colour_descriptor != Descriptor::kColour ||
                measure.colour_metric != Metric::kCosine)) {
    return std::nullopt;
  }
  std::vector<float> vector(query.embedding.size());
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const bool is_shape = i < static_cast<std::size_t>(shape_dimension);
    vector[i] = static_cast<float>((is_shape ? shape_weight : colour_weight) *
                                   static_cast<double>(query.embedding[i]));
  }
  return vector;
}

double colour_share(const Measure& measure) {
  return measure.descriptor == Descriptor::kColour ? 1 : measure.colour_weight;
}

SearchPlan choose_plan(const SearchIndex& index, std::int64_t rows, std::int64_t allowed,
                       bool exact, double recall_target, double colour_weight) {
  if (index.exact() == nullptr) return {};
  const SearchPlan scan{SearchMethod::kExact, index.exact(), 0};
  if (exact || index.graph() == nullptr) return scan;
  if (allowed < rows && allowed <= std::max(kFewRows, rows / kFewShare)) return scan;
  const std::optional<std::size_t> effort = index.effort_for(recall_target, colour_weight);
  if (!effort) return scan;
  const double further =
      std::min(kMostFurther,
               static_cast<double>(rows) / static_cast<double>(std::max<std::int64_t>(1, allowed)));
  return {SearchMethod::kGraph, index.graph(),
          static_cast<std::size_t>(std::lround(static_cast<double>(*effort) * further))};
}

}  // namespace semblance
