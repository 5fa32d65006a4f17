#include "source/photo_finder.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <limits>
#include <memory>
#include <utility>

#include "base/file.h"
#include "source/web_address.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

// The order decides where a photo is there in several formats.
constexpr std::array<std::string_view, 13> kImageEndings = {"jpg",  "jpeg", "jpe",  "jfif", "png",
                                                            "webp", "avif", "heic", "heif", "tif",
                                                            "tiff", "bmp",  "gif"};

// Folders that hold a catalogue file's photos beside it, in order of preference.
constexpr std::array<std::string_view, 6> kUsualFolders = {"images", "image",    "photos",
                                                           "photo",  "pictures", "img"};

std::string_view stem_of(std::string_view name) {
  return name.substr(0, name.rfind('.'));
}

// Position of a name's ending in the list, or its length.
std::size_t ending_rank(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return kImageEndings.size();
  std::string ending(name.substr(dot + 1));
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto found = std::find(kImageEndings.begin(), kImageEndings.end(), ending);
  return static_cast<std::size_t>(found - kImageEndings.begin());
}

/// The path without "." and ".." and doubled slashes; most have none and stay as they are.
std::string normal(std::string path) {
  if (path.find("/.") == std::string::npos && path.find("//") == std::string::npos) return path;
  return fs::path(std::move(path)).lexically_normal().native();
}

/// For messages: what a cell holds may be long.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 200;
  if (text.size() <= kMost) return "'" + to_utf8(text) + "'";
  return "'" + to_utf8(text.substr(0, kMost)) + "...'";
}

}  // namespace

bool has_image_ending(std::string_view name) {
  return ending_rank(name) < kImageEndings.size();
}

Result<PhotoFolder> PhotoFolder::list(const fs::path& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(folder.c_str()), &::closedir);
  if (handle == nullptr) {
    return Error{errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnreadable,
                 system_message("cannot list", folder, errno)};
  }
  PhotoFolder photos;
  errno = 0;
  while (const dirent* entry = ::readdir(handle.get())) {
    const std::string_view name = entry->d_name;
    if (has_image_ending(name)) {
      if (photos.names_.size() > std::numeric_limits<std::uint32_t>::max() - name.size() - 1) {
        return Error{ErrorCode::kUnreadable, "too many photos in '" + folder.string() + "'"};
      }
      photos.offsets_.push_back(static_cast<std::uint32_t>(photos.names_.size()));
      photos.names_.append(name).push_back('\0');
    }
    errno = 0;
  }
  if (errno != 0) {
    return Error{ErrorCode::kUnreadable, system_message("cannot list", folder, errno)};
  }
  std::sort(photos.offsets_.begin(), photos.offsets_.end(), [&](auto left, auto right) {
    const std::string_view a = photos.name_at(left);
    const std::string_view b = photos.name_at(right);
    if (const int order = stem_of(a).compare(stem_of(b)); order != 0) return order < 0;
    return std::pair(ending_rank(a), a) < std::pair(ending_rank(b), b);
  });
  return photos;
}

std::string_view PhotoFolder::name_at(std::uint32_t offset) const {
  return names_.data() + offset;
}

std::string_view PhotoFolder::named(std::string_view stem) const {
  const auto found = std::lower_bound(offsets_.begin(), offsets_.end(), stem,
                                      [&](std::uint32_t offset, std::string_view wanted) {
                                        return stem_of(name_at(offset)) < wanted;
                                      });
  if (found == offsets_.end() || stem_of(name_at(*found)) != stem) return {};
  return name_at(*found);
}

bool take_file(const fs::path& path, SourceEntry& entry) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG) return false;
    entry.path = path;
    entry.problem = Error{ErrorCode::kUnreadable, system_message("cannot look at", path, errno)};
    return true;
  }
  entry.path = path;
  if (!S_ISREG(info.st_mode)) {
    const char* what = S_ISDIR(info.st_mode) ? "' is a folder" : "' is not a regular file";
    entry.problem = Error{ErrorCode::kUnreadable, "'" + to_utf8(path.native()) + what};
    return true;
  }
  entry.size_bytes = static_cast<std::uint64_t>(info.st_size);
  entry.mtime_ns =
      static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
  return true;
}

