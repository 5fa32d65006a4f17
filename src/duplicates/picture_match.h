#pragma once

#include "duplicates/picture_sketch.h"

namespace semblance {

/// How well two sketches agree once one was moved, scaled and brightened onto the other.
struct PictureMatch {
  /// Correlation of the brightness, -1..1, where both pictures have pixels.
  double correlation = 0;
  /// Largest difference of brightness that is left, of the means of 64 parts: 0..255 levels.
  double worst_part = 255;
  /// Largest difference of colour (Cb and Cr) that is left, of 64 parts.
  double worst_colour = 255;
  /// Share of one picture's height and width that the other shows: 1 without a crop.
  double coverage = 0;
  double gain = 1;           ///< contrast of the one as a multiple of the other's
  bool aligned = false;      ///< they had to be moved or scaled
  bool one_is_grey = false;  ///< the other one has colours
};

struct MatchOptions {
  bool allow_grey = false;  ///< one of them may be black and white
};

/// Compares two pictures. Looks for small crops (up to about a tenth of a side) only where the
/// pictures as they are do not agree. `b` is laid over `a`; the other way round gives nearly the
/// same numbers. Source of the alignment: Lucas and Kanade, "An Iterative Image Registration
/// Technique" (1981), with the scales of both directions, gain and offset as further unknowns.
PictureMatch match_pictures(const PictureSketch& a, const PictureSketch& b);

/// Whether that is one photo in two versions. docs/duplicates.md says where the limits come from.
bool is_same_photo(const PictureMatch& match, const MatchOptions& options);

}  // namespace semblance
