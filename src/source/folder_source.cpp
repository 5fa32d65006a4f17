#include "source/folder_source.h"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"

namespace semblance {

namespace {

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

/// Names in a folder, sorted by their bytes, without those that begin with a dot.
Result<std::vector<std::string>> list_folder(const std::filesystem::path& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(folder.c_str()), &::closedir);
  if (handle == nullptr) {
    return Error{errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnreadable,
                 system_message("cannot list", folder, errno)};
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(handle.get())) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    errno = 0;
  }
  if (errno != 0) {
    return Error{ErrorCode::kUnreadable, system_message("cannot list", folder, errno)};
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// What is left out: a pattern with a slash is compared with the path below the root, one without
/// with the name alone.
class Excludes {
 public:
  explicit Excludes(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {
    for (std::string& pattern : patterns_) {
      while (pattern.size() > 1 && pattern.ends_with('/')) pattern.pop_back();  // a folder's name
      if (pattern.starts_with("./")) pattern.erase(0, 1);
    }
  }

  [[nodiscard]] bool cover(const std::string& name, const std::string& below) const {
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) {
      const bool from_root = pattern.starts_with('/');
      const bool whole = pattern.find('/') != std::string::npos;
      const char* text = whole ? below.c_str() : name.c_str();
      return ::fnmatch(pattern.c_str() + (from_root ? 1 : 0), text, 0) == 0;
    });
  }

 private:
  std::vector<std::string> patterns_;
};

class FolderSource : public Source {
 public:
  FolderSource(std::filesystem::path root, std::string id_prefix, const FolderRules& rules)
      : root_(std::move(root)), id_prefix_(std::move(id_prefix)), excludes_(rules.excludes) {
    for (const std::filesystem::path& folder : rules.left_out) {
      struct stat info {};
      if (::stat(folder.c_str(), &info) == 0) left_out_.emplace_back(info.st_dev, info.st_ino);
    }
  }

  Status enter_root() { return enter(root_, ""); }

  Result<std::optional<SourceEntry>> next() override {
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.next == level.names.size()) {
        levels_.pop_back();
        continue;
      }
      const std::string name = std::move(level.names[level.next++]);
      const std::filesystem::path path = level.folder / name;
      const std::string below = level.below.empty() ? name : level.below + "/" + name;
      if (excludes_.cover(name, below)) continue;
      if (std::optional<SourceEntry> entry = visit(path, below)) return entry;
    }
    return std::optional<SourceEntry>();
  }

 private:
  struct Level {
    std::filesystem::path folder;
    std::string below;  // path below the root
    dev_t device;
    ino_t inode;
    std::vector<std::string> names;
    std::size_t next = 0;
  };

  Status enter(const std::filesystem::path& folder, const std::string& below) {
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0) {
      return Error{errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnreadable,
                   system_message("cannot open folder", folder, errno)};
    }
    for (const Level& level : levels_) {
      if (level.device == info.st_dev && level.inode == info.st_ino) {
        return Error{ErrorCode::kUnreadable,
                     "symbolic link leads back to '" + level.folder.string() + "'; not followed"};
      }
    }
    Result<std::vector<std::string>> names = list_folder(folder);
    if (!names) return names.error();
    levels_.push_back({folder, below, info.st_dev, info.st_ino, *std::move(names), 0});
    return {};
  }

  /// An entry for a file; for a folder it is entered and there is an entry only if that fails.
  std::optional<SourceEntry> visit(const std::filesystem::path& path, const std::string& below) {
    SourceEntry entry;
    entry.id = id_prefix_ + to_utf8(below);
    entry.path = path;
    entry.place = to_utf8(path.native());
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
      const bool missing = errno == ENOENT;  // a symbolic link to nowhere
      entry.problem = Error{missing ? ErrorCode::kMissingFile : ErrorCode::kUnreadable,
                            missing ? "symbolic link to a file that does not exist"
                                    : system_message("cannot stat", path, errno)};
      return entry;
    }
    if (S_ISDIR(info.st_mode)) {
      const std::pair identity(info.st_dev, info.st_ino);
      if (std::find(left_out_.begin(), left_out_.end(), identity) != left_out_.end()) {
        return std::nullopt;
      }
      const Status status = enter(path, below);
      if (status) return std::nullopt;
      entry.problem = status.error();
      return entry;
    }
    entry.size_bytes = static_cast<std::uint64_t>(info.st_size);
    entry.mtime_ns = nanoseconds(info.st_mtim);
    return entry;
  }

  std::filesystem::path root_;
  std::string id_prefix_;
  Excludes excludes_;
  std::vector<std::pair<dev_t, ino_t>> left_out_;
  std::vector<Level> levels_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_folder_source(const std::filesystem::path& folder,
                                                   std::string id_prefix,
                                                   const FolderRules& rules) {
  std::error_code code;
  const std::filesystem::path root = std::filesystem::canonical(folder, code);
  if (code) {
    return Error{ErrorCode::kNotFound,
                 "cannot open folder '" + folder.string() + "': " + code.message()};
  }
  auto source = std::make_unique<FolderSource>(root, std::move(id_prefix), rules);
  SEMBLANCE_RETURN_IF_ERROR(source->enter_root());
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace semblance
