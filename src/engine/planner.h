#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/measure.h"
#include "engine/search_index.h"
#include "index/vector_index.h"

namespace semblance {

/// How the rows of a collection are searched.
enum class SearchMethod {
  kCompareAll,  ///< every row by the measure's own formula
  kExact,       ///< int8 codes of every row, then float32: the same answer, proven
  kGraph,       ///< a graph, then float32: nearly always the same answer
  kTable,       ///< neighbours that were computed ahead
};

std::string_view method_name(SearchMethod method);

/// The query as one vector whose inner product with a row of the embeddings, [shape, colour], puts
/// rows in the order of the measure: [(1-w) shape, w colour] for colour weight w. Nothing for
/// measures that no inner product gives (histograms, other metrics than cosine).
std::optional<std::vector<float>> inner_product_query(const Measure& measure, int shape_dimension,
                                                      const DescriptorSpans& query);

struct SearchPlan {
  SearchMethod method = SearchMethod::kCompareAll;
  const VectorIndex* index = nullptr;  ///< null for kCompareAll
  std::size_t effort = 0;              ///< of a graph
};

/// Chooses the method. `rows` are all of the collection, `allowed` those that filters leave: few of
/// them are compared one by one; where they are many but not all, a graph has to look further.
/// `recall_target` is the share of the true hits that a graph shall find; where its calibration
/// does not reach that for queries of this colour weight, and with `exact`, no graph is used.
SearchPlan choose_plan(const SearchIndex& index, std::int64_t rows, std::int64_t allowed,
                       bool exact, double recall_target, double colour_weight);

/// Share of colour in what inner_product_query gives for the measure.
double colour_share(const Measure& measure);

}  // namespace semblance
