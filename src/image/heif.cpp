// HEIC and AVIF through libheif, opened with dlopen when the first such file comes: with its codecs
// it would otherwise cost every start of the program.

#include <dlfcn.h>
#include <libheif/heif.h>

#include <cstring>
#include <memory>
#include <string>

#include "image/codec.h"

namespace semblance {
namespace {

constexpr const char* kLibrary = "libheif.so.1";

/// The functions used, by the library's own names and types.
class HeifLibrary {
 public:
  static const HeifLibrary& instance() {
    static const HeifLibrary library;
    return library;
  }

  [[nodiscard]] bool is_loaded() const { return loaded_; }

#define SEMBLANCE_HEIF_FUNCTIONS(apply)                                                         \
  apply(heif_context_alloc) apply(heif_context_free)                                            \
      apply(heif_context_read_from_memory_without_copy)                                         \
          apply(heif_context_get_primary_image_handle) apply(heif_image_handle_release)         \
              apply(heif_image_handle_get_width) apply(heif_image_handle_get_height)            \
                  apply(heif_image_handle_has_alpha_channel) apply(heif_decoding_options_alloc) \
                      apply(heif_decoding_options_free) apply(heif_decode_image)                \
                          apply(heif_image_release) apply(heif_image_get_width)                 \
                              apply(heif_image_get_height) apply(heif_image_get_plane_readonly)

// The name is declared and looked up as it is: parentheses are no option.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define SEMBLANCE_DECLARE(name) decltype(&::name) name = nullptr;
  SEMBLANCE_HEIF_FUNCTIONS(SEMBLANCE_DECLARE)
#undef SEMBLANCE_DECLARE
  /// Absent before libheif 1.13.
  void (*heif_context_set_max_decoding_threads)(heif_context*, int) = nullptr;

 private:
  HeifLibrary() {
    void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    loaded_ = true;
#define SEMBLANCE_LOOK_UP(name)                                     \
  name = reinterpret_cast<decltype(name)>(::dlsym(library, #name)); \
  loaded_ = loaded_ && name != nullptr;
    SEMBLANCE_HEIF_FUNCTIONS(SEMBLANCE_LOOK_UP)
#undef SEMBLANCE_LOOK_UP
    // NOLINTEND(bugprone-macro-parentheses)
#undef SEMBLANCE_HEIF_FUNCTIONS
    heif_context_set_max_decoding_threads =
        reinterpret_cast<decltype(heif_context_set_max_decoding_threads)>(
            ::dlsym(library, "heif_context_set_max_decoding_threads"));
  }

  bool loaded_ = false;
};

template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;
using OwnedHandle = std::unique_ptr<const heif_image_handle, void (*)(const heif_image_handle*)>;
using OwnedImage = std::unique_ptr<const heif_image, void (*)(const heif_image*)>;

Error error_of(const heif_error& error, ImageFormat format) {
  const std::string detail = error.message != nullptr ? error.message : "";
  const bool no_codec = error.subcode == heif_suberror_Unsupported_codec ||
                        error.code == heif_error_Plugin_loading_error ||
                        error.code == heif_error_Unsupported_filetype;
  if (no_codec) {
    const char* package =
        format == ImageFormat::kAvif ? "libheif-plugin-dav1d" : "libheif-plugin-libde265";
    return unsupported(format,
                       detail + "; if libheif lacks the codec, install the package " + package);
  }
  if (error.code == heif_error_Unsupported_feature) return unsupported(format, detail);
  if (error.code == heif_error_Memory_allocation_error) {
    return {ErrorCode::kTooManyPixels, "the picture is too large to decode: " + detail};
  }
  return damaged(format, detail);
}

void copy_rows(const std::uint8_t* plane, std::size_t stride, bool alpha, Image& image) {
  const auto width = static_cast<std::size_t>(image.width);
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* row = plane + stride * static_cast<std::size_t>(y);
    if (alpha) {
      flatten_over_white(row, width, image.row(y));
    } else {
      std::memcpy(image.row(y), row, width * 3);
    }
  }
}

Result<StoredPicture> decode_handle(const HeifLibrary& heif, const heif_image_handle* handle,
                                    ImageFormat format, const DecodeLimits& limits) {
  // The library applies the file's own rotations; these sizes are upright.
  SEMBLANCE_RETURN_IF_ERROR(check_size(heif.heif_image_handle_get_width(handle),
                                       heif.heif_image_handle_get_height(handle), format, limits));
  const bool alpha = heif.heif_image_handle_has_alpha_channel(handle) != 0;
  const Owned<heif_decoding_options> options(heif.heif_decoding_options_alloc(),
                                             heif.heif_decoding_options_free);
  if (options) options->convert_hdr_to_8bit = 1;
  heif_image* decoded = nullptr;
  const heif_error error = heif.heif_decode_image(
      handle, &decoded, heif_colorspace_RGB,
      alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options.get());
  const OwnedImage image(decoded, heif.heif_image_release);
  if (error.code != heif_error_Ok) return error_of(error, format);
  // The coded picture may differ from what the header said.
  const int width = heif.heif_image_get_width(image.get(), heif_channel_interleaved);
  const int height = heif.heif_image_get_height(image.get(), heif_channel_interleaved);
  SEMBLANCE_RETURN_IF_ERROR(check_size(width, height, format, limits));
  int stride = 0;
  const std::uint8_t* plane =
      heif.heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  if (plane == nullptr || stride < width * (alpha ? 4 : 3))
    return damaged(format, "it has no pixels");
  StoredPicture stored;
  stored.width = width;
  stored.height = height;
  stored.image = blank_image(width, height);
  copy_rows(plane, static_cast<std::size_t>(stride), alpha, stored.image);
  return stored;
}

}  // namespace

Result<StoredPicture> decode_heif(std::span<const std::byte> bytes, ImageFormat format,
                                  const DecodeLimits& limits) {
  const HeifLibrary& heif = HeifLibrary::instance();
  if (!heif.is_loaded()) {
    return Error{ErrorCode::kUnsupportedFormat,
                 std::string(format_name(format)) +
                     " files need libheif: install the Debian package libheif1"};
  }
  const Owned<heif_context> context(heif.heif_context_alloc(), heif.heif_context_free);
  if (!context) return Error{ErrorCode::kTooManyPixels, "there is not enough memory"};
  // The callers run one picture a thread already.
  if (heif.heif_context_set_max_decoding_threads != nullptr) {
    heif.heif_context_set_max_decoding_threads(context.get(), 0);
  }
  heif_error error = heif.heif_context_read_from_memory_without_copy(context.get(), bytes.data(),
                                                                     bytes.size(), nullptr);
  if (error.code != heif_error_Ok) return error_of(error, format);
  heif_image_handle* primary = nullptr;
  error = heif.heif_context_get_primary_image_handle(context.get(), &primary);
  const OwnedHandle handle(primary, heif.heif_image_handle_release);
  if (error.code != heif_error_Ok) return error_of(error, format);
  return decode_handle(heif, handle.get(), format, limits);
}

}  // namespace semblance
