#include "cli/hit_output.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "base/file.h"
#include "cli/hit_table.h"
#include "cli/photo_cells.h"
#include "cli/progress_bar.h"
#include "cli/terminal_pictures.h"
#include "engine/answer_json.h"
#include "image/encode.h"
#include "image/montage.h"
#include "source/source.h"

namespace semblance::cli {

namespace {

constexpr std::size_t kMostPictures = 1000;  // a JPEG can be about 270 such rows high

std::vector<MontageCell> picture_cells(const SearchAnswer& answer,
                                       const std::vector<QueryPicture>& queries) {
  std::vector<MontageCell> cells;
  cells.reserve(queries.size() + answer.hits.size());
  for (const QueryPicture& query : queries) {
    cells.push_back(
        {load_photo(query.path, kMontageCell, query.box), query.title,
         query.subtitle.empty() ? to_utf8(query.path.filename().native()) : query.subtitle, true});
  }
  for (const Hit& hit : answer.hits) {
    cells.push_back({load_photo(hit.item.path, kMontageCell),
                     std::to_string(hit.rank) + "  " + score_text(hit.closeness.score), hit.item.id,
                     false});
  }
  return cells;
}

Status write_montage(std::vector<MontageCell> cells, const std::filesystem::path& path) {
  std::vector<MontageRow> rows;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i % kMontageColumns == 0) rows.emplace_back();
    rows.back().push_back(std::move(cells[i]));
  }
  return write_file_atomically(path,
                               encode_jpeg(draw_montage(rows, kMontageCell), kMontageQuality));
}

void print_explanation(const SearchExplanation& explanation) {
  std::fprintf(
      stderr,
      "plan %s: %s rows, %s of them allowed; %s looked at, %s left by the codes, %s "
      "compared\n",
      std::string(method_name(explanation.method)).c_str(), with_commas(explanation.rows).c_str(),
      with_commas(explanation.allowed).c_str(), with_commas(explanation.scanned).c_str(),
      with_commas(explanation.candidates).c_str(), with_commas(explanation.ranked).c_str());
  std::fprintf(stderr, "microseconds: filter %.0f, scan %.0f, rank %.0f, hits %.0f\n",
               explanation.filter_us, explanation.scan_us, explanation.rank_us,
               explanation.hits_us);
}

}  // namespace

void add_hit_output_options(CLI::App& command, HitOutputOptions& options) {
  command.add_option("--montage", options.montage, "Write the hits as one picture: OUT.jpg");
  command.add_flag("--show", options.show, "Show the hits' pictures in the terminal");
}

int print_hits(const SearchAnswer& answer, const std::vector<QueryPicture>& queries,
               const HitOutputOptions& options, const Session& session) {
  const bool pictures = options.show || !options.montage.empty();
  if (options.show && session.global.json) {
    return fail({ErrorCode::kInvalidArgument,
                 "--show draws on stdout, where --json has its answer; use --montage with --json"});
  }
  if (pictures && queries.size() + answer.hits.size() > kMostPictures) {
    return fail({ErrorCode::kInvalidArgument, "--show and --montage show " +
                                                  std::to_string(kMostPictures) +
                                                  " pictures at most; use a smaller --limit"});
  }
  if (session.global.json) {
    std::printf("%s\n", to_json(answer).c_str());
  } else {
    std::fputs(hit_table(answer, output_width()).c_str(), stdout);
    if (answer.explained) print_explanation(answer.explanation);
  }
  if (!pictures) return kOk;
  std::vector<MontageCell> cells = picture_cells(answer, queries);
  if (options.show) {
    const Status shown = show_pictures(cells, output_width());
    if (!shown) return fail(shown.error());
  }
  if (!options.montage.empty()) {
    const Status written = write_montage(std::move(cells), options.montage);
    if (!written) return fail(written.error());
    tell(session, "wrote " + options.montage.string());
  }
  return kOk;
}

}  // namespace semblance::cli
