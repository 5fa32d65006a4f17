#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/photo_describer.h"
#include "vector/vector_store.h"

namespace semblance {

/// What is searched for: photos, items that are liked, and items that are not. At least one photo
/// or liked item.
struct SearchQuery {
  std::vector<PhotoDescriptors> photos;
  std::vector<std::string> like{};    ///< ids of items that count like photos
  std::vector<std::string> unlike{};  ///< ids of items to stay away from
};

/// How much the examples that are not liked count beside those that are.
inline constexpr double kUnlikeShare = 0.5;

/// The vectors of one photo that stands for all examples.
struct CombinedQuery {
  std::vector<float> embedding;
  std::vector<float> histogram;
  std::vector<float> histogram_foreground;

  [[nodiscard]] DescriptorSpans spans() const {
    return {embedding, histogram, histogram_foreground};
  }
};

/// Descriptor by descriptor, mean of the liked - kUnlikeShare * mean of the unliked, brought back
/// to what the descriptor is: shape (the first `shape_dimension` numbers of the embeddings) and
/// colour to unit vectors, histograms to shares, without what fell below 0. `non_negative`: the
/// embeddings lose their negative numbers, too, for metrics that want none. Where all examples
/// agree bit for bit, it is theirs. After Rocchio 1971; for cosine, a mean of unit vectors orders
/// items as the mean of their scores does.
/// Errors: kInvalidArgument where nothing is liked or the examples cancel out.
Result<CombinedQuery> combine_examples(std::span<const DescriptorSpans> liked,
                                       std::span<const DescriptorSpans> unliked,
                                       int shape_dimension, bool non_negative);

}  // namespace semblance
