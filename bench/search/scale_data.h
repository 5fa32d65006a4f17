#pragma once

#include <cstdint>
#include <vector>

#include "vector/vector_file.h"

namespace semblance::bench {

/// Vectors like those that a network gives for a large catalogue, made from a seed: unit vectors
/// around types (trousers, lamps), within these around styles, and there a cloud of its own size
/// for each photo. The numbers were fitted to semblance-m's shape vectors of 2,946 fashion photos
/// (256 numbers; docs/benchmarks.md compares the two): length of the mean, decay of the spectrum,
/// heavy tails of single numbers, cosines of random pairs and to the nearest neighbours.
struct ScaleDataShape {
  int types = 60;
  double type_zipf = .8;       ///< share of the i-th type ~ i^-zipf
  double rows_per_style = 10;  ///< a larger catalogue has more styles, not larger ones
  double mean_length = .58;    ///< of the part that all have in common
  double type_length = .6;
  double style_length = .45;
  double photo_length = .38;
  double photo_spread = .45;  ///< of the logarithm of a photo's distance from its style
  double knee = 10;           ///< variance of component i of 256 ~ (1 + i / knee)^-decay
  double centre_decay = 1.5;
  double photo_decay = .8;
  double number_spread = .35;  ///< of the logarithm of the sizes of single numbers
};

/// Rows `first` to `first` + rows - 1 of the catalogue of `catalogue_rows` rows; queries are rows
/// behind its end. The same numbers on every machine. `dimension` is a power of two.
std::vector<float> scale_rows(std::int64_t first, std::int64_t rows, std::int64_t catalogue_rows,
                              int dimension, std::uint64_t seed, const ScaleDataShape& shape = {});

}  // namespace semblance::bench
