#include "cli/terminal_pictures.h"

#include <chafa.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace semblance::cli {

namespace {

constexpr int kPictureColumns = 24;
constexpr int kPictureLines = 12;  // character cells are about twice as high as wide

/// The functions used of libchafa (and of GLib, which comes with it).
struct Chafa {
#define SEMBLANCE_CHAFA_FUNCTIONS(apply)                                                        \
  apply(chafa_symbol_map_new) apply(chafa_symbol_map_add_by_tags) apply(chafa_symbol_map_unref) \
      apply(chafa_canvas_config_new) apply(chafa_canvas_config_unref)                           \
          apply(chafa_canvas_config_set_geometry) apply(chafa_canvas_config_set_canvas_mode)    \
              apply(chafa_canvas_config_set_symbol_map) apply(chafa_canvas_new)                 \
                  apply(chafa_canvas_unref) apply(chafa_canvas_draw_all_pixels)                 \
                      apply(chafa_canvas_print) apply(chafa_term_db_get_default)                \
                          apply(chafa_term_db_get_fallback_info) apply(chafa_term_info_unref)   \
                              apply(chafa_calc_canvas_geometry) apply(g_string_free)
#define SEMBLANCE_DECLARE(name) decltype(&::name) name = nullptr;
  SEMBLANCE_CHAFA_FUNCTIONS(SEMBLANCE_DECLARE)
#undef SEMBLANCE_DECLARE

  static Result<Chafa> load() {
    void* library = ::dlopen("libchafa.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      return Error{ErrorCode::kUnavailable,
                   "--show needs libchafa: install the package libchafa0, or use --montage"};
    }
    Chafa chafa;
    bool complete = true;
#define SEMBLANCE_LOOK_UP(name)                                                 \
  chafa.name = reinterpret_cast<decltype(chafa.name)>(::dlsym(library, #name)); \
  complete = complete && chafa.name != nullptr;
    SEMBLANCE_CHAFA_FUNCTIONS(SEMBLANCE_LOOK_UP)
#undef SEMBLANCE_LOOK_UP
    if (!complete) return Error{ErrorCode::kUnavailable, "--show needs libchafa 1.6 or newer"};
    return chafa;
  }
};

ChafaCanvasMode canvas_mode() {
  const char* depth = std::getenv("COLORTERM");
  const char* terminal = std::getenv("TERM");
  const std::string_view depth_text = depth == nullptr ? "" : depth;
  const std::string_view terminal_text = terminal == nullptr ? "" : terminal;
  if (depth_text == "truecolor" || depth_text == "24bit") return CHAFA_CANVAS_MODE_TRUECOLOR;
  if (terminal_text.empty() || terminal_text == "dumb") return CHAFA_CANVAS_MODE_FGBG;
  if (terminal_text.find("256") != std::string_view::npos) return CHAFA_CANVAS_MODE_INDEXED_256;
  return CHAFA_CANVAS_MODE_INDEXED_16;
}

struct DrawnPicture {
  std::vector<std::string> lines;
  int columns = 0;
};

DrawnPicture draw(const Chafa& chafa, const Image& image) {
  int columns = kPictureColumns;
  int lines = kPictureLines;
  chafa.chafa_calc_canvas_geometry(image.width, image.height, &columns, &lines, 0.5F, TRUE, FALSE);
  const std::unique_ptr<ChafaSymbolMap, decltype(chafa.chafa_symbol_map_unref)> symbols(
      chafa.chafa_symbol_map_new(), chafa.chafa_symbol_map_unref);
  chafa.chafa_symbol_map_add_by_tags(symbols.get(), CHAFA_SYMBOL_TAG_ALL);
  const std::unique_ptr<ChafaCanvasConfig, decltype(chafa.chafa_canvas_config_unref)> config(
      chafa.chafa_canvas_config_new(), chafa.chafa_canvas_config_unref);
  chafa.chafa_canvas_config_set_geometry(config.get(), columns, lines);
  chafa.chafa_canvas_config_set_canvas_mode(config.get(), canvas_mode());
  chafa.chafa_canvas_config_set_symbol_map(config.get(), symbols.get());
  const std::unique_ptr<ChafaCanvas, decltype(chafa.chafa_canvas_unref)> canvas(
      chafa.chafa_canvas_new(config.get()), chafa.chafa_canvas_unref);
  chafa.chafa_canvas_draw_all_pixels(canvas.get(), CHAFA_PIXEL_RGB8, image.pixels.data(),
                                     image.width, image.height, image.width * 3);
  const std::unique_ptr<ChafaTermInfo, decltype(chafa.chafa_term_info_unref)> terminal(
      chafa.chafa_term_db_get_fallback_info(chafa.chafa_term_db_get_default()),
      chafa.chafa_term_info_unref);
  GString* text = chafa.chafa_canvas_print(canvas.get(), terminal.get());
  DrawnPicture drawn;
  drawn.columns = columns;
  std::string_view rest(text->str, text->len);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    drawn.lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  chafa.g_string_free(text, TRUE);
  return drawn;
}

std::string fitted(std::string text) {
  text.resize(std::min<std::size_t>(text.size(), kPictureColumns));
  return text + std::string(kPictureColumns - text.size() + 2, ' ');
}

void print_row(const std::vector<std::pair<const MontageCell*, DrawnPicture>>& row) {
  for (std::size_t line = 0; line < kPictureLines; ++line) {
    for (const auto& [cell, picture] : row) {
      const bool drawn = line < picture.lines.size();
      if (drawn) std::fputs(picture.lines[line].c_str(), stdout);
      const int used = drawn ? picture.columns : 0;
      std::fputs(std::string(static_cast<std::size_t>(kPictureColumns + 2 - used), ' ').c_str(),
                 stdout);
    }
    std::fputs("\n", stdout);
  }
  for (const auto text : {&MontageCell::title, &MontageCell::subtitle}) {
    for (const auto& [cell, picture] : row) std::fputs(fitted(cell->*text).c_str(), stdout);
    std::fputs("\n", stdout);
  }
}

}  // namespace

Status show_pictures(const std::vector<MontageCell>& cells, int width) {
  const Result<Chafa> chafa = Chafa::load();
  if (!chafa) return chafa.error();
  const auto per_row = static_cast<std::size_t>(std::max(1, width / (kPictureColumns + 2)));
  std::vector<std::pair<const MontageCell*, DrawnPicture>> row;
  for (const MontageCell& cell : cells) {
    const bool readable = !cell.image.pixels.empty();
    row.emplace_back(&cell,
                     readable ? draw(*chafa, cell.image) : DrawnPicture{{"(no picture)"}, 12});
    if (row.size() < per_row && &cell != &cells.back()) continue;
    print_row(row);
    row.clear();
  }
  return {};
}

}  // namespace semblance::cli
