#include "cli/hit_table.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

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

std::string hit_table(const SearchAnswer& answer, int width) {
  std::size_t score_columns = 5;
  std::size_t id_columns = 2;
  for (const Hit& hit : answer.hits) {
    score_columns = std::max(score_columns, closeness_text(answer, hit).size());
    id_columns = std::max(id_columns, hit.item.id.size());
  }
  std::string table = fmt::format("{:>4}  {:<{}}  {:<{}}  {}\n", "rank", "score", score_columns,
                                  "id", id_columns, "attributes");
  for (const Hit& hit : answer.hits) {
    std::string line = fmt::format("{:>4}  {:<{}}  {:<{}}  ", hit.rank, closeness_text(answer, hit),
                                   score_columns, hit.item.id, id_columns);
    std::string values;
    for (const Attribute& attribute : hit.attributes) {
      values += (values.empty() ? "" : ", ") + attribute.value;
    }
    const auto room = static_cast<std::size_t>(std::max(12, width - static_cast<int>(line.size())));
    if (values.size() > room) {
      values.resize(room - 2);
      // Not in the middle of a character.
      while (!values.empty() && (static_cast<unsigned char>(values.back()) & 0xC0) == 0x80) {
        values.pop_back();
      }
      if (!values.empty() && static_cast<unsigned char>(values.back()) >= 0xC0) values.pop_back();
      values += "..";
    }
    line += values;
    while (line.ends_with(' ')) line.pop_back();
    table += line + "\n";
  }
  return table;
}

}  // namespace semblance::cli
