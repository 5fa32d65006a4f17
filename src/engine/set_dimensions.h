#pragma once

#include "catalogue/catalogue.h"
#include "describe/histogram.h"
#include "vector/vector_store.h"

namespace semblance {

/// What the vector files of a set hold a row: its embedding is shape and colour side by side.
inline DescriptorDimensions dimensions_of(const VectorSet& set) {
  return {set.shape_dimension + set.colour_dimension, kHistogramDimension};
}

}  // namespace semblance
