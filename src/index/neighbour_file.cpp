#include "index/neighbour_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/atomic_file.h"
#include "vector/row_sample.h"

namespace semblance {

namespace {

constexpr std::size_t kHeaderBytes = 4096;
constexpr std::array<char, 8> kMagic = {'S', 'E', 'M', 'B', 'N', 'E', 'A', 'R'};
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kMaxRows = std::uint64_t{1} << 31;
constexpr std::uint32_t kMaxNeighbours = 65'536;
constexpr std::size_t kWriteAtOnce = std::size_t{1} << 20;

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t k;
  std::uint64_t rows;
  double colour_weight;
  Sha256 set;
  std::uint32_t members;
  std::uint32_t exact;
  std::uint32_t checksum;         ///< CRC-32 of all behind the header
  std::uint32_t header_checksum;  ///< CRC-32 of all before it
};
static_assert(sizeof(Header) == 80);
static_assert(sizeof(Neighbour) == 8);

std::uint32_t header_checksum(const Header& header) {
  return crc32_of(
      0, std::as_bytes(std::span(&header, 1)).first(sizeof header - sizeof(std::uint32_t)));
}

std::uint32_t checksum_of(const NeighbourView& table) {
  return crc32_of(crc32_of(0, std::as_bytes(table.tags)), std::as_bytes(table.places));
}

Error corrupt(const std::filesystem::path& path, std::string_view what) {
  return {ErrorCode::kCorrupt, "neighbour table '" + path.string() + "': " + std::string(what)};
}

}  // namespace

Result<NeighbourFile> NeighbourFile::open(const std::filesystem::path& path) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped) return mapped.error();
  const auto bytes = mapped->bytes();
  Header header{};
  if (bytes.size() < kHeaderBytes) return corrupt(path, "too short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kMagic || header.version != kVersion) {
    return corrupt(path, "of an unknown kind or version");
  }
  if (header.header_checksum != header_checksum(header)) return corrupt(path, "damaged");
  if (header.rows >= kMaxRows || header.k == 0 || header.k > kMaxNeighbours) {
    return corrupt(path, "with impossible sizes");
  }
  const std::uint64_t places = header.rows * header.k;
  const std::uint64_t tag_bytes = header.rows * sizeof(std::uint64_t);
  if (bytes.size() != kHeaderBytes + tag_bytes + places * sizeof(Neighbour)) {
    return corrupt(path, "of a wrong length");
  }
  NeighbourFile file;
  const auto* tags = bytes.data() + kHeaderBytes;
  file.view_ = {static_cast<std::int64_t>(header.rows),
                static_cast<int>(header.k),
                {reinterpret_cast<const std::uint64_t*>(tags), header.rows},
                {reinterpret_cast<const Neighbour*>(tags + tag_bytes), places}};
  file.source_ = {header.set, header.colour_weight, header.members, header.exact != 0};
  file.checksum_ = header.checksum;
  file.path_ = path;
  file.file_ = *std::move(mapped);
  return file;
}

Status NeighbourFile::verify() const {
  if (checksum_of(view_) != checksum_) return corrupt(path_, "damaged");
  const bool possible = std::all_of(
      view_.places.begin(), view_.places.end(),
      [&](const Neighbour& one) { return one.row >= Neighbour::kNone && one.row < view_.rows; });
  return possible ? Status() : corrupt(path_, "names rows that are not there");
}

Status write_neighbour_file(const std::filesystem::path& path, const NeighbourView& table,
                            const NeighbourSource& source) {
  Header header{};
  header.magic = kMagic;
  header.version = kVersion;
  header.k = static_cast<std::uint32_t>(table.k);
  header.rows = static_cast<std::uint64_t>(table.rows);
  header.colour_weight = source.colour_weight;
  header.set = source.set;
  header.members = source.members;
  header.exact = source.exact ? 1 : 0;
  header.checksum = checksum_of(table);
  header.header_checksum = header_checksum(header);
  std::vector<std::byte> page(kHeaderBytes);
  std::memcpy(page.data(), &header, sizeof header);
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file) return file.error();
  SEMBLANCE_RETURN_IF_ERROR(file->write(page));
  for (auto part : {std::as_bytes(table.tags), std::as_bytes(table.places)}) {
    while (!part.empty()) {
      const auto piece = part.first(std::min(kWriteAtOnce, part.size()));
      SEMBLANCE_RETURN_IF_ERROR(file->write(piece));
      part = part.subspan(piece.size());
    }
  }
  return file->commit();
}

}  // namespace semblance
