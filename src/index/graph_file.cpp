#include "index/graph_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/atomic_file.h"
#include "vector/row_sample.h"

namespace semblance {

namespace {

constexpr std::size_t kHeaderBytes = 4096;
constexpr std::array<char, 8> kMagic = {'S', 'E', 'M', 'B', 'G', 'R', 'P', 'H'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMaxLevels = 16;
constexpr std::uint64_t kMaxDegree = 1024;

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t degree;
  std::uint64_t rows;
  std::uint64_t included;
  std::uint64_t stray;
  std::uint64_t levels;
  std::array<std::uint64_t, kMaxLevels> nodes;  ///< of level 1, 2, ...
  Sha256 source;
  std::uint32_t sample;    ///< checksum of some of the float32 rows
  std::uint32_t checksum;  ///< CRC-32 of all behind the header
  std::uint32_t zero;
  std::uint32_t header_checksum;  ///< CRC-32 of all before it
};
static_assert(sizeof(Header) == 224);

std::uint32_t header_checksum(const Header& header) {
  return crc32_of(
      0, std::as_bytes(std::span(&header, 1)).first(sizeof header - sizeof(std::uint32_t)));
}

/// The parts of the file behind the header, in their order.
std::vector<std::span<const std::uint32_t>> parts_of(const GraphView& graph) {
  std::vector<std::span<const std::uint32_t>> parts = {graph.ground, graph.upper_rows};
  parts.insert(parts.end(), graph.levels.begin(), graph.levels.end());
  parts.push_back(graph.stray);
  return parts;
}

Error corrupt(const std::filesystem::path& path, std::string_view what) {
  return {ErrorCode::kCorrupt, "graph file '" + path.string() + "': " + std::string(what)};
}

Result<Header> read_header(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  Header header{};
  if (bytes.size() < kHeaderBytes) return corrupt(path, "too short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kMagic || header.version != kVersion) {
    return corrupt(path, "of an unknown kind or version");
  }
  if (header.header_checksum != header_checksum(header)) return corrupt(path, "damaged");
  if (header.levels > kMaxLevels || header.degree == 0 || header.degree > kMaxDegree ||
      header.rows >= GraphView::kMaxRows || header.included > header.rows) {
    return corrupt(path, "with impossible sizes");
  }
  // Descending heights: each level has its nodes among those of the one below.
  for (std::size_t level = 1; level < header.levels; ++level) {
    if (header.nodes[level] > header.nodes[level - 1])
      return corrupt(path, "with impossible sizes");
  }
  return header;
}

}  // namespace

Status write_graph_file(const std::filesystem::path& path, const GraphView& graph,
                        std::int64_t included, const MatrixView& rows, const Sha256& source) {
  if (const std::int64_t found = reachable_rows(graph); found != included) {
    return Error{ErrorCode::kInternal, "of " + std::to_string(included) + " rows only " +
                                           std::to_string(found) +
                                           " can be found in the graph that was built"};
  }
  Header header{};
  header.magic = kMagic;
  header.version = kVersion;
  header.degree = static_cast<std::uint32_t>(graph.degree);
  header.rows = static_cast<std::uint64_t>(graph.rows);
  header.included = static_cast<std::uint64_t>(included);
  header.stray = graph.stray.size();
  header.levels = graph.levels.size();
  for (std::size_t level = 0; level < graph.levels.size(); ++level) {
    header.nodes[level] = graph.levels[level].size() / header.degree;
  }
  header.source = source;
  header.sample = row_sample_checksum(rows, header.rows);
  for (const auto part : parts_of(graph)) {
    header.checksum = crc32_of(header.checksum, std::as_bytes(part));
  }
  header.header_checksum = header_checksum(header);
  std::vector<std::byte> page(kHeaderBytes);
  std::memcpy(page.data(), &header, sizeof header);
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file) return file.error();
  SEMBLANCE_RETURN_IF_ERROR(file->write(page));
  constexpr std::size_t kAtOnce = std::size_t{1} << 20;
  for (const auto part : parts_of(graph)) {
    for (std::size_t i = 0; i < part.size(); i += kAtOnce) {
      const auto piece = part.subspan(i, std::min(kAtOnce, part.size() - i));
      SEMBLANCE_RETURN_IF_ERROR(file->write(std::as_bytes(piece)));
    }
  }
  return file->commit();
}

Result<GraphFile> GraphFile::open(const std::filesystem::path& path, const MatrixView& rows,
                                  const Sha256& source) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped) return mapped.error();
  const Result<Header> read = read_header(mapped->bytes(), path);
  if (!read) return read.error();
  const Header& header = *read;
  if (header.source != source || header.rows > static_cast<std::uint64_t>(rows.rows) ||
      header.sample != row_sample_checksum(rows, header.rows)) {
    return Error{ErrorCode::kConflict, "graph file '" + path.string() + "' is of other vectors"};
  }
  GraphFile file;
  const auto words = mapped->bytes().subspan(kHeaderBytes);
  std::span<const std::uint32_t> left(reinterpret_cast<const std::uint32_t*>(words.data()),
                                      words.size() / sizeof(std::uint32_t));
  bool complete = words.size() % sizeof(std::uint32_t) == 0;
  const auto take = [&](std::uint64_t count) {
    complete = complete && count <= left.size();
    const auto part = complete ? left.first(count) : left.first(0);
    left = left.subspan(part.size());
    return part;
  };
  const std::uint64_t degree = header.degree;
  file.view_.rows = static_cast<std::int64_t>(header.rows);
  file.view_.degree = static_cast<int>(degree);
  file.view_.ground = take(header.rows * 2 * degree);
  file.view_.upper_rows = take(header.levels > 0 ? header.nodes[0] : 0);
  for (std::size_t level = 0; level < header.levels; ++level) {
    file.view_.levels.push_back(take(
        header.nodes[level] <= header.rows ? header.nodes[level] * degree : ~std::uint64_t{0}));
  }
  file.view_.stray = take(header.stray);
  if (!complete || !left.empty()) return corrupt(path, "of a wrong length");
  file.included_ = static_cast<std::int64_t>(header.included);
  file.checksum_ = header.checksum;
  file.path_ = path;
  file.file_ = *std::move(mapped);
  return file;
}

Status GraphFile::verify() const {
  std::uint32_t checksum = 0;
  for (const auto part : parts_of(view_)) checksum = crc32_of(checksum, std::as_bytes(part));
  if (checksum != checksum_) return corrupt(path_, "damaged");
  if (const std::int64_t found = reachable_rows(view_); found != included_) {
    return corrupt(path_, "only " + std::to_string(found) + " of " + std::to_string(included_) +
                              " rows can be found");
  }
  return {};
}

}  // namespace semblance
