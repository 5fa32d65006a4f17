#pragma once

#include <string>
#include <string_view>

namespace semblance {

/// Whether all of `bytes` is valid UTF-8.
bool is_utf8(std::string_view bytes);

/// A file name or path as UTF-8: bytes that are not valid UTF-8 appear as \xHH.
std::string to_utf8(std::string_view bytes);

/// Text for one line of a terminal: control characters, which could move the cursor, appear as
/// \xHH.
std::string to_printable(std::string_view utf8);

/// Columns that a terminal needs for valid UTF-8 without control characters: 2 for a wide (East
/// Asian, emoji) character, 0 for one that combines with the one before. Source: Unicode's
/// EastAsianWidth.txt and DerivedGeneralCategory.txt, by blocks.
std::size_t display_columns(std::string_view utf8);

}  // namespace semblance
