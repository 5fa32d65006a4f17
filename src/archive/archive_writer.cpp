#include "archive/archive_writer.h"

#include <cerrno>
#include <optional>
#include <utility>

#include "archive/libarchive.h"

namespace semblance {

namespace {

constexpr mode_t kPermissions = 0644;

const LibArchive& library() {
  return **LibArchive::get();
}

}  // namespace

Result<ArchiveCompression> compression_for(const std::filesystem::path& path) {
  constexpr struct {
    std::string_view ending;
    ArchiveCompression compression;
  } kEndings[] = {{".tar", ArchiveCompression::kNone},
                  {".tar.gz", ArchiveCompression::kGzip},
                  {".tgz", ArchiveCompression::kGzip},
                  {".tar.zst", ArchiveCompression::kZstd},
                  {".tzst", ArchiveCompression::kZstd}};
  const std::string name = path.filename().string();
  for (const auto& [ending, compression] : kEndings) {
    if (name.size() > ending.size() && name.ends_with(ending)) return compression;
  }
  return Error{ErrorCode::kInvalidArgument,
               "an archive is called .tar, .tar.gz, .tgz, .tar.zst or .tzst; '" + path.string() +
                   "' is not"};
}

/// Where libarchive's bytes go.
struct ArchiveWriter::Output {
  AtomicFile file;
  std::optional<Error> error;

  static la_ssize_t write(archive* handle, void* output, const void* buffer, std::size_t length) {
    auto* self = static_cast<Output*>(output);
    const Status status =
        self->file.write(std::span(static_cast<const std::byte*>(buffer), length));
    if (status) return static_cast<la_ssize_t>(length);
    self->error = status.error();
    library().archive_set_error(handle, EIO, "%s", status.error().message.c_str());
    return -1;
  }
};

void ArchiveWriter::Free::operator()(archive* handle) const {
  library().archive_write_free(handle);
}

void ArchiveWriter::DeleteOutput::operator()(Output* output) const {
  delete output;
}

ArchiveWriter::ArchiveWriter(std::unique_ptr<Output> output)
    : output_(output.release()), handle_(library().archive_write_new()) {}

Result<ArchiveWriter> ArchiveWriter::create(const std::filesystem::path& path) {
  const Result<ArchiveCompression> compression = compression_for(path);
  if (!compression) return compression.error();
  const Result<const LibArchive*> loaded = LibArchive::get();
  if (!loaded) return loaded.error();
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file) return file.error();
  ArchiveWriter writer(std::make_unique<Output>(Output{*std::move(file), std::nullopt}));
  const LibArchive& functions = **loaded;
  archive* handle = writer.handle_.get();
  int code = functions.archive_write_set_format_pax_restricted(handle);
  if (code == ARCHIVE_OK && *compression == ArchiveCompression::kGzip) {
    code = functions.archive_write_add_filter_gzip(handle);
  }
  if (code == ARCHIVE_OK && *compression == ArchiveCompression::kZstd) {
    code = functions.archive_write_add_filter_zstd(handle);
  }
  // No zeros behind the compressed data: zstd does not read over them.
  if (code == ARCHIVE_OK) code = functions.archive_write_set_bytes_in_last_block(handle, 1);
  if (code == ARCHIVE_OK) {
    code =
        functions.archive_write_open(handle, writer.output_.get(), nullptr, Output::write, nullptr);
  }
  if (code != ARCHIVE_OK) return writer.failed();
  return writer;
}

Error ArchiveWriter::failed() const {
  if (output_->error) return *output_->error;
  const char* detail = library().archive_error_string(handle_.get());
  return Error{ErrorCode::kIo, std::string("cannot write the archive: ") +
                                   (detail == nullptr ? "no reason given" : detail)};
}

Status ArchiveWriter::begin(const std::string& name, std::uint64_t bytes, std::int64_t time) {
  const LibArchive& functions = library();
  const std::unique_ptr<archive_entry, decltype(functions.archive_entry_free)> entry(
      functions.archive_entry_new(), functions.archive_entry_free);
  functions.archive_entry_set_pathname(entry.get(), name.c_str());
  functions.archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes));
  functions.archive_entry_set_filetype(entry.get(), AE_IFREG);
  functions.archive_entry_set_perm(entry.get(), kPermissions);
  functions.archive_entry_set_mtime(entry.get(), static_cast<time_t>(time), 0);
  if (functions.archive_write_header(handle_.get(), entry.get()) != ARCHIVE_OK) return failed();
  return {};
}

Status ArchiveWriter::write(std::span<const std::byte> content) {
  while (!content.empty()) {
    const la_ssize_t count =
        library().archive_write_data(handle_.get(), content.data(), content.size());
    // 0: more than the member was said to hold.
    if (count <= 0) return failed();
    content = content.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Status ArchiveWriter::finish() {
  if (library().archive_write_close(handle_.get()) != ARCHIVE_OK) return failed();
  return output_->file.commit();
}

}  // namespace semblance
