#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "source/source.h"

namespace semblance {

/// The photos in one folder, found by name without ending. Takes about twenty bytes a photo.
class PhotoFolder {
 public:
  /// Errors: kNotFound, kUnreadable.
  static Result<PhotoFolder> list(const std::filesystem::path& folder);

  /// File name of the photo `stem` (bytes as the file system gives them); where there are several,
  /// the ending that comes first in the list of image endings. Empty: there is none.
  [[nodiscard]] std::string_view named(std::string_view stem) const;

 private:
  [[nodiscard]] std::string_view name_at(std::uint32_t offset) const;

  std::string names_;                   // each with a zero byte behind it
  std::vector<std::uint32_t> offsets_;  // sorted by stem
};

/// Has the name one of the endings of image files, in any case?
bool has_image_ending(std::string_view name);

/// Finds the photos that a table, feed or list names.
class PhotoFinder {
 public:
  /// `folders`: absolute; names are looked up in each of them, in this order.
  explicit PhotoFinder(std::vector<std::filesystem::path> folders) : folders_(std::move(folders)) {}

  /// Where the photos of a catalogue file are: in `images` if given, else in the folder "images"
  /// (or "photos", ...) beside the file; and beside the file itself.
  /// Errors: kNotFound when `images` is no folder.
  static Result<PhotoFinder> beside(const std::filesystem::path& file,
                                    const std::optional<std::filesystem::path>& images);

  /// What a catalogue says is the photo: fills `url`, or `path`, size and time, or `problem`.
  /// `text`: an address, a path (absolute, or below one of the folders; also with backslashes), or
  /// a name without ending.
  void find(std::string_view text, SourceEntry& entry);

  /// The photo NAME.<an image ending>, or NAME itself where that has one: fills `path`, size and
  /// time, or `problem`.
  void find_named(std::string_view name, SourceEntry& entry);

 private:
  [[nodiscard]] bool find_path(std::string_view relative, SourceEntry& entry) const;
  [[nodiscard]] bool find_stem(std::string_view relative, SourceEntry& entry);
  const PhotoFolder& photos_in(const std::string& folder);
  void report_missing(std::string_view name, SourceEntry& entry) const;

  std::vector<std::filesystem::path> folders_;
  std::unordered_map<std::string, PhotoFolder> listed_;
};

/// Looks at a file: fills `path`, size and time and is true, also with a `problem` where it is no
/// regular file or cannot be looked at. False when it does not exist.
bool take_file(const std::filesystem::path& path, SourceEntry& entry);

}  // namespace semblance
