#include "archive/archive_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "archive/libarchive.h"
#include "base/file.h"

namespace semblance {

namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

/// Only called where an archive was opened, so the library is there.
const LibArchive& library() {
  return **LibArchive::get();
}

Error corrupt(std::string message) {
  return Error{ErrorCode::kCorrupt, "the archive " + std::move(message)};
}

/// A pipe or device is refused before anything could wait for it.
Status check_file(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return Error{errno == ENOENT ? ErrorCode::kMissingFile : ErrorCode::kUnreadable,
                 system_message("cannot open", path, errno)};
  }
  if (S_ISREG(info.st_mode) && ::access(path.c_str(), R_OK) == 0) return {};
  return Error{ErrorCode::kUnreadable, "'" + path.string() + "' is no file that can be read"};
}

}  // namespace

void ArchiveReader::Free::operator()(archive* handle) const {
  library().archive_read_free(handle);
}

Result<ArchiveReader> ArchiveReader::make(Format format) {
  const Result<const LibArchive*> loaded = LibArchive::get();
  if (!loaded) return loaded.error();
  const LibArchive& functions = **loaded;
  ArchiveReader reader(functions.archive_read_new());
  archive* handle = reader.handle_.get();
  if (format == Format::kZip) {
    if (handle != nullptr && functions.archive_read_support_format_zip(handle) == ARCHIVE_OK) {
      return reader;
    }
    return Error{ErrorCode::kUnavailable, "libarchive was built without zip"};
  }
  // A filter that the library lacks would be replaced by a program of that name: not for archives
  // from anywhere.
  if (handle == nullptr || functions.archive_read_support_format_tar(handle) != ARCHIVE_OK ||
      functions.archive_read_support_filter_gzip(handle) != ARCHIVE_OK ||
      functions.archive_read_support_filter_zstd(handle) != ARCHIVE_OK) {
    return Error{ErrorCode::kUnavailable, "libarchive was built without gzip or zstd"};
  }
  return reader;
}

Status ArchiveReader::check_opened(int code) const {
  if (code != ARCHIVE_OK) return damaged();
  return {};
}

Result<ArchiveReader> ArchiveReader::open(const std::filesystem::path& path) {
  return open(path, Format::kTar);
}

Result<ArchiveReader> ArchiveReader::open_zip(const std::filesystem::path& path) {
  return open(path, Format::kZip);
}

Result<ArchiveReader> ArchiveReader::open(const std::filesystem::path& path, Format format) {
  SEMBLANCE_RETURN_IF_ERROR(check_file(path));
  Result<ArchiveReader> reader = make(format);
  if (!reader) return reader;
  SEMBLANCE_RETURN_IF_ERROR(reader->check_opened(
      library().archive_read_open_filename(reader->handle_.get(), path.c_str(), kBlockBytes)));
  return reader;
}

Result<ArchiveReader> ArchiveReader::open(std::span<const std::byte> bytes) {
  Result<ArchiveReader> reader = make(Format::kTar);
  if (!reader) return reader;
  SEMBLANCE_RETURN_IF_ERROR(reader->check_opened(
      library().archive_read_open_memory(reader->handle_.get(), bytes.data(), bytes.size())));
  return reader;
}

Error ArchiveReader::damaged() const {
  const char* detail = library().archive_error_string(handle_.get());
  return corrupt(std::string("is damaged or of another kind: ") +
                 (detail == nullptr ? "no reason given" : detail));
}

Result<std::optional<ArchiveReader::Member>> ArchiveReader::next() {
  const LibArchive& functions = library();
  archive_entry* entry = nullptr;
  const int code = functions.archive_read_next_header(handle_.get(), &entry);
  if (code == ARCHIVE_EOF) return std::optional<Member>();
  // A warning (a name in another encoding, a header that is repaired by guessing) is an error here.
  if (code != ARCHIVE_OK) return damaged();
  // One filter and the file itself: no archive of ours is compressed twice.
  if (functions.archive_filter_count(handle_.get()) > 2) return corrupt("is compressed repeatedly");
  const char* name = functions.archive_entry_pathname(entry);
  if (name == nullptr) return corrupt("has a member without a name");
  if (functions.archive_entry_hardlink(entry) != nullptr ||
      functions.archive_entry_symlink(entry) != nullptr ||
      functions.archive_entry_filetype(entry) != AE_IFREG ||
      functions.archive_entry_sparse_count(entry) != 0) {
    return corrupt("has a member that is not a plain file");
  }
  if (functions.archive_entry_size_is_set(entry) == 0 || functions.archive_entry_size(entry) < 0) {
    return corrupt("has a member without a size");
  }
  return std::optional(
      Member{name, static_cast<std::uint64_t>(functions.archive_entry_size(entry))});
}

Result<std::size_t> ArchiveReader::read(std::span<std::byte> buffer) {
  const la_ssize_t count = library().archive_read_data(handle_.get(), buffer.data(), buffer.size());
  if (count < 0) return damaged();
  return static_cast<std::size_t>(count);
}

}  // namespace semblance
