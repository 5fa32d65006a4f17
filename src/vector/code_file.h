#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/sha256.h"
#include "vector/codes.h"
#include "vector/vector_file.h"

namespace semblance {

/// The int8 codes of a vector file's rows, kept beside it (format: docs/formats.md). A cache: it
/// can be made again from the rows at any time, and is used only where it says that it belongs to
/// them.
class CodeFile {
 public:
  /// Maps the codes of the first rows of `rows`: of all, or of fewer where the file was not
  /// extended yet. `rows` is looked at in a few places only and need not outlive the call. `source`
  /// names the set of vectors. Errors: kMissingFile, kConflict (of other rows, or an interrupted
  /// build), kCorrupt (damaged
  /// or torn), kIo.
  static Result<CodeFile> open(const std::filesystem::path& path, const MatrixView& rows,
                               const Sha256& source);

  /// Valid as long as this.
  [[nodiscard]] CodeView view() const;

  /// Reads all codes and compares them with their checksum. Errors: kCorrupt.
  [[nodiscard]] Status verify() const;

 private:
  MappedFile codes_;
  CodeView view_;
  std::vector<RoughRow> rough_;
  std::uint64_t rows_in_file_ = 0;
  std::uint32_t checksum_ = 0;
  std::filesystem::path path_;
};

enum class CodeUpdate { kUnchanged, kExtended, kBuilt };

/// Makes the file at `path` hold the codes of exactly `rows`: appends the new ones, or builds all
/// anew where that is needed (another source, fewer or other rows, damage, or rows for which the
/// step no longer fits). A crash at any moment leaves a file that `open` accepts or refuses, never
/// wrong codes; readers that have it mapped are not disturbed. One writer at a time. Errors: kIo.
Result<CodeUpdate> update_code_file(const std::filesystem::path& path, const MatrixView& rows,
                                    const Sha256& source);

/// The small file beside the codes that says what they are of.
std::filesystem::path code_state_path(const std::filesystem::path& path);

}  // namespace semblance
