#include "engine/answer_json.h"

#include <nlohmann/json.hpp>

#include "source/source.h"

namespace semblance {

namespace {

using Json = nlohmann::ordered_json;

void write_parts(const Closeness& closeness, JsonWriter& writer) {
  writer.key("parts");
  writer.begin_object();
  writer.member("shape", closeness.shape_score);
  writer.member("colour", closeness.colour_score);
  writer.end_object();
}

void write_attributes(const Attributes& attributes, JsonWriter& writer) {
  writer.key("attributes");
  writer.begin_object();
  for (const Attribute& attribute : attributes) writer.member(attribute.name, attribute.value);
  writer.end_object();
}

void write_text_or_null(std::string_view name, const std::string& text, JsonWriter& writer) {
  writer.key(name);
  if (text.empty()) {
    writer.value(nullptr);
  } else {
    writer.value(text);
  }
}

void write_hit(const Hit& hit, const SearchAnswer& answer, const AnswerStyle& style,
               JsonWriter& writer) {
  writer.begin_object();
  writer.member("rank", style.hits_before + hit.rank);
  writer.member("id", hit.item.id);
  writer.member("product", hit.item.product);
  writer.member("score", hit.closeness.score);
  writer.member("distance", hit.closeness.distance);
  if (answer.measure.colour_weight > 0) write_parts(hit.closeness, writer);
  if (hit.confidence) writer.member("confidence", *hit.confidence);
  if (answer.collapsed) writer.member("photos", hit.photos);
  write_text_or_null("path", style.with_paths ? hit.item.path.native() : "", writer);
  write_text_or_null("url", hit.item.url, writer);
  if (!hit.item.link.empty()) writer.member("link", hit.item.link);
  if (style.extend_hit) style.extend_hit(hit, writer);
  if (style.with_attributes) write_attributes(hit.attributes, writer);
  writer.end_object();
}

Json explanation_json(const SearchExplanation& explanation) {
  Json json = {{"plan", method_name(explanation.method)}, {"rows", explanation.rows},
               {"allowed", explanation.allowed},          {"scanned", explanation.scanned},
               {"candidates", explanation.candidates},    {"ranked", explanation.ranked}};
  if (explanation.method == SearchMethod::kGraph) json["effort"] = explanation.effort;
  json["microseconds"] = {{"filter", explanation.filter_us},
                          {"scan", explanation.scan_us},
                          {"rank", explanation.rank_us},
                          {"hits", explanation.hits_us}};
  return json;
}

}  // namespace

Json json_of(const Attributes& attributes) {
  Json json = Json::object();
  for (const Attribute& attribute : attributes) json[attribute.name] = attribute.value;
  return json;
}

// Written without a document in between: every search ends with it.
std::string to_json(const SearchAnswer& answer, const AnswerStyle& style) {
  const Measure& measure = answer.measure;
  JsonWriter writer;
  writer.begin_object();
  writer.member("took_ms", answer.took_ms);
  writer.member("collection", answer.collection);
  writer.member("model", answer.model);
  writer.member("descriptor", descriptor_name(measure.descriptor));
  writer.member("metric", metric_name(measure.metric));
  if (measure.colour_weight > 0) {
    writer.member("colour_weight", measure.colour_weight);
    writer.member("colour_descriptor", descriptor_name(measure.colour_descriptor));
    writer.member("colour_metric", metric_name(measure.colour_metric));
  }
  if (answer.diversity > 0) writer.member("diversity", answer.diversity);
  writer.member("approximate", answer.approximate);
  if (answer.partial) writer.member("partial", true);
  writer.member("limit", answer.limit);
  if (answer.explained) {
    writer.key("explain");
    writer.json(explanation_json(answer.explanation).dump());
  }
  writer.key("hits");
  writer.begin_array();
  for (const Hit& hit : answer.hits) write_hit(hit, answer, style, writer);
  writer.end_array();
  if (style.extend) style.extend(writer);
  writer.end_object();
  return writer.take();
}

Json json_of(const SyncReport& report) {
  Json json = {{"seen", report.seen},
               {"added", report.added},
               {"changed", report.changed},
               {"renamed", report.renamed},
               {"removed", report.removed},
               {"unchanged", report.unchanged},
               {"failed", report.failed},
               {"skipped", report.skipped},
               {"attribute_problems", report.attribute_problems},
               {"embedded", report.embedded},
               {"interrupted", report.interrupted},
               {"model", report.model},
               {"seconds", report.seconds},
               {"items_per_second", report.items_per_second()},
               {"stages",
                {{"open", report.open_seconds},
                 {"read", report.read_seconds},
                 {"decode", report.stages.decode},
                 {"histogram", report.stages.histogram},
                 {"embed", report.stages.embed},
                 {"write", report.write_seconds},
                 {"indexing", report.indexing_seconds}}}};
  return json;
}

std::string to_json(const SyncReport& report) {
  return json_of(report).dump();
}

std::string to_json(const Evaluation& evaluation, const SearchQuality& searches, bool by_class) {
  Json json = {{"label", evaluation.label}};
  if (!evaluation.queries_where.empty()) json["queries_where"] = evaluation.queries_where;
  if (!evaluation.gallery_where.empty()) json["gallery_where"] = evaluation.gallery_where;
  json.update(
      {{"queries", evaluation.queries}, {"gallery", evaluation.gallery}, {"k", evaluation.k}});
  const std::vector<Interval> intervals = bootstrap_intervals(evaluation);
  for (const Figure& figure : evaluation_figures()) json[figure.name] = evaluation.*figure.mean;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    json["intervals"][evaluation_figures()[i].name] = {intervals[i].low, intervals[i].high};
  }
  json["searches"] = {{"queries", searches.queries},         {"plan", searches.plan},
                      {"recall_at_k", searches.recall_at_k}, {"p50_ms", searches.p50_ms},
                      {"p95_ms", searches.p95_ms},           {"p99_ms", searches.p99_ms}};
  if (by_class) {
    json["classes"] = Json::array();
    for (const ClassFigures& one : figures_by_class(evaluation)) {
      json["classes"].push_back({{"label", one.label},
                                 {"queries", one.queries},
                                 {"precision_at_k", one.precision_at_k},
                                 {"hit_rate_at_1", one.hit_rate_at_1},
                                 {"map_at_k", one.map_at_k}});
    }
  }
  json["seconds"] = evaluation.seconds;
  return json.dump();
}

