#include "render/backdrop.h"

#include <algorithm>
#include <cmath>

namespace semblance::demo {
namespace {

std::uint32_t hash(int x, int y, std::uint32_t seed) {
  std::uint32_t h = static_cast<std::uint32_t>(x) * 0x8da6b343U +
                    static_cast<std::uint32_t>(y) * 0xd8163841U + seed * 0xcb1ab31fU;
  h = (h ^ (h >> 15U)) * 0x2c1b3c6dU;
  h = (h ^ (h >> 12U)) * 0x297a2d39U;
  return h ^ (h >> 15U);
}

double random_at(int x, int y, std::uint32_t seed) {
  return hash(x, y, seed) / 4294967296.0;
}

// Value noise in [0, 1).
double noise(double x, double y, std::uint32_t seed) {
  const int ix = static_cast<int>(std::floor(x));
  const int iy = static_cast<int>(std::floor(y));
  double fx = x - ix;
  double fy = y - iy;
  fx = fx * fx * (3 - 2 * fx);
  fy = fy * fy * (3 - 2 * fy);
  const double top = std::lerp(random_at(ix, iy, seed), random_at(ix + 1, iy, seed), fx);
  const double bottom = std::lerp(random_at(ix, iy + 1, seed), random_at(ix + 1, iy + 1, seed), fx);
  return std::lerp(top, bottom, fy);
}

// Three octaves of it, about 0.5.
double clouds(double x, double y, std::uint32_t seed) {
  return (noise(x, y, seed) * 4 + noise(x * 2.1, y * 2.1, seed + 1) * 2 +
          noise(x * 4.3, y * 4.3, seed + 2)) /
         7;
}

double smooth_step(double low, double high, double x) {
  const double t = std::clamp((x - low) / (high - low), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

Colour scaled(const Colour& colour, double factor) {
  return {colour.red * factor, colour.green * factor, colour.blue * factor};
}

// Lengths are in units of the surface's width, so that a small photo shows the same as a large one.
class Painter {
 public:
  Painter(const Backdrop& backdrop, double pixel)
      : backdrop_(backdrop), pixel_(pixel), seed_(static_cast<std::uint32_t>(backdrop.seed)) {}

  /// x in 0..1, y in 0..height, both in widths; `v` is y as a share of the height.
  [[nodiscard]] Colour at(double x, double y, double v) const {
    const double spot = light(x, v);
    switch (backdrop_.kind) {
      case BackdropKind::kSweep:
        return scaled(backdrop_.colour, sweep(v) * (0.90 + 0.13 * spot));
      case BackdropKind::kPaper:
        return scaled(backdrop_.colour,
                      0.86 + 0.17 * spot + 0.02 * (noise(x * 300, y * 300, seed_) - 0.5));
      case BackdropKind::kWood:
        return scaled(planks(x, y, 0.21), 0.82 + 0.24 * spot);
      case BackdropKind::kLinen:
        return scaled(backdrop_.colour, linen(x, y) * (0.86 + 0.18 * spot));
      case BackdropKind::kConcrete:
        return scaled(backdrop_.colour, concrete(x, y) * (0.84 + 0.2 * spot));
      case BackdropKind::kMarble:
        return scaled(backdrop_.colour, marble(x, y) * (0.9 + 0.12 * spot));
      case BackdropKind::kRoom:
        return room(x, y, v, spot);
      case BackdropKind::kTable:
        return table(x, y, v, spot);
    }
    return backdrop_.colour;
  }

 private:
  // 1 at the bright spot, falling off to 0 in the far corner.
  [[nodiscard]] double light(double x, double v) const {
    const double dx = x - backdrop_.light_x;
    const double dy = v - backdrop_.light_y;
    return std::exp(-(dx * dx + dy * dy) * 2.2);
  }

  [[nodiscard]] double sweep(double v) const {
    const double h = backdrop_.horizon;
    // The bend lies in its own soft shade; the floor catches the light again.
    const double bend = std::exp(-(v - h) * (v - h) / 0.012);
    return 1.0 - 0.07 * bend + 0.03 * smooth_step(h, 1.0, v);
  }

  [[nodiscard]] Colour planks(double x, double y, double width) const {
    const int plank = static_cast<int>(std::floor(x / width));
    const double inside = x / width - plank;
    const double shift = random_at(plank, 7, seed_) * 40;
    const double bend = noise(x * 3, y * 1.3 + shift, seed_ + 5) * 0.22;
    const double grain = noise((x + bend) * 62, y * 2.2 + shift, seed_ + 9);
    const double fine = noise(x * 240, y * 9 + shift, seed_ + 13);
    const double tone = 0.93 + 0.14 * random_at(plank, 3, seed_);
    double factor = tone * (0.82 + 0.2 * grain + 0.1 * fine);
    const double edge = std::min(inside, 1 - inside) * width;
    factor *= 0.55 + 0.45 * smooth_step(0, std::max(0.007, pixel_ * 1.5), edge);
    return scaled(backdrop_.floor, factor);
  }

  [[nodiscard]] double linen(double x, double y) const {
    const double warp = noise(x * 150, y * 12, seed_ + 1);
    const double weft = noise(x * 12, y * 150, seed_ + 2);
    const double folds = clouds(x * 2 + y, y * 1.4, seed_ + 3);
    return 0.83 + 0.1 * warp + 0.1 * weft + 0.16 * (folds - 0.5);
  }

  [[nodiscard]] double concrete(double x, double y) const {
    const double pores = noise(x * 110, y * 110, seed_ + 4);
    return 0.86 + 0.26 * (clouds(x * 3.2, y * 3.2, seed_) - 0.25) - (pores > 0.93 ? 0.06 : 0.0) +
           0.03 * noise(x * 260, y * 260, seed_ + 6);
  }

  [[nodiscard]] double marble(double x, double y) const {
    const double warp = clouds(x * 2.2, y * 2.2, seed_) * 2.6;
    const double vein = std::abs(std::sin((x * 1.6 + y * 0.9) * 3.1 + warp * 3.2));
    const double thin = std::abs(std::sin((y * 1.9 - x) * 4.3 + warp * 4.1 + 1.7));
    return 1.0 - 0.2 * std::exp(-vein * 9) - 0.1 * std::exp(-thin * 16) -
           0.06 * clouds(x * 5, y * 5, seed_ + 8);
  }

  [[nodiscard]] Colour room(double x, double y, double v, double spot) const {
    const double h = backdrop_.horizon;
    if (v < h - 0.045) return scaled(backdrop_.colour, 0.84 + 0.19 * spot);
    if (v < h) {
      const double t = (v - (h - 0.045)) / 0.045;
      return scaled({244, 242, 238}, (t < 0.12 ? 1.02 : 0.93) - 0.08 * t);
    }
    // Boards that run away from the camera: x spreads with the distance from the horizon.
    const double depth = 1.0 / (0.35 + (v - h) * 1.9);
    const Colour wood = planks((x - 0.5) * depth + 10, y * depth * 1.2, 0.17);
    return scaled(wood, (0.72 + 0.3 * smooth_step(h, 1, v)) * (0.9 + 0.14 * spot));
  }

  [[nodiscard]] Colour table(double x, double y, double v, double spot) const {
    const double h = backdrop_.horizon;
    if (v < h) {
      const double blobs = clouds(x * 1.6, y * 1.6, seed_ + 20);
      return scaled(backdrop_.colour, 0.74 + 0.2 * spot + 0.2 * (blobs - 0.5));
    }
    const double depth = 1.0 / (0.5 + (v - h) * 1.7);
    const double across = noise(y * depth * 90, (x - 0.5) * depth * 3, seed_ + 9);
    const double fine = noise(y * depth * 300, (x - 0.5) * depth * 12, seed_ + 10);
    const double edge = smooth_step(0, 0.012, v - h);
    return scaled(backdrop_.floor,
                  (0.76 + 0.17 * across + 0.08 * fine) * (0.8 + 0.2 * edge) * (0.9 + 0.16 * spot));
  }

  const Backdrop& backdrop_;
  double pixel_;
  std::uint32_t seed_;
};

std::uint32_t packed(const Colour& colour) {
  const auto channel = [](double value) {
    return static_cast<std::uint32_t>(std::clamp(value + 0.5, 0.0, 255.0));
  };
  return channel(colour.red) << 16U | channel(colour.green) << 8U | channel(colour.blue);
}

}  // namespace

void paint_backdrop(const Backdrop& backdrop, const Surface& surface) {
  cairo_surface_flush(surface.get());
  const int width = cairo_image_surface_get_width(surface.get());
  const int height = cairo_image_surface_get_height(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  unsigned char* const data = cairo_image_surface_get_data(surface.get());
  const Painter painter(backdrop, 1.0 / width);
  for (int y = 0; y < height; ++y) {
    auto* const row = reinterpret_cast<std::uint32_t*>(data + y * stride);
    for (int x = 0; x < width; ++x) {
      row[x] = packed(painter.at((x + 0.5) / width, (y + 0.5) / width, (y + 0.5) / height));
    }
  }
  cairo_surface_mark_dirty(surface.get());
}

}  // namespace semblance::demo