Result<PhotoFinder> PhotoFinder::beside(const fs::path& file,
                                        const std::optional<fs::path>& images) {
  std::error_code code;
  const fs::path home = fs::absolute(file, code).lexically_normal().parent_path();
  std::vector<fs::path> folders;
  if (images) {
    folders.push_back(fs::canonical(*images, code));
    if (code || !fs::is_directory(folders.front(), code)) {
      return Error{ErrorCode::kNotFound, "'" + images->string() + "' is not a folder with photos"};
    }
  } else {
    for (const std::string_view name : kUsualFolders) {
      if (fs::is_directory(home / name, code)) folders.push_back(home / name);
    }
  }
  folders.push_back(home);
  return PhotoFinder(std::move(folders));
}

bool PhotoFinder::find_path(std::string_view relative, SourceEntry& entry) const {
  if (relative.starts_with('/')) return take_file(normal(std::string(relative)), entry);
  return std::any_of(folders_.begin(), folders_.end(), [&](const fs::path& folder) {
    return take_file(normal(folder.native() + '/' + std::string(relative)), entry);
  });
}

const PhotoFolder& PhotoFinder::photos_in(const std::string& folder) {
  const auto listed = listed_.find(folder);
  if (listed != listed_.end()) return listed->second;
  // A folder that cannot be listed holds no photo that could be read.
  PhotoFolder photos;
  if (Result<PhotoFolder> found = PhotoFolder::list(folder)) photos = *std::move(found);
  return listed_.emplace(folder, std::move(photos)).first->second;
}

bool PhotoFinder::find_stem(std::string_view relative, SourceEntry& entry) {
  const std::size_t slash = relative.rfind('/');
  const std::string_view stem = relative.substr(slash + 1);  // npos + 1 is 0
  for (const fs::path& base : folders_) {
    std::string folder = base.native();
    if (slash != std::string_view::npos) {
      folder = normal(folder.append("/").append(relative.substr(0, slash)));
    }
    const std::string_view name = photos_in(folder).named(stem);
    if (!name.empty() && take_file(folder.append("/").append(name), entry)) return true;
  }
  return false;
}

void PhotoFinder::report_missing(std::string_view name, SourceEntry& entry) const {
  std::string places;
  for (const fs::path& folder : folders_) {
    places.append(places.empty() ? "'" : " or '").append(to_utf8(folder.native())).append("'");
  }
  entry.problem = Error{ErrorCode::kMissingFile, "no photo " + shown(name) + " in " + places};
}

void PhotoFinder::find(std::string_view text, SourceEntry& entry) {
  if (is_web_address(text)) {
    entry.url = clean_web_address(text);
    return;
  }
  if (is_foreign_address(text)) {
    entry.problem =
        Error{ErrorCode::kBadRow, shown(text) + ": only http and https addresses can be fetched"};
    return;
  }
  if (text.find('\0') != std::string_view::npos) return report_missing(text, entry);
  if (find_path(text, entry)) return;
  if (text.find('\\') != std::string_view::npos) {
    std::string slashes(text);
    std::replace(slashes.begin(), slashes.end(), '\\', '/');
    if (find_path(slashes, entry)) return;
  }
  if (!has_image_ending(text) && find_stem(text, entry)) return;
  report_missing(text, entry);
}

void PhotoFinder::find_named(std::string_view name, SourceEntry& entry) {
  if (name.find('\0') != std::string_view::npos) return report_missing(name, entry);
  if (find_stem(name, entry)) return;
  if (has_image_ending(name) && find_path(name, entry)) return;
  report_missing(name, entry);
}

}  // namespace semblance
