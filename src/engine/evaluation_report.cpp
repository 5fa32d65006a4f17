#include "engine/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/base64.h"
#include "base/file.h"
#include "base/markup_text.h"
#include "image/encode.h"
#include "image/thumbnail.h"

namespace semblance {

namespace {

constexpr std::size_t kWorstQueries = 30;
constexpr int kPictureSide = 112;
constexpr int kQuality = 80;
constexpr DecodeLimits kLimits{};

constexpr std::string_view kHead = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Semblance: evaluation</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { padding: .2rem 1rem .2rem 0; text-align: left; }
td + td, th + th { text-align: right; font-variant-numeric: tabular-nums; }
tr { border-bottom: 1px solid #8884; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; margin: .3rem 0 1.5rem; }
figure { margin: 0; width: 7.5rem; font-size: .75rem; overflow-wrap: anywhere; }
figure div { align-items: center; background: #fff; border: 3px solid #bbb; color: #333; display: flex; height: 7rem;
  justify-content: center; width: 7rem; }
figure.right div { border-color: #2a8a3e; }
figure.wrong div { border-color: #c23b2e; }
img { max-height: 100%; max-width: 100%; }
</style>
)html";

/// A photo with its label below; `kind` is its class in the style.
Result<std::string> figure(const Collection& collection, std::int64_t key, const char* kind,
                           const std::string& text) {
  const Result<std::optional<Item>> item = collection.catalogue().item(key);
  if (!item) return item.error();
  const std::string id = *item ? (*item)->id : "";
  std::string picture = markup_text(id);
  if (*item) {
    const Result<Bytes> bytes = read_file((*item)->path, kLimits.max_bytes);
    const Result<Image> small =
        bytes ? decode_thumbnail(*bytes, kPictureSide, kLimits) : bytes.error();
    if (small) {
      picture = fmt::format("<img alt=\"{}\" src=\"data:image/jpeg;base64,{}\">", markup_text(id),
                            encode_base64(encode_jpeg(*small, kQuality)));
    }
  }
  return fmt::format(
      "<figure class=\"{}\"><div>{}</div><figcaption>{}<br>{}</figcaption></figure>\n", kind,
      picture, markup_text(id), markup_text(text));
}

std::string figures_table(const Evaluation& evaluation) {
  std::string html = "<table><tr><th>figure<th>mean<th>95 % of resamples\n";
  const std::vector<Interval> intervals = bootstrap_intervals(evaluation);
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const Figure& one = evaluation_figures()[i];
    html += fmt::format("<tr><td>{}<td>{:.4f}<td>{:.4f} to {:.4f}\n", one.name,
                        evaluation.*one.mean, intervals[i].low, intervals[i].high);
  }
  return html + "</table>\n";
}

std::string classes_table(const Evaluation& evaluation) {
  std::string html = "<table><tr><th>label<th>queries<th>precision@k<th>hit rate@1<th>mAP@k\n";
  for (const ClassFigures& one : figures_by_class(evaluation)) {
    html += fmt::format("<tr><td>{}<td>{}<td>{:.4f}<td>{:.4f}<td>{:.4f}\n", markup_text(one.label),
                        one.queries, one.precision_at_k, one.hit_rate_at_1, one.map_at_k);
  }
  return html + "</table>\n";
}

/// The queries that found least of what there was to find.
std::vector<std::size_t> worst_queries(const Evaluation& evaluation) {
  std::vector<std::size_t> order(evaluation.each.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return evaluation.each[i].answers == 0; });
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return evaluation.each[a].figures.ndcg_at_k < evaluation.each[b].figures.ndcg_at_k;
  });
  order.resize(std::min(order.size(), kWorstQueries));
  return order;
}

/// The label of an item by its key, where it was a query itself.
std::vector<std::pair<std::int64_t, int>> labels_by_key(const Evaluation& evaluation) {
  std::vector<std::pair<std::int64_t, int>> labels;
  for (const EvaluatedQuery& query : evaluation.each) labels.emplace_back(query.key, query.label);
  std::sort(labels.begin(), labels.end());
  return labels;
}

}  // namespace

Result<std::string> evaluation_html(const Collection& collection, const Evaluation& evaluation,
                                    const SearchQuality& searches) {
  std::string html(kHead);
  html += fmt::format(
      "<h1>{}</h1>\n<p>Collection {}, network {}: {} queries among {} photos, each left "
      "out of its own search; k = {}.</p>\n",
      markup_text(evaluation.label), markup_text(collection.name()),
      markup_text(collection.card().name), evaluation.queries, evaluation.gallery, evaluation.k);
  html += figures_table(evaluation);
  html += fmt::format(
      "<p>Searches ({} of the queries, plan {}): {:.2f} ms median, {:.2f} ms 95 %, {:.2f} "
      "ms 99 %; recall against exact {:.4f}.</p>\n",
      searches.queries, searches.plan, searches.p50_ms, searches.p95_ms, searches.p99_ms,
      searches.recall_at_k);
  html += "<h2>By label</h2>\n" + classes_table(evaluation);
  html +=
      "<h2>Worst queries</h2>\n<p>Those that found least of what there was. Green: of the same "
      "label; red: of another, or of none.</p>\n";
  const auto labels = labels_by_key(evaluation);
  for (const std::size_t i : worst_queries(evaluation)) {
    const EvaluatedQuery& query = evaluation.each[i];
    const std::string& wanted = evaluation.label_values[static_cast<std::size_t>(query.label)];
    html += "<div class=\"row\">\n";
    Result<std::string> asked =
        figure(collection, query.key, "asked", wanted + fmt::format(", {} to find", query.answers));
    if (!asked) return asked;
    html += *asked;
    for (const std::int64_t key : query.hits) {
      const auto label = std::lower_bound(labels.begin(), labels.end(), std::pair(key, -1));
      const bool known = label != labels.end() && label->first == key;
      const std::string text =
          known ? evaluation.label_values[static_cast<std::size_t>(label->second)] : "";
      Result<std::string> hit =
          figure(collection, key, known && label->second == query.label ? "right" : "wrong", text);
      if (!hit) return hit;
      html += *hit;
    }
    html += "</div>\n";
  }
  return html + "</html>\n";
}

}  // namespace semblance
