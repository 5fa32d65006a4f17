#pragma once

#include <cstdint>
#include <filesystem>

#include "base/file.h"
#include "base/result.h"
#include "base/sha256.h"
#include "index/graph.h"
#include "vector/vector_file.h"

namespace semblance {

/// A graph on the disk, searched where it is mapped (format: docs/formats.md). A cache: it can be
/// built again from the rows. It holds links only, so it stays right when the codes are made anew.
class GraphFile {
 public:
  /// Maps a graph of some or all of `rows`; looks at a few of them only. `source` names the set of
  /// vectors. Errors: kMissingFile, kConflict (of other rows, or of more), kCorrupt (damaged or
  /// torn), kIo.
  static Result<GraphFile> open(const std::filesystem::path& path, const MatrixView& rows,
                                const Sha256& source);

  /// Valid as long as this.
  [[nodiscard]] const GraphView& view() const { return view_; }
  /// Rows that were put into the graph: as many can be found.
  [[nodiscard]] std::int64_t included() const { return included_; }

  /// Reads all links, compares them with their checksum, and counts the rows that can be found.
  /// Errors: kCorrupt.
  [[nodiscard]] Status verify() const;

 private:
  MappedFile file_;
  GraphView view_;
  std::int64_t included_ = 0;
  std::uint32_t checksum_ = 0;
  std::filesystem::path path_;
};

/// Writes a graph of the first `graph.rows` rows of `rows`, atomically; first counts the rows that
/// can be found. Errors: kInternal where these are not the rows that were included, kIo.
Status write_graph_file(const std::filesystem::path& path, const GraphView& graph,
                        std::int64_t included, const MatrixView& rows, const Sha256& source);

}  // namespace semblance
