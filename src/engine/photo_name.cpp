#include "engine/photo_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace semblance {

bool is_skipped_rather_than_failed(ErrorCode reason, const std::filesystem::path& path) {
  if (reason == ErrorCode::kUnsupportedFormat) return true;
  if (reason != ErrorCode::kNotAnImage && reason != ErrorCode::kEmpty) return false;
  static constexpr std::array<std::string_view, 13> kEndings = {
      ".jpg", ".jpeg", ".jpe",  ".jfif", ".png",  ".webp", ".gif",
      ".bmp", ".tif",  ".tiff", ".heic", ".heif", ".avif"};
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kEndings.begin(), kEndings.end(), ending) == kEndings.end();
}

}  // namespace semblance
