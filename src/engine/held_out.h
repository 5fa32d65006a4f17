#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "engine/calibration.h"
#include "engine/labelled_hits.h"
#include "engine/resampling.h"

namespace semblance {

// Learning from some products and looking at others.

inline constexpr int kFolds = 10;

/// Which part of the products each product is in: products with several photos are spread evenly,
/// and so are the others. The same in every run.
std::vector<int> folds_of_products(std::span<const std::int64_t> product_sizes);

/// For learning what holds outside a fold: hits in which no product of the fold has a part, neither
/// as query nor as hit. The wrong hits among them count for those that were left out with the
/// fold's photos, so that the share of right ones stays what it is.
struct TrainingHits {
  std::vector<std::size_t> places;  ///< in LabelledHits::hits
  std::vector<Outcome> outcomes;
};
TrainingHits training_hits(const LabelledHits& hits, std::span<const int> folds, int fold);

/// Where the photos of each product that searches stand in LabelledHits::hits.
std::vector<std::vector<std::size_t>> hits_by_query_product(const LabelledHits& hits);

/// `figure` of so many samples of the products, drawn with replacement, each given as how often
/// each of hits_by_query_product's was drawn: its middle 95 % (Efron 1979).
Interval bootstrap_over_products(std::size_t products, int samples,
                                 const std::function<double(std::span<const int>)>& figure);

}  // namespace semblance
