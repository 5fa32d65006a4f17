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

/// Colour histogram of the whole photo as shares (sum 1), index (h * 12 + s) * 3 + v, in 8-bit
/// OpenCV ranges: H in [0,180), S and V in [0,256).
/// Source: cv::cvtColor(COLOR_RGB2HSV) and cv::calcHist, whose numbers it reproduces.
std::vector<float> hsv_histogram(const Image& image);

/// The same of the foreground: pixels that differ from the background, which is estimated from the
/// picture's border. A picture that seems to be all background counts whole.
std::vector<float> hsv_histogram_foreground(const Image& image);

}  // namespace semblance
