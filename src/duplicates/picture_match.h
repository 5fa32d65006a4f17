#pragma once

#include "duplicates/picture_sketch.h"

namespace semblance {

/// How well two sketches agree once one was moved, scaled and brightened onto the other.
struct PictureMatch {
  /// Correlation of the brightness, -1..1, where both pictures have pixels.
  double correlation = 0;
  /// What is left of brightness in the part (of an eighth of a side, overlapping by half) where
  /// most is left, and in the usual one (the median of parts where there is something to see): mean
  /// differences, 0..255 levels.
  double worst_part = 255;
  double usual_part = 255;
  /// The same of colour (Cb and Cr): differences of the means.
  double worst_colour = 255;
  double usual_colour = 255;
  /// And in the worst part of a quarter of a side.
  double broad_colour = 255;
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
/// pictures as they are do not agree, and only of photos that are not small: of a thumbnail, a crop
/// looks like the photo of the product's neighbour. The other way round gives the same numbers, but
/// for rounding.
PictureMatch match_pictures(const PictureSketch& a, const PictureSketch& b);

/// Whether that is one photo in two versions. docs/duplicates.md says where the limits come from.
bool is_same_photo(const PictureMatch& match, const MatchOptions& options);

}  // namespace semblance
