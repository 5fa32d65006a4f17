#include "vector/vector_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/sha256.h"

namespace semblance {

namespace {

constexpr std::size_t kHeaderBytes = 4096;  // rows start at a page, so mapped rows are aligned
constexpr std::array<char, 8> kMagic = {'S', 'E', 'M', 'B', 'V', 'E', 'C', 'T'};
constexpr std::uint32_t kVersion = 1;

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t dimension;
  std::array<std::uint8_t, 8> checksum;  // of the bytes before it
};
static_assert(sizeof(Header) == 24);

Header make_header(int dimension) {
  Header header{kMagic, kVersion, static_cast<std::uint32_t>(dimension), {}};
  const Sha256 digest = sha256(std::as_bytes(std::span(&header, 1)).first(16));
  std::memcpy(header.checksum.data(), digest.data(), header.checksum.size());
  return header;
}

std::vector<std::byte> header_page(int dimension) {
  std::vector<std::byte> page(kHeaderBytes);
  const Header header = make_header(dimension);
  std::memcpy(page.data(), &header, sizeof header);
  return page;
}

Status check_header(std::span<const std::byte> bytes, int dimension,
                    const std::filesystem::path& path) {
  const auto corrupt = [&](std::string_view what) {
    return Error{ErrorCode::kCorrupt, "vector file '" + path.string() + "': " + std::string(what) +
                                          " (run 'semblance doctor')"};
  };
  if (bytes.size() < kHeaderBytes) return corrupt("no complete header");
  Header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kMagic) return corrupt("not a vector file");
  if (header.version != kVersion) {
    return corrupt("version " + std::to_string(header.version) + " is not known to this program");
  }
  const Header expected = make_header(dimension);
  if (std::memcmp(&header, &expected, sizeof header) != 0) {
    return corrupt("header is damaged or for another dimension than " + std::to_string(dimension));
  }
  return {};
}

std::uint64_t bytes_of_rows(std::int64_t rows, int dimension) {
  return static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(dimension) * sizeof(float);
}

Status read_row(int fd, std::int64_t index, std::span<float> row,
                const std::filesystem::path& path) {
  const std::uint64_t offset = kHeaderBytes + bytes_of_rows(index, static_cast<int>(row.size()));
  const ssize_t count = ::pread(fd, row.data(), row.size_bytes(), static_cast<off_t>(offset));
  if (count == static_cast<ssize_t>(row.size_bytes())) return {};
  return Error{ErrorCode::kIo, system_message("cannot read", path, count < 0 ? errno : EIO)};
}

Result<FileDescriptor> open_to_write(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.is_open()) return file;
  return Error{ErrorCode::kIo, system_message("cannot open", path, errno)};
}

Status sync_file(int fd, const std::filesystem::path& path) {
  if (::fdatasync(fd) == 0) return {};
  return Error{ErrorCode::kIo, system_message("cannot sync", path, errno)};
}

}  // namespace

std::uint64_t vector_file_bytes(std::int64_t rows, int dimension) {
  return kHeaderBytes + bytes_of_rows(rows, dimension);
}

Result<VectorFile> VectorFile::open(const std::filesystem::path& path, int dimension,
                                    std::int64_t rows) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped) return mapped.error();
  SEMBLANCE_RETURN_IF_ERROR(check_header(mapped->bytes(), dimension, path));
  if (mapped->bytes().size() < kHeaderBytes + bytes_of_rows(rows, dimension)) {
    return Error{ErrorCode::kCorrupt, "vector file '" + path.string() + "' is shorter than the " +
                                          std::to_string(rows) +
                                          " rows of the catalogue (run 'semblance doctor')"};
  }
  VectorFile file;
  file.file_ = *std::move(mapped);
  file.dimension_ = dimension;
  file.rows_ = rows;
  return file;
}

MatrixView VectorFile::view() const {
  if (rows_ == 0) return {nullptr, 0, dimension_};
  return {reinterpret_cast<const float*>(file_.bytes().data() + kHeaderBytes), rows_, dimension_};
}

