#include "server/search_request.h"

#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/base64.h"
#include "base/sha256.h"
#include "distance/metric.h"

namespace semblance::server {

namespace {

constexpr std::int64_t kMostHits = 1'000;
constexpr std::size_t kMostExamples = 100;
constexpr std::size_t kMostNumbers = 20'000;
constexpr double kNoLimit = 1e30;

}  // namespace

std::string SearchRequest::digest(const std::string& query_id) const {
  nlohmann::json all = {query_id,
                        id.value_or(""),
                        vector.has_value(),
                        positive,
                        negative,
                        descriptor_name(options.measure.descriptor),
                        metric_name(options.measure.metric),
                        options.measure.colour_weight,
                        descriptor_name(options.measure.colour_descriptor),
                        metric_name(options.measure.colour_metric),
                        options.filter,
                        options.min_score,
                        options.max_distance.value_or(-1),
                        options.collapse,
                        options.exact,
                        options.recall_target};
  if (box) all.push_back({box->x, box->y, box->width, box->height});
  const std::string text = all.dump();
  Sha256Hasher hasher;
  hasher.add(std::as_bytes(std::span(text)));
  if (vector) hasher.add(std::as_bytes(std::span(*vector)));
  constexpr std::size_t kBytes = 9;
  const Sha256 hash = hasher.finish();
  return encode_base64url(std::as_bytes(std::span(hash)).first(kBytes));
}

Result<SearchRequest> read_search_fields(Fields& fields, bool has_colour) {
  SearchRequest request;
  SearchOptions& options = request.options;
  options.limit = static_cast<int>(fields.integer("limit", 1, kMostHits).value_or(options.limit));
  options.filter = fields.text("filter").value_or("");
  options.min_score = fields.number("min_score", 0, 1).value_or(0);
  options.max_distance = fields.number("max_distance", 0, kNoLimit);
  options.collapse = fields.boolean("collapse").value_or(false);
  options.diversity = fields.number("diversity", 0, 1).value_or(0);
  options.exact = fields.boolean("exact").value_or(false);
  options.explain = fields.boolean("explain").value_or(false);
  options.recall_target = fields.number("recall_target", 0, 1).value_or(options.recall_target);
  request.with_attributes = fields.boolean("with_attributes").value_or(true);
  request.cursor = fields.text("cursor", 20'000);
  request.positive = fields.texts("positive", kMostExamples);
  request.negative = fields.texts("negative", kMostExamples);
  MeasureNames names;
  names.descriptor = fields.text("descriptor").value_or("");
  names.metric = fields.text("metric").value_or("");
  names.colour_weight = fields.number("colour_weight", 0, 1).value_or(0);
  names.colour_descriptor = fields.text("colour_descriptor").value_or("");
  names.colour_metric = fields.text("colour_metric").value_or("");
  if (options.max_distance && fields.has("min_score")) {
    return Error{ErrorCode::kInvalidArgument, "give 'min_score' or 'max_distance', not both"};
  }
  if (options.diversity > 0 && request.cursor) {
    return Error{ErrorCode::kInvalidArgument,
                 "hits that are chosen for their diversity have no further pages: ask for a larger "
                 "'limit' instead of a 'cursor'"};
  }
  Result<Measure> measure = make_measure(names, has_colour);
  if (!measure) return measure.error();
  options.measure = *measure;
  return request;
}

Result<SearchRequest> read_search(Form& form, bool has_colour) {
  Result<SearchRequest> request = read_search_fields(form.fields, has_colour);
  if (!request) return request;
  Result<std::optional<PhotoSource>> photo = photo_source(form, "image");
  if (!photo) return photo.error();
  request->photo = *std::move(photo);
  request->id = form.fields.text("id");
  request->vector = form.fields.numbers("vector", kMostNumbers);
  request->box = form.fields.box("box");
  SEMBLANCE_RETURN_IF_ERROR(form.fields.finish());
  const int given = int{request->photo.has_value()} + int{request->id.has_value()} +
                    int{request->vector.has_value()};
  if (given > 1) {
    return Error{ErrorCode::kInvalidArgument,
                 "search by one of a photo, 'id' and 'vector'; further items go into 'positive'"};
  }
  if (given == 0 && request->positive.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "there is nothing to look for: send a photo ('image', 'image_base64', "
                 "'image_url', 'query_id'), an 'id', a 'vector', or 'positive' ids"};
  }
  if (request->box && !request->photo) {
    return Error{ErrorCode::kInvalidArgument, "'box' is a part of a photo, and there is none"};
  }
  return request;
}

}  // namespace semblance::server
