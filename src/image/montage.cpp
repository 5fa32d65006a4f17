#include "image/montage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "image/font.h"
#include "image/resize.h"

namespace semblance {
namespace {

using Colour = std::array<std::uint8_t, 3>;

constexpr Colour kBorder{222, 222, 226};
constexpr Colour kPlaceholder{236, 236, 239};
constexpr Colour kPlaceholderMark{190, 190, 196};
constexpr Colour kTitle{28, 28, 32};
constexpr Colour kSubtitle{112, 112, 120};
constexpr Colour kHighlight{214, 72, 34};

constexpr int kMargin = 12;     ///< around the sheet and between cells
constexpr int kPhotoInset = 4;  ///< between a cell's border and its photo
constexpr int kHighlightWidth = 3;
constexpr int kTextGap = 6;  ///< between a photo and its first line
constexpr int kRowGap = 8;   ///< below the text, in addition to the margin

/// Glyphs are drawn larger and then shrunk, which gives them smooth edges at one and a half times
/// their size.
constexpr int kTextSupersampling = 6;
constexpr int kTextNumerator = 3;
constexpr int kTextDenominator = 2;

constexpr int text_size(int glyph_pixels) {
  return (glyph_pixels * kTextNumerator + kTextDenominator - 1) / kTextDenominator;
}

constexpr int kAdvance = kGlyphWidth + 1;
constexpr int kLineHeight = text_size(kGlyphHeight) + 3;

void fill(Image& sheet, int left, int top, int width, int height, const Colour& colour) {
  for (int y = std::max(top, 0); y < std::min(top + height, sheet.height); ++y) {
    for (int x = std::max(left, 0); x < std::min(left + width, sheet.width); ++x) {
      std::copy(colour.begin(), colour.end(), sheet.row(y) + static_cast<std::size_t>(x) * 3);
    }
  }
}

void draw_frame(Image& sheet, int left, int top, int size, int thickness, const Colour& colour) {
  fill(sheet, left, top, size, thickness, colour);
  fill(sheet, left, top + size - thickness, size, thickness, colour);
  fill(sheet, left, top, thickness, size, colour);
  fill(sheet, left + size - thickness, top, thickness, size, colour);
}

void paste(Image& sheet, const Image& picture, int left, int top) {
  for (int y = 0; y < picture.height; ++y) {
    std::copy_n(picture.row(y), static_cast<std::size_t>(picture.width) * 3,
                sheet.row(top + y) + static_cast<std::size_t>(left) * 3);
  }
}

/// At most as many characters as fit, the last two of a shortened text being "..".
std::string shorten(std::string_view text, int width) {
  const auto most =
      static_cast<std::size_t>(std::max(1, width * kTextDenominator / (kAdvance * kTextNumerator)));
  if (text.size() <= most) return std::string(text);
  return std::string(text.substr(0, most > 2 ? most - 2 : 0)) + "..";
}

/// One byte a character: each of the bytes of one in UTF-8 but the first is left out, so that it
/// shows as one box.
std::string one_byte_a_character(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) result.push_back(c);
  }
  return result;
}

void draw_text(Image& sheet, int left, int top, int width, std::string_view text,
               const Colour& colour) {
  const std::string shown = shorten(one_byte_a_character(text), width);
  if (shown.empty()) return;
  const int glyph_columns = static_cast<int>(shown.size()) * kAdvance;
  const int ink_columns = text_size(glyph_columns);
  const int ink_rows = text_size(kGlyphHeight);
  Image ink;
  ink.width = ink_columns * kTextSupersampling;
  ink.height = ink_rows * kTextSupersampling;
  ink.pixels.assign(static_cast<std::size_t>(ink.width) * static_cast<std::size_t>(ink.height) * 3,
                    255);
  constexpr int kDot = kTextSupersampling * kTextNumerator / kTextDenominator;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const Glyph glyph = glyph_of(shown[i]);
    for (int y = 0; y < kGlyphHeight; ++y) {
      for (int x = 0; x < kGlyphWidth; ++x) {
        if ((glyph[static_cast<std::size_t>(y)] >> (kGlyphWidth - 1 - x) & 1) == 0) continue;
        fill(ink, (static_cast<int>(i) * kAdvance + x) * kDot, y * kDot, kDot, kDot, colour);
      }
    }
  }
  const SourceRect all{0, 0, static_cast<double>(ink.width), static_cast<double>(ink.height)};
  const Image line = resize(ink, all, ink_columns, ink_rows, ResizeFilter::kArea);
  paste(sheet, line, left, top);
}

/// A grey square with a small empty frame: there is no photo to show.
void draw_placeholder(Image& sheet, int left, int top, int size) {
  fill(sheet, left, top, size, size, kPlaceholder);
  const int mark = size / 4;
  draw_frame(sheet, left + (size - mark) / 2, top + (size - mark) / 2, mark, 2, kPlaceholderMark);
}

void draw_photo(Image& sheet, const Image& photo, int left, int top, int size) {
  if (photo.width <= 0 || photo.height <= 0 || photo.pixels.empty()) {
    draw_placeholder(sheet, left, top, size);
    return;
  }
  const double scale = static_cast<double>(size) / std::max(photo.width, photo.height);
  const auto fitted = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(side * scale)));
  };
  const SourceRect all{0, 0, static_cast<double>(photo.width), static_cast<double>(photo.height)};
  const Image shown =
      resize(photo, all, fitted(photo.width), fitted(photo.height), ResizeFilter::kArea);
  paste(sheet, shown, left + (size - shown.width) / 2, top + (size - shown.height) / 2);
}

void draw_cell(Image& sheet, const MontageCell& cell, int left, int top, int size) {
  const int inset = std::min(kPhotoInset, (size - 1) / 2);
  draw_photo(sheet, cell.image, left + inset, top + inset, size - 2 * inset);
  if (cell.highlighted) {
    draw_frame(sheet, left, top, size, kHighlightWidth, kHighlight);
  } else {
    draw_frame(sheet, left, top, size, 1, kBorder);
  }
  const int text_top = top + size + kTextGap;
  draw_text(sheet, left, text_top, size, cell.title, cell.highlighted ? kHighlight : kTitle);
  draw_text(sheet, left, text_top + kLineHeight, size, cell.subtitle, kSubtitle);
}

}  // namespace

Image draw_montage(const std::vector<MontageRow>& rows, int cell_size) {
  cell_size = std::max(cell_size, 16);
  std::size_t columns = 1;
  for (const MontageRow& row : rows) columns = std::max(columns, row.size());
  const int cell_height = cell_size + kTextGap + 2 * kLineHeight + kRowGap;
  Image sheet;
  sheet.width = kMargin + static_cast<int>(columns) * (cell_size + kMargin);
  sheet.height =
      kMargin + static_cast<int>(std::max<std::size_t>(rows.size(), 1)) * (cell_height + kMargin);
  sheet.pixels.assign(
      static_cast<std::size_t>(sheet.width) * static_cast<std::size_t>(sheet.height) * 3, 255);
  for (std::size_t y = 0; y < rows.size(); ++y) {
    for (std::size_t x = 0; x < rows[y].size(); ++x) {
      draw_cell(sheet, rows[y][x], kMargin + static_cast<int>(x) * (cell_size + kMargin),
                kMargin + static_cast<int>(y) * (cell_height + kMargin), cell_size);
    }
  }
  return sheet;
}

}  // namespace semblance
