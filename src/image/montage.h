#pragma once

#include <string>
#include <vector>

#include "image/image.h"

namespace semblance {

/// One picture of a montage with up to two short lines of text below it. A cell without pixels
/// shows a grey placeholder (the photo is gone or cannot be read).
struct MontageCell {
  Image image;
  std::string title;
  std::string subtitle;
  bool highlighted = false;  ///< framed: the query
};

/// One row of a montage: a query followed by its hits.
using MontageRow = std::vector<MontageCell>;

/// Lays the rows out on a white sheet, each photo fitted (letterboxed, never squashed) into a
/// square of `cell_size` pixels. Text that is too wide is shortened with "..". Characters outside
/// printable ASCII are drawn as a hollow box.
Image draw_montage(const std::vector<MontageRow>& rows, int cell_size = 180);

}  // namespace semblance
