#pragma once

#include <cairo.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace semblance::demo {

struct SurfaceDeleter {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct ContextDeleter {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};
struct PatternDeleter {
  void operator()(cairo_pattern_t* pattern) const { cairo_pattern_destroy(pattern); }
};
using Surface = std::unique_ptr<cairo_surface_t, SurfaceDeleter>;
using Context = std::unique_ptr<cairo_t, ContextDeleter>;
using Pattern = std::unique_ptr<cairo_pattern_t, PatternDeleter>;

Surface make_surface(cairo_format_t format, int width, int height);
Context draw_on(const Surface& surface);

/// A product on transparent ground (ARGB32) and the box, in its pixels, that it fills.
struct Cutout {
  Surface surface;
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

/// Renders an SVG into a square of `side` pixels. Errors: kInvalidArgument (not SVG, draws
/// nothing).
Result<Cutout> render_cutout(const std::string& svg, int side);

/// Blurs an A8 surface in place: three box filters of `radius` pixels come close to a Gaussian.
void blur(const Surface& mask, int radius);

/// JPEG of an RGB24 surface. Errors: kInternal.
Result<std::vector<unsigned char>> encode_jpeg(const Surface& surface, int quality);

}  // namespace semblance::demo
