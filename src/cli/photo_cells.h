#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "image/box.h"
#include "image/montage.h"

namespace semblance::cli {

inline constexpr int kMontageCell = 180;
inline constexpr int kMontageQuality = 90;
/// Rows that a JPEG of such cells can be high.
inline constexpr std::size_t kMostMontageRows = 250;
inline constexpr std::size_t kMontageColumns = 6;

/// The photo for a picture of `side` pixels; empty where it cannot be read any more.
Image load_photo(const std::filesystem::path& path, int side, const Box& box = {});

/// A montage that is filled row by row.
class PhotoSheet {
 public:
  [[nodiscard]] bool has_room() const { return rows_.size() < kMostMontageRows; }
  void add(const std::filesystem::path& photo, const std::string& title,
           const std::string& subtitle, bool highlighted);
  /// The next photo begins a row.
  void end_row() { row_is_open_ = false; }
  /// As JPEG. Errors: kIo.
  [[nodiscard]] Status write(const std::filesystem::path& path) const;

 private:
  std::vector<MontageRow> rows_;
  bool row_is_open_ = false;
};

}  // namespace semblance::cli
