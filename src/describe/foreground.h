#pragma once

#include <cstdint>
#include <vector>

#include "image/image.h"

namespace semblance {

/// One byte a pixel, height x width: 1 where the picture shows its subject, 0 for background.
///
/// Background is what looks like the border and is joined to it. The colours of a ring along the
/// border are counted in cells of 16 x 16 x 16. Background colours are the means of the cells that
/// dominate the ring or lie on at least two of its four sides: a gradient or a wall above a floor
/// does, a subject that one side of the picture cuts does not. A pixel is background when its
/// colour is near one of these and a path of such pixels leads from it to the border, so that light
/// parts inside a subject on a light ground remain.
std::vector<std::uint8_t> foreground_mask(const Image& image);

}  // namespace semblance
