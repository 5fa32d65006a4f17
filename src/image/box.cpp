#include "image/box.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace semblance {

namespace {

/// What .1 + .9 and the like may be off by.
constexpr double kRounding = 1e-6;

/// First and last + 1 of the pixels that [start, start + length) touches, in shares of `size`.
struct PixelRange {
  PixelRange(double start, double length, int size)
      : first(std::clamp(static_cast<int>(std::floor(start * size + kRounding)), 0, size - 1)),
        end(std::clamp(static_cast<int>(std::ceil((start + length) * size - kRounding)), first + 1,
                       size)) {}
  int first;
  int end;
};

bool within(double start, double length) {
  // Also false for NaN.
  return start >= 0 && length > 0 && start + length <= 1 + kRounding;
}

}  // namespace

Status check_box(const Box& box) {
  if (within(box.x, box.width) && within(box.y, box.height)) return {};
  return Error{ErrorCode::kInvalidArgument,
               "a box is x,y,width,height in shares of the photo, each from 0 to 1, with a size, "
               "and within the photo; for example 0.25,0,0.5,1 for the middle half"};
}

Image crop(const Image& image, const Box& box) {
  const PixelRange columns(box.x, box.width, image.width);
  const PixelRange rows(box.y, box.height, image.height);
  Image part;
  part.width = columns.end - columns.first;
  part.height = rows.end - rows.first;
  part.pixels.reserve(static_cast<std::size_t>(part.width) * static_cast<std::size_t>(part.height) *
                      3);
  for (int y = rows.first; y < rows.end; ++y) {
    const std::uint8_t* row = image.row(y);
    part.pixels.insert(part.pixels.end(), row + static_cast<std::ptrdiff_t>(columns.first) * 3,
                       row + static_cast<std::ptrdiff_t>(columns.end) * 3);
  }
  return part;
}

}  // namespace semblance
