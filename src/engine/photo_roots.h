#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"

namespace semblance {

// Which folders a collection's photos may be read from by those who show them: where the last syncs
// found them, and no others. Kept in the catalogue's setting "photo_roots".

/// Folders by their real paths (absolute, without symbolic links). A folder below another one of
/// them is not kept.
class PhotoRoots {
 public:
  /// A folder that does not exist is left out.
  void add(const std::filesystem::path& folder);
  void add_all(const PhotoRoots& other);
  /// The folder of a photo's file, unless the file's name is below a folder that was added.
  void add_folder_of(const std::filesystem::path& photo);

  [[nodiscard]] const std::vector<std::filesystem::path>& folders() const { return folders_; }
  /// The folder that a real path lies below; null: none.
  [[nodiscard]] const std::filesystem::path* root_of(const std::filesystem::path& real_path) const;

  /// One line a folder; bytes that are not printable ASCII, and '%', as %HH.
  [[nodiscard]] std::string to_text() const;
  static PhotoRoots from_text(std::string_view text);

 private:
  std::vector<std::filesystem::path> folders_;
  std::vector<std::filesystem::path> names_;  // of what was added, links and all
};

/// Nothing where no sync has stored any: the collection was last synced by an older program.
Result<std::optional<PhotoRoots>> stored_roots(const Catalogue& catalogue);
Status store_roots(const Catalogue& catalogue, const PhotoRoots& roots);
Status forget_roots(const Catalogue& catalogue);

}  // namespace semblance
