#pragma once

#include <vector>

#include "image/image.h"

namespace semblance {

inline constexpr int kHistogramHueBins = 8;
inline constexpr int kHistogramSaturationBins = 12;
inline constexpr int kHistogramValueBins = 3;
inline constexpr int kHistogramDimension =
    kHistogramHueBins * kHistogramSaturationBins * kHistogramValueBins;  // 288

/// Pictures are squashed to this many pixels a side (area) before counting.
inline constexpr int kHistogramSide = 224;

/// Colour histograms as shares (sum 1), index (h * 12 + s) * 3 + v, in 8-bit OpenCV ranges: H in
/// [0,180), S and V in [0,256).
/// Source: cv::cvtColor(COLOR_RGB2HSV) and cv::calcHist, whose numbers they reproduce.
struct Histograms {
  std::vector<float> whole;
  /// Of the pixels that differ from the background, which is estimated from the picture's border
  /// (foreground.h). A picture that seems to be all background counts whole.
  std::vector<float> foreground;
};

/// Both in one pass over a picture that has pixels.
Histograms hsv_histograms(const Image& image);

}  // namespace semblance
