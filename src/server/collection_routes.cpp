#include <nlohmann/json.hpp>
#include <utility>

#include "base/utf8.h"
#include "engine/answer_json.h"
#include "engine/collections.h"
#include "remote/any_engine.h"
#include "server/clock_text.h"
#include "server/routes.h"

namespace semblance::server {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostValues = 1'000;
constexpr std::int64_t kMostProblems = 1'000;
constexpr std::size_t kMostFacets = 20;

Json listing_json(const CollectionListing& listing) {
  Json json = {
      {"name", listing.name},
      {"items", listing.counts.items},
      {"products", listing.counts.products},
      {"failed", listing.counts.failed},
      {"skipped", listing.counts.skipped},
      {"model", listing.model.empty() ? Json() : Json(listing.model)},
      {"bytes", listing.bytes},
      {"last_change", listing.last_change ? Json(utc_text(*listing.last_change)) : Json()}};
  if (listing.problem) {
    json["problem"] = {{"code", code_name(listing.problem->code)},
                       {"message", to_utf8(listing.problem->message)}};
  }
  return json;
}

Result<http::Response> list(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  Json collections = Json::array();
  for (const auto& each : remote::describe_all(services.collections.data_folder())) {
    collections.push_back(listing_json(each));
  }
  return json_response(Json{{"collections", std::move(collections)}}.dump());
}

Result<http::Response> show(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  const Result<CatalogueCounts> counts = (*collection)->counts();
  if (!counts) return counts.error();
  const Result<std::vector<std::string>> attributes = (*collection)->attribute_names();
  if (!attributes) return attributes.error();
  const std::optional<ModelCard> card = (*collection)->card();
  const LiveCollection::Dimensions dimensions = (*collection)->dimensions();
  Json json = {{"name", (*collection)->name()},
               {"items", counts->items},
               {"products", counts->products},
               {"failed", counts->failed},
               {"skipped", counts->skipped},
               {"attributes", *attributes},
               {"shape_dimension", dimensions.shape},
               {"colour_dimension", dimensions.colour},
               {"index_bytes", (*collection)->index_bytes()},
               {"version", (*collection)->version()}};
  json["model"] =
      card ? Json{{"name", card->name}, {"version", card->version}, {"sha256", card->sha256}}
           : Json();
  return json_response(json.dump());
}

Result<http::Response> create(Services& services, const Call& call) {
  Result<Form> form = read_form(call.request);
  if (!form) return form.error();
  const std::string model = form->fields.text("model").value_or("");
  SEMBLANCE_RETURN_IF_ERROR(form->fields.finish());
  const std::string& name = call.parameters[0];
  SEMBLANCE_RETURN_IF_ERROR(create_collection(services.collections.data_folder(), name, model));
  services.collections.forget(name);
  return json_response(Json{{"name", name}}.dump(), 201);
}

Result<http::Response> remove(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  const std::string& name = call.parameters[0];
  services.collections.forget(name);
  SEMBLANCE_RETURN_IF_ERROR(remote::delete_any(services.collections.data_folder(), name, false));
  services.collections.forget(name);
  http::Response response;
  response.status = 204;
  return response;
}

Result<http::Response> problems(Services& services, const Call& call) {
  Fields fields = Fields::from_query(call.request);
  const auto limit =
      static_cast<std::size_t>(fields.integer("limit", 1, kMostProblems).value_or(100));
  const auto offset =
      static_cast<std::size_t>(fields.integer("offset", 0, 1'000'000'000).value_or(0));
  SEMBLANCE_RETURN_IF_ERROR(fields.finish());
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  const Result<std::vector<Problem>> all = (*collection)->problems();
  if (!all) return all.error();
  Json list = Json::array();
  for (std::size_t i = offset; i < all->size() && list.size() < limit; ++i) {
    list.push_back(json_of((*all)[i]));
  }
  return json_response(Json{{"total", all->size()}, {"problems", std::move(list)}}.dump());
}

Result<http::Response> facets(Services& services, const Call& call) {
  Fields fields = Fields::from_query(call.request);
  std::vector<std::string> names = fields.texts("attribute", kMostFacets);
  const std::string filter = fields.text("filter").value_or("");
  const auto limit = static_cast<std::size_t>(fields.integer("limit", 1, kMostValues).value_or(20));
  SEMBLANCE_RETURN_IF_ERROR(fields.finish());
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  if (names.empty()) {
    Result<std::vector<std::string>> all = (*collection)->attribute_names();
    if (!all) return all.error();
    all->resize(std::min(all->size(), kMostFacets));
    names = *std::move(all);
  }
  Json list = Json::array();
  for (const std::string& name : names) {
    const Result<Facets> found = (*collection)->facets(name, filter, limit);
    if (!found) return found.error();
    list.push_back(json_of(*found));
  }
  return json_response(Json{{"facets", std::move(list)}}.dump());
}

}  // namespace

std::vector<Route> collection_routes() {
  return {
      {"GET", "/v1/collections", Access::kSearch, Lane::kQuick, kNoBody, list},
      {"GET", "/v1/collections/{}", Access::kSearch, Lane::kQuick, kNoBody, show},
      {"POST", "/v1/collections/{}", Access::kAdmin, Lane::kHeavy, kJson | kOptional, create},
      {"DELETE", "/v1/collections/{}", Access::kAdmin, Lane::kHeavy, kNoBody, remove},
      {"GET", "/v1/collections/{}/problems", Access::kAdmin, Lane::kQuick, kNoBody, problems},
      {"GET", "/v1/collections/{}/facets", Access::kSearch, Lane::kQuick, kNoBody, facets},
  };
}

}  // namespace semblance::server
