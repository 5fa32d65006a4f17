#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "describe/histogram.h"
#include "describe/unit_vector.h"
#include "engine/answer_json.h"
#include "image/format.h"
#include "server/cursor.h"
#include "server/routes.h"
#include "server/search_request.h"

namespace semblance::server {

namespace {

using Json = nlohmann::ordered_json;

/// What a photo was found to be, and by which id the client may name it from now on.
struct DescribedPhoto {
  std::shared_ptr<const PhotoDescriptors> descriptors;
  std::string query_id;
};

Result<std::shared_ptr<const PhotoDescriptors>> describe(Services& services, const Call& call,
                                                         const LiveCollection& collection,
                                                         const Bytes& bytes, const Box& box) {
  const StageTimer timer(services.metrics, Stage::kDescribe);
  const Result<Gate::Slot> slot = services.inference.enter(call.request.deadline);
  if (!slot) return slot.error();
  return collection.describe(bytes, box);
}

Result<std::shared_ptr<const Bytes>> obtain(Services& services, const Call& call,
                                            const PhotoSource& source) {
  const StageTimer timer(services.metrics, Stage::kPhoto);
  return services.photos.photo(source, call.request.deadline, call.cancelled());
}

Result<DescribedPhoto> described_photo(Services& services, const Call& call,
                                       const LiveCollection& collection, const PhotoSource& source,
                                       const Box& box) {
  Result<std::shared_ptr<const Bytes>> bytes = obtain(services, call, source);
  if (!bytes) return bytes.error();
  auto descriptors = describe(services, call, collection, **bytes, box);
  if (!descriptors) return descriptors.error();
  return DescribedPhoto{*std::move(descriptors), services.photos.queries().put(*bytes)};
}

/// Descriptors with an embedding that the client sends. Of a network with a colour output it may
/// be shape alone, where nothing but shape is compared.
Result<PhotoDescriptors> descriptors_of(const SearchRequest& request,
                                        const LiveCollection& collection) {
  const Measure& measure = request.options.measure;
  const LiveCollection::Dimensions dimensions = collection.dimensions();
  const auto shape = static_cast<std::size_t>(dimensions.shape);
  const auto whole = shape + static_cast<std::size_t>(dimensions.colour);
  const bool wants_colour = measure.descriptor != Descriptor::kShape || measure.colour_weight > 0;
  PhotoDescriptors descriptors;
  descriptors.embedding = *request.vector;
  const std::size_t given = descriptors.embedding.size();
  if (given != whole &&
      (given != shape || wants_colour || !request.positive.empty() || !request.negative.empty())) {
    return Error{ErrorCode::kInvalidArgument,
                 "'vector' has " + std::to_string(given) + " numbers; this collection's have " +
                     std::to_string(whole) +
                     (whole == shape ? "" : " (or " + std::to_string(shape) + " for shape alone)")};
  }
  if (measure.descriptor == Descriptor::kHistogram ||
      measure.descriptor == Descriptor::kHistogramForeground ||
      (measure.colour_weight > 0 && measure.colour_descriptor != Descriptor::kColour)) {
    return Error{ErrorCode::kInvalidArgument,
                 "'vector' is an embedding; it cannot be compared by histograms"};
  }
  // Stored vectors are unit vectors, shape and colour each.
  std::vector<float> embedding;
  const auto numbers = std::span<const float>(descriptors.embedding);
  for (const auto part : {numbers.first(shape), numbers.subspan(shape)}) {
    if (part.empty()) continue;
    const std::optional<std::vector<float>> unit = unit_vector(part);
    if (!unit) return Error{ErrorCode::kInvalidArgument, "'vector' has no direction"};
    embedding.insert(embedding.end(), unit->begin(), unit->end());
  }
  embedding.resize(whole);
  descriptors.embedding = std::move(embedding);
  // Nothing compares these: a photo of all colours alike.
  constexpr auto kBins = static_cast<std::size_t>(kHistogramDimension);
  descriptors.histogram.assign(kBins, 1.0F / static_cast<float>(kBins));
  descriptors.histogram_foreground = descriptors.histogram;
  descriptors.embedding_alone = true;
  return descriptors;
}

Result<http::Response> answer(Services& services, const Call& call,
                              const LiveCollection& collection, const SearchQuery& query,
                              const SearchRequest& request, const std::string& query_id) {
  SearchOptions options = request.options;
  options.cancelled = call.cancelled();
  const std::string digest = request.digest(query_id);
  if (request.cursor) {
    Result<PagePlace> after = read_cursor(*request.cursor, digest);
    if (!after) return after.error();
    options.after = *std::move(after);
  }
  Result<SearchAnswer> found = [&] {
    const StageTimer timer(services.metrics, Stage::kSearch);
    return collection.search(query, options);
  }();
  if (!found) return found.error();
  AnswerStyle style;
  style.with_attributes = request.with_attributes;
  style.with_paths = call.caller.admin;
  style.hits_before = options.after ? options.after->hits : 0;
  style.extend_hit = [&](const Hit& hit, JsonWriter& writer) {
    const std::string address = item_address(collection.name(), hit.item.id);
    writer.member("image", address + "/image");
    writer.member("thumbnail", address + "/thumbnail");
  };
  style.extend = [&](JsonWriter& writer) {
    if (!query_id.empty()) writer.member("query_id", query_id);
    writer.key("next_cursor");
    const bool full =
        static_cast<int>(found->hits.size()) == options.limit && options.diversity == 0;
    if (!full) return writer.value(nullptr);
    const Hit& last = found->hits.back();
    writer.value(
        make_cursor({last.closeness.score, last.item.id, style.hits_before + last.rank}, digest));
  };
  return json_response(to_json(*found, style));
}

Result<http::Response> search(Services& services, const Call& call) {
  Result<Form> form = read_form(call.request);
  if (!form) return form.error();
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  const Result<SearchRequest> request = read_search(*form, (*collection)->has_colour());
  if (!request) return request.error();
  SearchQuery query;
  query.like = request->positive;
  query.unlike = request->negative;
  std::string query_id;
  if (request->photo) {
    Result<DescribedPhoto> photo = described_photo(services, call, **collection, *request->photo,
                                                   request->box.value_or(Box()));
    if (!photo) return photo.error();
    query.photos.push_back(*photo->descriptors);
    query_id = std::move(photo->query_id);
  }
  if (request->id) query.like.insert(query.like.begin(), *request->id);
  if (request->vector) {
    Result<PhotoDescriptors> descriptors = descriptors_of(*request, **collection);
    if (!descriptors) return descriptors.error();
    query.photos.push_back(*std::move(descriptors));
  }
  return answer(services, call, **collection, query, *request, query_id);
}

Result<http::Response> similar(Services& services, const Call& call) {
  Fields fields = Fields::from_query(call.request);
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  Result<SearchRequest> request = read_search_fields(fields, (*collection)->has_colour());
  if (!request) return request.error();
  SEMBLANCE_RETURN_IF_ERROR(fields.finish());
  request->id = call.parameters[1];
  SearchQuery query{{}, request->positive, request->negative};
  query.like.insert(query.like.begin(), *request->id);
  return answer(services, call, **collection, query, *request, {});
}

/// How one descriptor of two photos compares.
Json comparison(const Measure& measure, int shape_dimension, const PhotoDescriptors& a,
                const PhotoDescriptors& b) {
  const DescriptorSpans of_a{a.embedding, a.histogram, a.histogram_foreground};
  const DescriptorSpans of_b{b.embedding, b.histogram, b.histogram_foreground};
  const Closeness closeness = Scorer(measure, shape_dimension, of_a).compare(of_b);
  Json json = {{"score", closeness.score},
               {"distance", closeness.distance},
               {"metric", metric_name(measure.metric)}};
  if (measure.colour_weight > 0) {
    json["colour_weight"] = measure.colour_weight;
    json["parts"] = {{"shape", closeness.shape_score}, {"colour", closeness.colour_score}};
  }
  return json;
}

/// One of the two photos of a comparison: sent, or an item's.
Result<std::optional<PhotoSource>> compared_photo(Form& form, const std::string& name,
                                                  const LiveCollection& collection,
                                                  http::Clock::time_point deadline) {
  Result<std::optional<PhotoSource>> source = photo_source(form, name);
  if (!source) return source;
  const std::optional<std::string> id = form.fields.text(name + "_id");
  if (!id) return source;
  const Result<std::optional<Item>> item = collection.item(*id);
  if (!item) return item.error();
  if (!*item) {
    return Error{ErrorCode::kNotFound,
                 "no item '" + *id + "' in collection '" + collection.name() + "'"};
  }
  Result<Bytes> bytes = collection.photo(**item, deadline);
  if (!bytes) return bytes.error();
  return std::optional(PhotoSource{std::make_shared<const Bytes>(*std::move(bytes)), {}, {}});
}

Result<http::Response> compare(Services& services, const Call& call) {
  Result<Form> form = read_form(call.request);
  if (!form) return form.error();
  const std::string name = form->fields.text("collection").value_or("default");
  const Result<std::shared_ptr<LiveCollection>> collection = services.collections.get(name);
  if (!collection) return collection.error();
  const double weight = form->fields.number("colour_weight", 0, 1).value_or(0.5);
  std::vector<PhotoSource> sources;
  for (const std::string side : {"a", "b"}) {
    Result<std::optional<PhotoSource>> source =
        compared_photo(*form, side, **collection, call.request.deadline);
    if (!source) return source.error();
    if (!*source) {
      return Error{ErrorCode::kInvalidArgument, "photo '" + side + "' is missing: send '" + side +
                                                    "', '" + side + "_base64', '" + side +
                                                    "_url' or '" + side + "_id'"};
    }
    sources.push_back(**std::move(source));
  }
  SEMBLANCE_RETURN_IF_ERROR(form->fields.finish());
  std::vector<std::shared_ptr<const PhotoDescriptors>> photos;
  for (const PhotoSource& source : sources) {
    Result<std::shared_ptr<const Bytes>> bytes = obtain(services, call, source);
    if (!bytes) return bytes.error();
    auto descriptors = describe(services, call, **collection, **bytes, Box());
    if (!descriptors) return descriptors.error();
    photos.push_back(*std::move(descriptors));
  }
  const std::optional<ModelCard> card = (*collection)->card();
  Json json = {{"collection", name}, {"model", card ? Json(card->name) : Json()}};
  const bool has_colour = (*collection)->has_colour();
  for (const Descriptor descriptor : {Descriptor::kShape, Descriptor::kColour,
                                      Descriptor::kHistogram, Descriptor::kHistogramForeground}) {
    if (descriptor == Descriptor::kColour && !has_colour) continue;
    const std::string key(descriptor_name(descriptor));
    const Result<Measure> measure = make_measure({key, "", 0}, has_colour);
    if (!measure) return measure.error();
    json["descriptors"][key] =
        comparison(*measure, (*collection)->dimensions().shape, *photos[0], *photos[1]);
  }
  const Result<Measure> mixed = make_measure({"", "", weight}, has_colour);
  if (!mixed) return mixed.error();
  const Json whole = comparison(*mixed, (*collection)->dimensions().shape, *photos[0], *photos[1]);
  for (const auto& [key, value] : whole.items()) json[key] = value;
  if (const auto confidence = (*collection)->confidence(*photos[0], *photos[1])) {
    json["confidence"] = *confidence;
  }
  return json_response(json.dump());
}

Result<http::Response> embed(Services& services, const Call& call) {
  Result<Form> form = read_form(call.request);
  if (!form) return form.error();
  const std::string name = form->fields.text("collection").value_or("default");
  const Result<std::shared_ptr<LiveCollection>> collection = services.collections.get(name);
  if (!collection) return collection.error();
  const std::optional<Box> box = form->fields.box("box");
  const Result<std::optional<PhotoSource>> source = photo_source(*form, "image");
  if (!source) return source.error();
  SEMBLANCE_RETURN_IF_ERROR(form->fields.finish());
  if (!*source) {
    return Error{ErrorCode::kInvalidArgument,
                 "there is no photo: send 'image', 'image_base64', 'image_url' or 'query_id'"};
  }
  const Result<DescribedPhoto> photo =
      described_photo(services, call, **collection, **source, box.value_or(Box()));
  if (!photo) return photo.error();
  const std::optional<ModelCard> card = (*collection)->card();
  const LiveCollection::Dimensions dimensions = (*collection)->dimensions();
  const PhotoDescriptors& descriptors = *photo->descriptors;
  return json_response(Json{{"collection", name},
                            {"model", card ? Json(card->name) : Json()},
                            {"query_id", photo->query_id},
                            {"width", descriptors.width},
                            {"height", descriptors.height},
                            {"shape_dimension", dimensions.shape},
                            {"colour_dimension", dimensions.colour},
                            {"vector", descriptors.embedding}}
                           .dump());
}

/// From which score on hits are called close.
Result<http::Response> closeness(Services& services, const Call& call) {
  Fields fields = Fields::from_query(call.request);
  const double weight = fields.number("colour_weight", 0, 1).value_or(0);
  SEMBLANCE_RETURN_IF_ERROR(fields.finish());
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  const Result<Measure> measure = make_measure({"", "", weight}, (*collection)->has_colour());
  if (!measure) return measure.error();
  const Result<ClosenessWords> words =
      services.closeness.words(**collection, *measure, call.cancelled());
  if (!words) return words.error();
  return json_response(Json{{"very_close", words->very_close}, {"close", words->close}}.dump());
}

/// A photo that was searched with, for a page that is opened again.
Result<http::Response> query_image(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  const auto bytes = services.photos.photo({nullptr, {}, call.parameters[0]}, call.request.deadline,
                                           call.cancelled());
  if (!bytes) return bytes.error();
  http::Response response;
  response.content_type = media_type(sniff_format(**bytes));
  response.body.assign(reinterpret_cast<const char*>((*bytes)->data()), (*bytes)->size());
  response.fields.push_back({"Cache-Control", "private, max-age=3600"});
  return response;
}

}  // namespace

std::vector<Route> search_routes() {
  constexpr unsigned kAny = kJson | kForm | kPicture;
  return {
      {"POST", "/v1/collections/{}/search", Access::kSearch, Lane::kHeavy, kAny, search},
      {"GET", "/v1/collections/{}/items/{}/similar", Access::kSearch, Lane::kQuick, kNoBody,
       similar},
      {"GET", "/v1/collections/{}/closeness", Access::kSearch, Lane::kHeavy, kNoBody, closeness},
      {"GET", "/v1/queries/{}/image", Access::kSearch, Lane::kQuick, kNoBody, query_image},
      {"POST", "/v1/compare", Access::kSearch, Lane::kHeavy, kJson | kForm, compare},
      {"POST", "/v1/embed", Access::kSearch, Lane::kHeavy, kAny, embed},
  };
}

}  // namespace semblance::server
