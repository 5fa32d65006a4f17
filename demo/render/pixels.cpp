#include "render/pixels.h"

#include <librsvg/rsvg.h>
// jpeglib.h uses FILE and size_t without including their headers.
#include <csetjmp>
#include <cstdio>
// clang-format off
#include <jpeglib.h>
// clang-format on

#include <algorithm>
#include <cstdlib>

namespace semblance::demo {
namespace {

struct ObjectDeleter {
  void operator()(RsvgHandle* handle) const { g_object_unref(handle); }
};

Error svg_error(GError* error, const std::string& fallback) {
  std::string message = error != nullptr ? error->message : fallback;
  g_clear_error(&error);
  return {ErrorCode::kInvalidArgument, "cannot draw SVG: " + message};
}

// One pass over `count` values `stride` apart. `line` is scratch.
void box_filter(unsigned char* values, int count, int stride, int radius, std::vector<int>& line) {
  line.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) line[i] = values[i * stride];
  int sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += i >= 0 && i < count ? line[i] : 0;
  const int width = 2 * radius + 1;
  for (int i = 0; i < count; ++i) {
    values[i * stride] = static_cast<unsigned char>(sum / width);
    if (i + radius + 1 < count) sum += line[i + radius + 1];
    if (i - radius >= 0) sum -= line[i - radius];
  }
}

bool find_bounds(Cutout& cutout) {
  const int side = cairo_image_surface_get_width(cutout.surface.get());
  const int stride = cairo_image_surface_get_stride(cutout.surface.get());
  const unsigned char* const data = cairo_image_surface_get_data(cutout.surface.get());
  int left = side;
  int top = side;
  int right = 0;
  int bottom = 0;
  for (int y = 0; y < side; ++y) {
    const auto* const row = reinterpret_cast<const std::uint32_t*>(data + y * stride);
    for (int x = 0; x < side; ++x) {
      if ((row[x] >> 24U) < 40) continue;
      left = std::min(left, x);
      right = std::max(right, x + 1);
      top = std::min(top, y);
      bottom = y + 1;
    }
  }
  cutout.left = left;
  cutout.top = top;
  cutout.right = right;
  cutout.bottom = bottom;
  return left < right && top < bottom;
}

struct JpegErrors {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
};

// Kept free of C++ objects: libjpeg leaves it by longjmp.
bool compress(const unsigned char* pixels, int width, int height, int stride, int quality,
              unsigned char** output, unsigned long* size) {
  jpeg_compress_struct info;
  JpegErrors errors;
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = [](j_common_ptr common) {
    std::longjmp(reinterpret_cast<JpegErrors*>(common->err)->jump, 1);
  };
  if (setjmp(errors.jump) != 0) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, output, size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = 4;
  info.in_color_space = JCS_EXT_BGRX;  // RGB24 of cairo on little-endian machines
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(pixels + static_cast<std::size_t>(info.next_scanline) *
                                                     static_cast<std::size_t>(stride));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

Surface make_surface(cairo_format_t format, int width, int height) {
  return Surface(cairo_image_surface_create(format, width, height));
}

Context draw_on(const Surface& surface) {
  return Context(cairo_create(surface.get()));
}

Result<Cutout> render_cutout(const std::string& svg, int side) {
  GError* error = nullptr;
  const std::unique_ptr<RsvgHandle, ObjectDeleter> handle(rsvg_handle_new_from_data(
      reinterpret_cast<const guint8*>(svg.data()), static_cast<gsize>(svg.size()), &error));
  if (handle == nullptr) return svg_error(error, "not SVG");
  Cutout cutout;
  cutout.surface = make_surface(CAIRO_FORMAT_ARGB32, side, side);
  const Context context = draw_on(cutout.surface);
  const RsvgRectangle viewport{0, 0, static_cast<double>(side), static_cast<double>(side)};
  if (rsvg_handle_render_document(handle.get(), context.get(), &viewport, &error) == FALSE) {
    return svg_error(error, "not drawable");
  }
  cairo_surface_flush(cutout.surface.get());
  if (!find_bounds(cutout)) return Error{ErrorCode::kInvalidArgument, "the SVG draws nothing"};
  return cutout;
}

void blur(const Surface& mask, int radius) {
  if (radius < 1) return;
  cairo_surface_flush(mask.get());
  const int width = cairo_image_surface_get_width(mask.get());
  const int height = cairo_image_surface_get_height(mask.get());
  const int stride = cairo_image_surface_get_stride(mask.get());
  unsigned char* const data = cairo_image_surface_get_data(mask.get());
  std::vector<int> line;
  for (int pass = 0; pass < 3; ++pass) {
    for (int y = 0; y < height; ++y) box_filter(data + y * stride, width, 1, radius, line);
    for (int x = 0; x < width; ++x) box_filter(data + x, height, stride, radius, line);
  }
  cairo_surface_mark_dirty(mask.get());
}

Result<std::vector<unsigned char>> encode_jpeg(const Surface& surface, int quality) {
  cairo_surface_flush(surface.get());
  unsigned char* output = nullptr;
  unsigned long size = 0;
  const bool done = compress(
      cairo_image_surface_get_data(surface.get()), cairo_image_surface_get_width(surface.get()),
      cairo_image_surface_get_height(surface.get()), cairo_image_surface_get_stride(surface.get()),
      quality, &output, &size);
  std::vector<unsigned char> bytes;
  if (done) bytes.assign(output, output + size);
  std::free(output);
  if (!done) return Error{ErrorCode::kInternal, "cannot compress a photo as JPEG"};
  return bytes;
}

}  // namespace semblance::demo
