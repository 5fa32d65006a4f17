#include "remote/kept_photos.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace semblance::remote {

namespace {

namespace fs = std::filesystem;

struct KeptFile {
  fs::file_time_type used;
  std::uint64_t size_bytes = 0;
  fs::path path;
};

std::vector<KeptFile> files_below(const fs::path& folder) {
  std::vector<KeptFile> files;
  std::error_code code;
  fs::recursive_directory_iterator entry(folder, code);
  for (; !code && entry != fs::recursive_directory_iterator(); entry.increment(code)) {
    // Another process may remove it meanwhile.
    std::error_code gone;
    if (!entry->is_regular_file(gone) || gone) continue;
    KeptFile file{entry->last_write_time(gone), 0, entry->path()};
    if (!gone) file.size_bytes = entry->file_size(gone);
    if (!gone) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

fs::path KeptPhotos::file(const Sha256& content_hash) const {
  const std::string name = to_hex(content_hash);
  return folder_ / name.substr(0, 2) / name;
}

std::optional<Bytes> KeptPhotos::read(const Sha256& content_hash) {
  const fs::path path = file(content_hash);
  Result<Bytes> bytes = read_file(path, most_bytes_);
  if (!bytes) return std::nullopt;
  std::error_code ignored;
  if (sha256(*bytes) != content_hash) {
    fs::remove(path, ignored);
    return std::nullopt;
  }
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return *std::move(bytes);
}

void KeptPhotos::store(const Sha256& content_hash, std::span<const std::byte> bytes) {
  if (bytes.size() > most_bytes_) return;
  const fs::path path = file(content_hash);
  std::error_code code;
  fs::create_directories(path.parent_path(), code);
  if (code || !write_file_atomically(path, bytes)) return;
  const std::scoped_lock lock(mutex_);
  if (bytes_) *bytes_ += bytes.size();
  if (!bytes_ || *bytes_ > most_bytes_) make_room();
}

void KeptPhotos::make_room() {
  std::vector<KeptFile> files = files_below(folder_);
  std::uint64_t total = 0;
  for (const KeptFile& each : files) total += each.size_bytes;
  if (total > most_bytes_) {
    std::sort(files.begin(), files.end(),
              [](const KeptFile& a, const KeptFile& b) { return a.used < b.used; });
    // Somewhat more than needed, so that the folder is not looked at for every photo.
    const std::uint64_t enough = most_bytes_ - most_bytes_ / 10;
    for (const KeptFile& each : files) {
      if (total <= enough) break;
      std::error_code ignored;
      fs::remove(each.path, ignored);
      total -= each.size_bytes;
    }
  }
  bytes_ = total;
}

}  // namespace semblance::remote
