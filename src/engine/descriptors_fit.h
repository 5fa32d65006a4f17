#pragma once

#include <cstdint>
#include <vector>

#include "engine/photo_describer.h"
#include "vector/vector_store.h"

namespace semblance {

/// Whether a photo was described by the network of that number (photos that do not say by which
/// have 0) and has as many numbers as a collection's.
inline bool fits(const PhotoDescriptors& photo, std::uint64_t network,
                 const DescriptorDimensions& dimensions) {
  const auto has = [](const std::vector<float>& numbers, int dimension) {
    return numbers.size() == static_cast<std::size_t>(dimension);
  };
  return (photo.network == 0 || photo.network == network) &&
         has(photo.embedding, dimensions.embedding) && has(photo.histogram, dimensions.histogram) &&
         has(photo.histogram_foreground, dimensions.histogram);
}

}  // namespace semblance
