#include "describe/foreground.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
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
  Ring ring = count_ring(image);
  const auto end = std::remove_if(ring.cells.begin(), ring.cells.end(), [&](const Cell& cell) {
    return cell.count == 0 || !is_background(cell, ring.all);
  });
  // The commonest first: most pixels are compared with that one only.
  std::stable_sort(ring.cells.begin(), end,
                   [](const Cell& a, const Cell& b) { return a.count > b.count; });
  std::vector<Colour> colours;
  std::transform(ring.cells.begin(), end, std::back_inserter(colours),
                 [](const Cell& cell) { return cell.mean(); });
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

constexpr std::uint8_t kReached = 0;    // background: looks like it and is joined to the border
constexpr std::uint8_t kSubject = 1;    // does not look like background
constexpr std::uint8_t kUnreached = 2;  // looks like background, no path to it was found (yet)

/// Finds all pixels that look like background and can be reached from the border, whole runs of a
/// row at a time.
class Flood {
 public:
  Flood(const Image& image, const std::vector<Colour>& background)
      : width_(image.width), height_(image.height), marks_(image.pixels.size() / 3) {
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      marks_[i] = is_near(image.pixels.data() + i * 3, background) ? kUnreached : kSubject;
    }
  }

  /// 1 for the subject with all that it encloses, 0 for background.
  std::vector<std::uint8_t> run() && {
    for (int x = 0; x < width_; ++x) {
      fill_from(x, 0);
      fill_from(x, height_ - 1);
    }
    for (int y = 0; y < height_; ++y) {
      fill_from(0, y);
      fill_from(width_ - 1, y);
    }
    for (std::uint8_t& mark : marks_) mark = mark == kReached ? 0 : 1;
    return std::move(marks_);
  }

 private:
  std::uint8_t* row(int y) { return marks_.data() + std::ptrdiff_t{y} * width_; }

  void fill_from(int start_x, int start_y) {
    if (row(start_y)[start_x] != kUnreached) return;
    open_.emplace_back(start_x, start_y);
    while (!open_.empty()) {
      const auto [x, y] = open_.back();
      open_.pop_back();
      std::uint8_t* marks = row(y);
      if (marks[x] != kUnreached) continue;
      int first = x;
      int last = x;
      while (first > 0 && marks[first - 1] == kUnreached) --first;
      while (last + 1 < width_ && marks[last + 1] == kUnreached) ++last;
      std::fill(marks + first, marks + last + 1, kReached);
      if (y > 0) open_runs(first, last, y - 1);
      if (y + 1 < height_) open_runs(first, last, y + 1);
    }
  }

  /// Notes one pixel of each unreached run that touches columns `first` to `last` of row `y`.
  void open_runs(int first, int last, int y) {
    const std::uint8_t* marks = row(y);
    for (int x = first; x <= last; ++x) {
      const bool starts = x == first || marks[x - 1] != kUnreached;
      if (marks[x] == kUnreached && starts) open_.emplace_back(x, y);
    }
  }

  const int width_;
  const int height_;
  std::vector<std::uint8_t> marks_;
  std::vector<std::pair<int, int>> open_;
};

}  // namespace

std::vector<std::uint8_t> foreground_mask(const Image& image) {
  const std::vector<Colour> background = background_colours(image);
  return Flood(image, background).run();
}

}  // namespace semblance
