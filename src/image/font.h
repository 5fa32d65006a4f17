#pragma once

#include <array>
#include <cstdint>

namespace semblance {

/// A glyph of the montage's own font: rows from the top, the leftmost pixel in bit 4.
inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 9;  ///< seven above the baseline, two below
using Glyph = std::array<std::uint8_t, kGlyphHeight>;

/// The glyph of a printable ASCII character; a hollow box for anything else.
Glyph glyph_of(char character);

}  // namespace semblance
