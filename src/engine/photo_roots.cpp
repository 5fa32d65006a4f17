#include "engine/photo_roots.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>
#include <utility>

namespace semblance {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSetting = "photo_roots";
constexpr std::string_view kDigits = "0123456789ABCDEF";

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [in_path, in_folder] =
      std::mismatch(path.begin(), path.end(), folder.begin(), folder.end());
  // A name that ends with a slash has an empty last part.
  return in_folder == folder.end() || (in_folder->empty() && std::next(in_folder) == folder.end());
}

}  // namespace

void PhotoRoots::add(const fs::path& folder) {
  std::error_code code;
  names_.push_back(fs::absolute(folder, code).lexically_normal());
  const fs::path real = fs::canonical(folder, code);
  if (code || !fs::is_directory(real, code)) return;
  if (root_of(real) != nullptr) return;
  std::erase_if(folders_, [&](const fs::path& one) { return is_below(one, real); });
  folders_.push_back(real);
}

void PhotoRoots::add_all(const PhotoRoots& other) {
  for (const fs::path& folder : other.folders_) add(folder);
}

void PhotoRoots::add_folder_of(const fs::path& photo) {
  std::error_code code;
  const fs::path folder = fs::absolute(photo.parent_path(), code).lexically_normal();
  // Where a symbolic link leads out of a folder that is named, what it leads to is not.
  const bool named = std::any_of(names_.begin(), names_.end(),
                                 [&](const fs::path& name) { return is_below(folder, name); });
  if (!named) add(folder);
}

const fs::path* PhotoRoots::root_of(const fs::path& real_path) const {
  for (const fs::path& folder : folders_) {
    if (is_below(real_path, folder)) return &folder;
  }
  return nullptr;
}

std::string PhotoRoots::to_text() const {
  std::string text;
  for (const fs::path& folder : folders_) {
    for (const char c : folder.native()) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte > ' ' && byte < 0x7f && c != '%') {
        text += c;
      } else {
        text += {'%', kDigits[byte / 16], kDigits[byte % 16]};
      }
    }
    text += '\n';
  }
  return text;
}

PhotoRoots PhotoRoots::from_text(std::string_view text) {
  PhotoRoots roots;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    std::string folder;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string_view escaped = line.substr(i, 3);
      unsigned byte = 0;
      if (line[i] != '%' || escaped.size() < 3 ||
          std::from_chars(escaped.data() + 1, escaped.data() + 3, byte, 16).ptr !=
              escaped.data() + 3) {
        folder += line[i];
        continue;
      }
      folder += static_cast<char>(byte);
      i += 2;
    }
    // What is not absolute was not written by store_roots.
    if (fs::path(folder).is_absolute()) roots.folders_.emplace_back(std::move(folder));
  }
  return roots;
}

Result<std::optional<PhotoRoots>> stored_roots(const Catalogue& catalogue) {
  const Result<std::optional<std::string>> text = catalogue.setting(kSetting);
  if (!text) return text.error();
  if (!*text) return std::optional<PhotoRoots>();
  return std::optional(PhotoRoots::from_text(**text));
}

Status store_roots(const Catalogue& catalogue, const PhotoRoots& roots) {
  const Result<std::optional<std::string>> before = catalogue.setting(kSetting);
  if (!before) return before.error();
  const std::string text = roots.to_text();
  if (*before == text) return {};
  return catalogue.set_setting(kSetting, text);
}

Status forget_roots(const Catalogue& catalogue) {
  return catalogue.database().execute(std::string("DELETE FROM setting WHERE name = '") + kSetting +
                                      "'");
}

}  // namespace semblance
