#include "describe/foreground.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace semblance {

namespace {

/// Chosen on labelled product photos: see docs/benchmarks.md.
constexpr double kRingShare = 0.03;     // width of the ring, of the shorter side
constexpr double kPaletteShare = 0.80;  // of the ring's pixels that the palette stands for
constexpr double kSmallestCell = 0.01;  // of the ring's pixels, to be a colour of the palette
constexpr int kNear = 24;               // Euclidean distance in RGB

using Colour = std::array<int, 3>;

struct Cell {
  int count = 0;
  Colour sum{};
};

/// Index of the cell of 16 x 16 x 16 colours.
std::size_t cell_of(const std::uint8_t* pixel) {
  return static_cast<std::size_t>((pixel[0] >> 4) << 8 | (pixel[1] >> 4) << 4 | pixel[2] >> 4);
}

std::vector<Cell> count_ring(const Image& image) {
  const int width = std::max(1, static_cast<int>(kRingShare * std::min(image.width, image.height)));
  std::vector<Cell> cells(16 * 16 * 16);
  for (int y = 0; y < image.height; ++y) {
    const bool full_row = y < width || y >= image.height - width;
    for (int x = 0; x < image.width; ++x) {
      if (!full_row && x == width) x = std::max(x, image.width - width);
      const std::uint8_t* pixel = image.row(y) + std::ptrdiff_t{x} * 3;
      Cell& cell = cells[cell_of(pixel)];
      ++cell.count;
      for (std::size_t c = 0; c < 3; ++c) cell.sum[c] += pixel[c];
    }
  }
  return cells;
}

/// Mean colours of the commonest cells.
std::vector<Colour> border_palette(const Image& image) {
  std::vector<Cell> cells = count_ring(image);
  int total = 0;
  for (const Cell& cell : cells) total += cell.count;
  // Stable, so that equal counts come in the order of their colour on every machine.
  std::stable_sort(cells.begin(), cells.end(),
                   [](const Cell& a, const Cell& b) { return a.count > b.count; });
  std::vector<Colour> palette;
  int covered = 0;
  for (const Cell& cell : cells) {
    const bool enough = covered >= kPaletteShare * total;
    if (cell.count == 0 || enough || (!palette.empty() && cell.count < kSmallestCell * total)) {
      break;
    }
    covered += cell.count;
    palette.push_back({(cell.sum[0] + cell.count / 2) / cell.count,
                       (cell.sum[1] + cell.count / 2) / cell.count,
                       (cell.sum[2] + cell.count / 2) / cell.count});
  }
  return palette;
}

bool is_near(const std::uint8_t* pixel, const std::vector<Colour>& palette) {
  for (const Colour& colour : palette) {
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
  Flood(const Image& image, const std::vector<Colour>& palette)
      : image_(image),
        palette_(palette),
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
    if (mark == 0 || !is_near(image_.row(y) + std::ptrdiff_t{x} * 3, palette_)) return;
    mark = 0;
    open_.emplace_back(x, y);
  }

  const Image& image_;
  const std::vector<Colour>& palette_;
  std::vector<std::uint8_t> mask_;
  std::vector<std::pair<int, int>> open_;
};

}  // namespace

std::vector<std::uint8_t> foreground_mask(const Image& image) {
  const std::vector<Colour> palette = border_palette(image);
  return Flood(image, palette).run();
}

}  // namespace semblance
