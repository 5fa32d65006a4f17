#include "describe/foreground.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace semblance {

namespace {

constexpr double kRingShare = 0.03;      // width of the ring, of the shorter side
constexpr double kDominantShare = 0.1;   // of the ring, that makes a cell background by itself
constexpr double kSmallestShare = 0.01;  // of the ring, and of a side, for a cell to count there
constexpr int kNear = 24;                // Euclidean distance in RGB

using Colour = std::array<int, 3>;

/// Pixels of the ring whose colours agree in the upper four bits of each channel.
struct Cell {
  int count = 0;
  std::array<int, 4> count_of_side{};  // top, bottom, left, right; a corner counts for two
  Colour sum{};

  [[nodiscard]] Colour mean() const {
    return {(sum[0] + count / 2) / count, (sum[1] + count / 2) / count,
            (sum[2] + count / 2) / count};
  }
};

struct Ring {
  std::vector<Cell> cells = std::vector<Cell>(4096);
  Cell all;  // sums over the cells
};

Ring count_ring(const Image& image) {
  const int width = std::max(1, static_cast<int>(kRingShare * std::min(image.width, image.height)));
  Ring ring;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const std::array<bool, 4> on_side{y < width, y >= image.height - width, x < width,
                                        x >= image.width - width};
      if (std::none_of(on_side.begin(), on_side.end(), [](bool on) { return on; })) {
        // Straight to the right side.
        x = image.width - width - 1;
        continue;
      }
      const std::uint8_t* pixel = image.row(y) + std::ptrdiff_t{x} * 3;
      const int index = (pixel[0] >> 4) << 8 | (pixel[1] >> 4) << 4 | pixel[2] >> 4;
      for (Cell* cell : {&ring.cells[static_cast<std::size_t>(index)], &ring.all}) {
        ++cell->count;
        for (std::size_t side = 0; side < 4; ++side) cell->count_of_side[side] += on_side[side];
        for (std::size_t c = 0; c < 3; ++c) cell->sum[c] += pixel[c];
      }
    }
  }
  return ring;
}

bool is_background(const Cell& cell, const Cell& all) {
  if (cell.count >= kDominantShare * all.count) return true;
  if (cell.count < kSmallestShare * all.count) return false;
  int sides = 0;
  for (std::size_t side = 0; side < 4; ++side) {
    if (cell.count_of_side[side] >= kSmallestShare * all.count_of_side[side]) ++sides;
  }
  return sides >= 2;
}

/// The colours of the background; none where the border is a mixture of everything.
std::vector<Colour> background_colours(const Image& image) {
  const Ring ring = count_ring(image);
  std::vector<Colour> colours;
  for (const Cell& cell : ring.cells) {
    if (cell.count > 0 && is_background(cell, ring.all)) colours.push_back(cell.mean());
  }
  return colours;
}

bool is_near(const std::uint8_t* pixel, const std::vector<Colour>& colours) {
  for (const Colour& colour : colours) {
    const int red = pixel[0] - colour[0];
    const int green = pixel[1] - colour[1];
    const int blue = pixel[2] - colour[2];
    if (red * red + green * green + blue * blue <= kNear * kNear) return true;
  }
  return false;
}

/// Marks as 0 every pixel that looks like background and can be reached from the border.
class Flood {
 public:
  Flood(const Image& image, const std::vector<Colour>& background)
      : image_(image),
        background_(background),
        mask_(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height), 1) {}

  std::vector<std::uint8_t> run() && {
    for (int x = 0; x < image_.width; ++x) {
      visit(x, 0);
      visit(x, image_.height - 1);
    }
    for (int y = 0; y < image_.height; ++y) {
      visit(0, y);
      visit(image_.width - 1, y);
    }
    while (!open_.empty()) {
      const auto [x, y] = open_.back();
      open_.pop_back();
      visit(x - 1, y);
      visit(x + 1, y);
      visit(x, y - 1);
      visit(x, y + 1);
    }
    return std::move(mask_);
  }

 private:
  void visit(int x, int y) {
    if (x < 0 || y < 0 || x >= image_.width || y >= image_.height) return;
    std::uint8_t& mark = mask_[static_cast<std::size_t>(y) * image_.width + x];
    if (mark == 0 || !is_near(image_.row(y) + std::ptrdiff_t{x} * 3, background_)) return;
    mark = 0;
    open_.emplace_back(x, y);
  }

  const Image& image_;
  const std::vector<Colour>& background_;
  std::vector<std::uint8_t> mask_;
  std::vector<std::pair<int, int>> open_;
};

}  // namespace

std::vector<std::uint8_t> foreground_mask(const Image& image) {
  const std::vector<Colour> background = background_colours(image);
  return Flood(image, background).run();
}

}  // namespace semblance