Result<VectorFileWriter> VectorFileWriter::open(const std::filesystem::path& path, int dimension,
                                                std::int64_t rows) {
  VectorFileWriter writer;
  writer.path_ = path;
  writer.dimension_ = dimension;
  writer.rows_ = writer.flushed_rows_ = rows;
  std::error_code ignored;
  if (rows == 0 || !std::filesystem::exists(path, ignored)) {
    if (rows != 0) {
      return Error{ErrorCode::kCorrupt,
                   "vector file '" + path.string() + "' is gone (run 'semblance doctor')"};
    }
    SEMBLANCE_RETURN_IF_ERROR(write_file_atomically(path, header_page(dimension)));
  }
  Result<FileDescriptor> file = open_to_write(path);
  if (!file) return file.error();
  writer.file_ = *std::move(file);
  const Result<VectorFile> checked = VectorFile::open(path, dimension, rows);
  if (!checked) return checked.error();
  const auto size = static_cast<off_t>(kHeaderBytes + bytes_of_rows(rows, dimension));
  if (::ftruncate(writer.file_.get(), size) != 0) {
    return Error{ErrorCode::kIo, system_message("cannot cut", path, errno)};
  }
  return writer;
}

std::int64_t VectorFileWriter::append(std::span<const float> row) {
  assert(row.size() == static_cast<std::size_t>(dimension_));
  buffer_.insert(buffer_.end(), row.begin(), row.end());
  return rows_++;
}

Status VectorFileWriter::read(std::int64_t index, std::span<float> row) const {
  assert(index >= 0 && index < rows_ && row.size() == static_cast<std::size_t>(dimension_));
  if (index >= flushed_rows_) {
    const std::int64_t start = (index - flushed_rows_) * dimension_;
    std::copy_n(buffer_.begin() + start, row.size(), row.begin());
    return {};
  }
  return read_row(file_.get(), index, row, path_);
}

Status VectorFileWriter::flush() {
  if (buffer_.empty()) return {};
  SEMBLANCE_RETURN_IF_ERROR(write_all_at(file_.get(), std::as_bytes(std::span(buffer_)),
                                         kHeaderBytes + bytes_of_rows(flushed_rows_, dimension_),
                                         path_));
  SEMBLANCE_RETURN_IF_ERROR(sync_file(file_.get(), path_));
  flushed_rows_ = rows_;
  buffer_.clear();
  return {};
}

Result<VectorFileProbe> VectorFileProbe::open(const std::filesystem::path& path, int dimension) {
  VectorFileProbe probe;
  probe.path_ = path;
  probe.dimension_ = dimension;
  probe.file_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!probe.file_.is_open() || ::fstat(probe.file_.get(), &info) != 0) {
    return Error{errno == ENOENT ? ErrorCode::kMissingFile : ErrorCode::kIo,
                 system_message("cannot open", path, errno)};
  }
  probe.size_ = static_cast<std::uint64_t>(info.st_size);
  std::vector<std::byte> header(kHeaderBytes);
  const ssize_t count = ::pread(probe.file_.get(), header.data(), header.size(), 0);
  header.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  probe.header_sound_ = check_header(header, dimension, path).ok();
  return probe;
}

std::int64_t VectorFileProbe::rows() const {
  if (size_ < kHeaderBytes) return 0;
  return static_cast<std::int64_t>((size_ - kHeaderBytes) / bytes_of_rows(1, dimension_));
}

std::uint64_t VectorFileProbe::bytes_behind(std::int64_t rows) const {
  const std::uint64_t end = kHeaderBytes + bytes_of_rows(rows, dimension_);
  return size_ > end ? size_ - end : 0;
}

Status VectorFileProbe::read(std::int64_t index, std::span<float> row) const {
  assert(row.size() == static_cast<std::size_t>(dimension_));
  return read_row(file_.get(), index, row, path_);
}

Status rewrite_vector_header(const std::filesystem::path& path, int dimension) {
  const Result<FileDescriptor> file = open_to_write(path);
  if (!file) return file.error();
  SEMBLANCE_RETURN_IF_ERROR(write_all_at(file->get(), header_page(dimension), 0, path));
  return sync_file(file->get(), path);
}

Status cut_vector_file(const std::filesystem::path& path, int dimension, std::int64_t rows) {
  const Result<FileDescriptor> file = open_to_write(path);
  if (!file) return file.error();
  const auto size = static_cast<off_t>(kHeaderBytes + bytes_of_rows(rows, dimension));
  if (::ftruncate(file->get(), size) != 0) {
    return Error{ErrorCode::kIo, system_message("cannot cut", path, errno)};
  }
  return sync_file(file->get(), path);
}

}  // namespace semblance
