#include "engine/photo_place.h"

#include <system_error>

namespace semblance {

std::filesystem::path place_of_photo(const CollectionFiles& files,
                                     const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return path;
  const std::filesystem::path folder = path.parent_path();
  if (folder.filename() == files.uploads().filename()) return files.uploads() / path.filename();
  if (folder.parent_path().filename() == files.photos().filename()) {
    return files.photos() / folder.filename() / path.filename();
  }
  return path;
}

}  // namespace semblance
