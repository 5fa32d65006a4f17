#include "engine/held_out.h"

#include <algorithm>
#include <unordered_map>

namespace semblance {

std::vector<int> folds_of_products(std::span<const std::int64_t> product_sizes) {
  std::vector<std::size_t> several;
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < product_sizes.size(); ++i) {
    (product_sizes[i] > 1 ? several : others).push_back(i);
  }
  Random random;
  random.shuffle(several);
  random.shuffle(others);
  several.insert(several.end(), others.begin(), others.end());
  std::vector<int> folds(product_sizes.size());
  for (std::size_t i = 0; i < several.size(); ++i) folds[several[i]] = static_cast<int>(i % kFolds);
  return folds;
}

TrainingHits training_hits(const LabelledHits& hits, std::span<const int> folds, int fold) {
  const auto is_out = [&](int product) { return folds[static_cast<std::size_t>(product)] == fold; };
  std::int64_t all = 0;
  std::int64_t kept = 0;
  for (std::size_t i = 0; i < hits.product_sizes.size(); ++i) {
    all += hits.product_sizes[i];
    if (!is_out(static_cast<int>(i))) kept += hits.product_sizes[i];
  }
  const double weight =
      static_cast<double>(all) / static_cast<double>(std::max<std::int64_t>(kept, 1));
  TrainingHits training;
  for (std::size_t i = 0; i < hits.hits.size(); ++i) {
    const LabelledHit& hit = hits.hits[i];
    if (is_out(hit.query_product) || is_out(hit.hit_product)) continue;
    training.places.push_back(i);
    training.outcomes.push_back({hit.right(), hit.right() ? 1 : weight});
  }
  return training;
}

std::vector<std::vector<std::size_t>> hits_by_query_product(const LabelledHits& hits) {
  std::vector<std::vector<std::size_t>> groups;
  std::unordered_map<int, std::size_t> place;
  for (std::size_t i = 0; i < hits.hits.size(); ++i) {
    const auto [found, fresh] = place.try_emplace(hits.hits[i].query_product, groups.size());
    if (fresh) groups.emplace_back();
    groups[found->second].push_back(i);
  }
  return groups;
}

Interval bootstrap_over_products(std::size_t products, int samples,
                                 const std::function<double(std::span<const int>)>& figure) {
  Random random;
  std::vector<double> figures;
  std::vector<int> drawn(products);
  for (int i = 0; i < samples; ++i) {
    std::fill(drawn.begin(), drawn.end(), 0);
    for (std::size_t k = 0; k < products; ++k) ++drawn[random.below(products)];
    figures.push_back(figure(drawn));
  }
  return middle(std::move(figures));
}

}  // namespace semblance
