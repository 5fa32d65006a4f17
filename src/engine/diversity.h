#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "index/top_k.h"

namespace semblance {

/// Of how many candidates the hits are chosen when they are to differ from each other.
inline std::size_t diversity_pool(std::size_t limit) {
  return std::min(std::max<std::size_t>(10 * limit, 100), limit + 1000);
}

/// Chooses `limit` of the candidates (best first), in the order of choice: always the one with the
/// largest (1 - diversity) * score - diversity * (its largest similarity to one already chosen).
/// `scorer_of(row)` gives a function of a row: their similarity, on the scale of the scores.
/// Source: maximal marginal relevance, Carbonell & Goldstein 1998; diversity is their 1 - lambda.
template <typename ScorerOf>
std::vector<Candidate> diversify(std::vector<Candidate> candidates, std::size_t limit,
                                 double diversity, ScorerOf scorer_of) {
  std::vector<Candidate> chosen;
  std::vector<double> nearest(candidates.size());
  while (chosen.size() < limit && !candidates.empty()) {
    std::size_t best = 0;
    const auto relevance = [&](std::size_t i) {
      return (1 - diversity) * candidates[i].score - diversity * nearest[i];
    };
    // The first is the best of all, whatever the diversity; of equals, the better candidate.
    for (std::size_t i = 1; !chosen.empty() && i < candidates.size(); ++i) {
      if (relevance(i) > relevance(best)) best = i;
    }
    chosen.push_back(candidates[best]);
    const auto at = static_cast<std::ptrdiff_t>(best);
    candidates.erase(candidates.begin() + at);
    nearest.erase(nearest.begin() + at);
    if (chosen.size() == limit) break;
    const auto similarity = scorer_of(chosen.back().row);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const double one = similarity(candidates[i].row);
      nearest[i] = chosen.size() == 1 ? one : std::max(nearest[i], one);
    }
  }
  return chosen;
}

}  // namespace semblance