std::string to_json(const PairedComparison& comparison) {
  Json json = {{"queries", comparison.queries}};
  for (const PairedComparison::Line& line : comparison.lines) {
    json[line.figure] = {{"first", line.first},
                         {"second", line.second},
                         {"difference", line.second - line.first},
                         {"interval", {line.difference.low, line.difference.high}},
                         {"p_value", line.p_value}};
  }
  return json.dump();
}

Json json_of(const Facets& facets) {
  Json values = Json::array();
  for (const Facets::Value& value : facets.values) {
    values.push_back({{"value", value.value}, {"count", value.count}});
  }
  return Json{{"attribute", facets.attribute},
              {"items", facets.items},
              {"distinct", facets.distinct},
              {"values", std::move(values)}};
}

std::string to_json(const Facets& facets) {
  return json_of(facets).dump();
}

Json json_of(const Problem& problem) {
  return {{"kind", problem.kind},
          {"subject", problem.subject},
          {"reason", problem.reason},
          {"message", to_utf8(problem.message)},
          {"place", to_utf8(problem.place)}};
}

std::string to_json(const std::vector<Problem>& problems) {
  Json json = Json::array();
  for (const Problem& problem : problems) json.push_back(json_of(problem));
  return Json{{"problems", std::move(json)}}.dump();
}

std::string to_json(const UnfinishedChange& change) {
  return Json{{"model", change.model}, {"embedded", change.embedded}, {"items", change.items}}
      .dump();
}

}  // namespace semblance
