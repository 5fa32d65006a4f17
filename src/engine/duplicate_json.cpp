#include "engine/duplicate_json.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/csv.h"
#include "base/utf8.h"

namespace semblance {

namespace {

using Json = nlohmann::ordered_json;

Json evidence_json(DuplicateLane lane, const DuplicateEvidence& evidence) {
  if (lane == DuplicateLane::kIdentical) {
    return {{"equal", evidence.equal_bytes ? "bytes" : "pixels"}};
  }
  if (lane == DuplicateLane::kLookAlike) return {{"score", evidence.score}};
  return {{"hash_distance", evidence.hash_distance},
          {"correlation", evidence.match.correlation},
          {"worst_part", evidence.match.worst_part},
          {"usual_part", evidence.match.usual_part},
          {"worst_colour", evidence.match.worst_colour},
          {"usual_colour", evidence.match.usual_colour},
          {"tint", evidence.match.tint},
          {"coverage", evidence.match.coverage},
          {"aligned", evidence.match.aligned},
          {"mirrored", evidence.mirrored}};
}

std::string text_of(double number) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}

Json json_of_item(DuplicateLane lane, const DuplicateItem& item, bool best) {
  Json json = {{"id", item.id},       {"product", item.product}, {"best", best},
               {"width", item.width}, {"height", item.height},   {"bytes", item.size_bytes}};
  json["path"] = item.path.empty() ? Json() : Json(to_utf8(item.path.native()));
  json["url"] = item.url.empty() ? Json() : Json(item.url);
  if (lane != DuplicateLane::kIdentical) {
    Json& copies = json["copies"] = Json::array();
    for (const DuplicateCopy& copy : item.copies) copies.push_back(copy.id);
  }
  json["evidence"] = best ? Json() : evidence_json(lane, item.evidence);
  return json;
}

/// lane, group, decision, ... of one line; empty where it does not apply.
std::vector<std::string> csv_fields(const DuplicateGroup& group, const DuplicateItem& item) {
  const bool best = &item == &group.items.front();
  std::vector<std::string> fields = {std::string(lane_name(group.lane)),
                                     group.name,
                                     item.id,
                                     best ? "yes" : "no",
                                     group.keep && *group.keep == item.id ? "yes" : "",
                                     std::to_string(item.width),
                                     std::to_string(item.height),
                                     std::to_string(item.size_bytes),
                                     "",
                                     "",
                                     "",
                                     "",
                                     to_utf8(item.path.native())};
  if (best) return fields;
  const DuplicateEvidence& evidence = item.evidence;
  if (group.lane == DuplicateLane::kIdentical) {
    fields[8] = evidence.equal_bytes ? "bytes" : "pixels";
  } else if (group.lane == DuplicateLane::kSamePhoto) {
    fields[9] = std::to_string(evidence.hash_distance);
    fields[10] = text_of(evidence.match.correlation);
  } else {
    fields[11] = text_of(evidence.score);
  }
  return fields;
}

}  // namespace

Json json_of(const DuplicateGroup& group) {
  Json items = Json::array();
  for (const DuplicateItem& item : group.items) {
    items.push_back(json_of_item(group.lane, item, &item == &group.items.front()));
  }
  return {{"group", group.name},
          {"lane", lane_name(group.lane)},
          {"keep", group.keep ? Json(*group.keep) : Json()},
          {"items", std::move(items)}};
}

std::string to_json(const DuplicateReport& report) {
  Json groups = Json::array();
  for (const DuplicateGroup& group : report.groups) groups.push_back(json_of(group));
  const Json json = {
      {"items", report.items},           {"described", report.described},
      {"unreadable", report.unreadable}, {"compared", report.compared},
      {"remembered", report.remembered}, {"describe_seconds", report.describe_seconds},
      {"seconds", report.seconds},       {"groups", std::move(groups)}};
  // A product may come from a table that is not UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_csv(const DuplicateReport& report) {
  std::string csv =
      "lane,group,id,best,keep,width,height,bytes,equal,hash_distance,correlation,score,path\r\n";
  for (const DuplicateGroup& group : report.groups) {
    for (const DuplicateItem& item : group.items) {
      std::string line;
      for (const std::string& field : csv_fields(group, item)) {
        line += (line.empty() ? "" : ",") + csv_field(field);
      }
      csv += line + "\r\n";
    }
  }
  return csv;
}

}  // namespace semblance
