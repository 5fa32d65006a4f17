#include "live/uploads.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <unordered_set>
#include <vector>

#include "base/file.h"

namespace semblance {

namespace fs = std::filesystem;

Status prepare_uploads(const CollectionFiles& files) {
  return create_folders_durably(fs::absolute(files.uploads()));
}

Result<StoredUpload> store_upload(const CollectionFiles& files, const Sha256& content_hash,
                                  std::span<const std::byte> photo) {
  const fs::path folder = fs::absolute(files.uploads());
  StoredUpload upload;
  upload.path = folder / to_hex(content_hash);
  struct stat info {};
  const bool known = ::stat(upload.path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
                     static_cast<std::size_t>(info.st_size) == photo.size();
  if (known) {
    // It appeared under its name complete, but perhaps its name is not durable yet.
    SEMBLANCE_RETURN_IF_ERROR(sync_folder(folder));
  } else {
    SEMBLANCE_RETURN_IF_ERROR(write_file_atomically(upload.path, photo));
    if (::stat(upload.path.c_str(), &info) != 0) {
      return Error{ErrorCode::kIo, system_message("cannot look at", upload.path, errno)};
    }
  }
  upload.size_bytes = photo.size();
  upload.mtime_ns = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  return upload;
}

Status sweep_uploads(const CollectionFiles& files, const Catalogue& catalogue) {
  std::error_code code;
  if (!fs::exists(files.uploads(), code)) return {};
  std::unordered_set<std::string> wanted;
  Result<Statement> paths =
      catalogue.database().prepare("SELECT path FROM item WHERE path IS NOT NULL");
  if (!paths) return paths.error();
  while (true) {
    const Result<bool> row = paths->step();
    if (!row) return row.error();
    if (!*row) break;
    const std::string_view path = paths->text_view(0);
    wanted.emplace(path.substr(path.rfind('/') + 1));
  }
  std::vector<fs::path> unwanted;
  for (const auto& entry : fs::directory_iterator(files.uploads(), code)) {
    if (!wanted.contains(entry.path().filename().string())) unwanted.push_back(entry.path());
  }
  for (const fs::path& path : unwanted) {
    fs::remove(path, code);
    if (code) {
      return Error{ErrorCode::kIo, "cannot remove '" + path.string() + "': " + code.message()};
    }
  }
  return {};
}

}  // namespace semblance
