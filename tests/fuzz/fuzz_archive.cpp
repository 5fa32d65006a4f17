// libFuzzer: whatever the bytes are, unpacking them ends, and only in files that may be there.
//   fuzz_archive CORPUS...     (start from what write_archive_corpus makes)

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "archive/archive_reader.h"
#include "engine/archive_manifest.h"
#include "engine/archive_unpack.h"

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxBytes = 1 << 20;

/// In memory: the bytes of a million tries need no disk.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = "/dev/shm/fuzz-archive-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

bool may_be_there(const fs::path& path) {
  const std::string name = path.filename().string();
  if (fs::is_directory(fs::symlink_status(path))) return name == "vectors" || name == "7";
  return fs::is_regular_file(fs::symlink_status(path)) &&
         (name == "catalogue.sqlite" || name == "embedding.vec" || name == "histogram.vec" ||
          name == "histogram-foreground.vec");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchFolder scratch;
  const fs::path& folder = scratch.path();
  const semblance::CollectionFiles target(folder, "target");
  fs::create_directories(target.folder());
  auto reader = semblance::ArchiveReader::open(std::as_bytes(std::span(data, size)));
  if (reader) {
    (void)semblance::unpack_archive(*reader, target, 7, kMaxBytes, {}).ok();
  }
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path() == target.folder() || entry.path() == target.folder().parent_path()) continue;
    if (!may_be_there(entry.path())) std::abort();
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  if (bytes > kMaxBytes) std::abort();
  fs::remove_all(target.folder());
  // The manifest alone, where the fuzzer has found out what one looks like.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = semblance::parse_archive_manifest(text)) {
    if (!semblance::parse_archive_manifest(to_json(*manifest))) std::abort();
  }
  return 0;
}
