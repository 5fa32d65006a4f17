#include "cli/hit_table.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/utf8.h"

namespace semblance::cli {

std::string score_text(double score) {
  return fmt::format("{:.4f}", std::floor(score * 10'000) / 10'000);
}

std::string closeness_text(const SearchAnswer& answer, const Hit& hit) {
  std::string text = score_text(hit.closeness.score);
  if (answer.measure.colour_weight > 0) {
    text += fmt::format(" (shape {:.2f} colour {:.2f})", hit.closeness.shape_score,
                        hit.closeness.colour_score);
  }
  return text;
}

int output_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

namespace {

/// Padded to so many columns of the terminal.
std::string padded(std::string text, std::size_t columns) {
  const std::size_t used = display_columns(text);
  if (used < columns) text.append(columns - used, ' ');
  return text;
}

/// "0.93"; empty where there is none.
std::string confidence_text(const Hit& hit) {
  return hit.confidence ? fmt::format("{:.2f}", *hit.confidence) : std::string();
}

/// The values that fit, and ".." for the rest.
std::string shortened(const std::string& text, std::size_t columns) {
  if (display_columns(text) <= columns) return text;
  std::string shorter = text;
  while (!shorter.empty() && display_columns(shorter) > columns - 2) {
    // Not in the middle of a character.
    while ((static_cast<unsigned char>(shorter.back()) & 0xC0) == 0x80) shorter.pop_back();
    shorter.pop_back();
  }
  return shorter + "..";
}

std::string values_of(const Hit& hit) {
  std::string values;
  for (const Attribute& attribute : hit.attributes) {
    values += (values.empty() ? "" : ", ") + to_printable(attribute.value);
  }
  return values;
}

}  // namespace

std::string hit_table(const SearchAnswer& answer, int width) {
  std::size_t score_columns = 5;
  std::size_t id_columns = 2;
  bool has_confidence = false;
  for (const Hit& hit : answer.hits) {
    score_columns = std::max(score_columns, closeness_text(answer, hit).size());
    id_columns = std::max(id_columns, display_columns(to_printable(hit.item.id)));
    has_confidence = has_confidence || hit.confidence;
  }
  const auto confidence_column = [&](const std::string& text) {
    return has_confidence ? padded(text, 10) + "  " : std::string();
  };
  std::string table =
      fmt::format("{:>4}  {:<{}}  {}{}  {}\n", "rank", "score", score_columns,
                  confidence_column("confidence"), padded("id", id_columns), "attributes");
  const int room = width - static_cast<int>(4 + 2 + score_columns + 2 +
                                            confidence_column({}).size() + id_columns + 2);
  for (const Hit& hit : answer.hits) {
    std::string line = fmt::format("{:>4}  {:<{}}  {}{}  ", hit.rank, closeness_text(answer, hit),
                                   score_columns, confidence_column(confidence_text(hit)),
                                   padded(to_printable(hit.item.id), id_columns));
    line += shortened(values_of(hit), static_cast<std::size_t>(std::max(12, room)));
    while (line.ends_with(' ')) line.pop_back();
    table += line + "\n";
  }
  return table;
}

}  // namespace semblance::cli
