#pragma once

#include <vector>

#include "base/result.h"
#include "image/montage.h"

namespace semblance::cli {

/// Prints pictures with their titles side by side on stdout, as character art in as many colours as
/// the terminal has, by libchafa (opened when first needed). Errors: kUnavailable without the
/// library.
Status show_pictures(const std::vector<MontageCell>& cells, int width);

}  // namespace semblance::cli
