#pragma once

#include <cstdint>
#include <filesystem>

#include "base/file.h"
#include "base/result.h"
#include "base/sha256.h"
#include "index/neighbour_lists.h"

namespace semblance {

/// What a table of neighbours is of, beside its lists.
struct NeighbourSource {
  Sha256 set{};              ///< names the set of vectors
  double colour_weight = 0;  ///< of the measure
  /// Checksum of what each row belonged to: tells cheaply whether the table is still current.
  std::uint32_t members = 0;
  bool exact = true;  ///< every pair was compared

  bool operator==(const NeighbourSource&) const = default;
};

/// A table of neighbours on the disk, read where it is mapped (format: docs/formats.md). A cache:
/// it can be made again from the rows.
class NeighbourFile {
 public:
  /// Maps a table; looks at its header and length only. Errors: kMissingFile, kCorrupt, kIo.
  static Result<NeighbourFile> open(const std::filesystem::path& path);

  /// Valid as long as this. Where the file is damaged behind its header, lists may name any row.
  [[nodiscard]] const NeighbourView& view() const { return view_; }
  [[nodiscard]] const NeighbourSource& source() const { return source_; }

  /// Reads the whole table and compares it with its checksum; then lists name rows of the table
  /// only. Errors: kCorrupt.
  [[nodiscard]] Status verify() const;

 private:
  MappedFile file_;
  NeighbourView view_;
  NeighbourSource source_;
  std::uint32_t checksum_ = 0;
  std::filesystem::path path_;
};

/// Writes a table, atomically. Errors: kIo.
Status write_neighbour_file(const std::filesystem::path& path, const NeighbourView& table,
                            const NeighbourSource& source);

}  // namespace semblance
