#pragma once

#include <string>
#include <string_view>

#include "engine/confidence.h"

namespace semblance {

/// A reliability diagram (Murphy and Winkler 1977) as SVG: for each bin, the mean confidence and
/// the share of hits that were right; what lies on the diagonal is exact.
std::string reliability_plot(const CalibrationCheck& check, std::string_view title);

}  // namespace semblance
