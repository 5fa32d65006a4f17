#include "engine/query.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "describe/unit_vector.h"
#include "distance/metric.h"

namespace semblance {

namespace {

using Vectors = std::vector<std::span<const float>>;

/// One descriptor of every example.
struct Examples {
  Vectors liked;
  Vectors unliked;

  [[nodiscard]] bool agree() const {
    return unliked.empty() && std::all_of(liked.begin(), liked.end(), [&](const auto& one) {
             return identical(one, liked.front());
           });
  }
};

void add_mean(const Vectors& vectors, double weight, std::vector<double>& sum) {
  for (const std::span<const float> one : vectors) {
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += weight * static_cast<double>(one[i]) / static_cast<double>(vectors.size());
    }
  }
}

std::vector<double> difference(const Examples& examples, bool non_negative) {
  std::vector<double> sum(examples.liked.front().size());
  add_mean(examples.liked, 1, sum);
  add_mean(examples.unliked, -kUnlikeShare, sum);
  if (non_negative) {
    for (double& number : sum) number = std::max(number, 0.0);
  }
  return sum;
}

std::vector<float> copy_of(std::span<const float> numbers) {
  return {numbers.begin(), numbers.end()};
}

std::optional<std::vector<float>> combine_directions(const Examples& examples, bool non_negative) {
  if (examples.agree()) return copy_of(examples.liked.front());
  const std::vector<double> sum = difference(examples, non_negative);
  return unit_vector(std::vector<float>(sum.begin(), sum.end()));
}

std::vector<float> combine_shares(const Examples& examples) {
  if (examples.agree()) return copy_of(examples.liked.front());
  const std::vector<double> sum = difference(examples, true);
  // Never 0: the liked have more in sum than is taken away.
  const double total = std::accumulate(sum.begin(), sum.end(), 0.0);
  std::vector<float> shares;
  shares.reserve(sum.size());
  for (const double number : sum) shares.push_back(static_cast<float>(number / total));
  return shares;
}

template <typename Part>
Examples examples_of(std::span<const DescriptorSpans> liked,
                     std::span<const DescriptorSpans> unliked, Part part) {
  Examples examples;
  for (const DescriptorSpans& one : liked) examples.liked.push_back(part(one));
  for (const DescriptorSpans& one : unliked) examples.unliked.push_back(part(one));
  return examples;
}

}  // namespace

Result<CombinedQuery> combine_examples(std::span<const DescriptorSpans> liked,
                                       std::span<const DescriptorSpans> unliked,
                                       int shape_dimension, bool non_negative) {
  if (liked.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "nothing to search for: name a photo, or an item to look like"};
  }
  const auto split = static_cast<std::size_t>(shape_dimension);
  auto shape = combine_directions(
      examples_of(liked, unliked, [&](const auto& one) { return one.embedding.first(split); }),
      non_negative);
  const auto colours =
      examples_of(liked, unliked, [&](const auto& one) { return one.embedding.subspan(split); });
  const auto colour = colours.liked.front().empty() ? std::vector<float>()
                                                    : combine_directions(colours, non_negative);
  if (!shape || !colour) {
    return Error{ErrorCode::kInvalidArgument,
                 "the examples cancel each other out: nothing is left to search for"};
  }
  CombinedQuery query;
  query.embedding = *std::move(shape);
  query.embedding.insert(query.embedding.end(), colour->begin(), colour->end());
  query.histogram =
      combine_shares(examples_of(liked, unliked, [](const auto& one) { return one.histogram; }));
  query.histogram_foreground = combine_shares(
      examples_of(liked, unliked, [](const auto& one) { return one.histogram_foreground; }));
  return query;
}

}  // namespace semblance
