#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/utf8.h"
#include "engine/answer_json.h"
#include "image/format.h"
#include "server/api_error.h"
#include "server/routes.h"

namespace semblance::server {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostOperations = 1'000;
constexpr std::size_t kLongestId = 1'000;
constexpr int kThumbnailSide = 256;
constexpr std::int64_t kMostSample = 200;

Json item_json(const LiveCollection& collection, const ItemWithAttributes& shown,
               const Caller& caller) {
  const Item& item = shown.item;
  const std::string address = item_address(collection.name(), item.id);
  const bool has_path = caller.admin && !item.path.empty();
  return {{"id", item.id},
          {"product", item.product},
          {"path", has_path ? Json(to_utf8(item.path.native())) : Json()},
          {"url", item.url.empty() ? Json() : Json(item.url)},
          {"link", item.link.empty() ? Json() : Json(item.link)},
          {"width", item.width},
          {"height", item.height},
          {"image", address + "/image"},
          {"thumbnail", address + "/thumbnail"},
          {"attributes", json_of(shown.attributes)}};
}

Result<http::Response> show(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  const std::string& id = call.parameters.at(1);
  const Result<std::optional<ItemWithAttributes>> found = (*collection)->item_with_attributes(id);
  if (!found) return found.error();
  if (!*found) return no_item_in(id, call.parameters.front());
  return json_response(item_json(**collection, **found, call.caller).dump());
}

/// Some items, to look around among.
Result<http::Response> sample(Services& services, const Call& call) {
  Fields fields = Fields::from_query(call.request);
  const auto count =
      static_cast<std::size_t>(fields.integer("sample", 1, kMostSample).value_or(24));
  const auto seed =
      static_cast<std::uint64_t>(fields.integer("seed", 0, 1'000'000'000).value_or(0));
  SEMBLANCE_RETURN_IF_ERROR(fields.finish());
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  const Result<std::vector<ItemWithAttributes>> items = (*collection)->sample(count, seed);
  if (!items) return items.error();
  Json list = Json::array();
  for (const ItemWithAttributes& item : *items) {
    list.push_back(item_json(**collection, item, call.caller));
  }
  return json_response(Json{{"items", std::move(list)}}.dump());
}

/// What may stay in browsers: a picture that is asked for again with what it was known by.
http::Response cacheable(const Call& call, http::Response response, const std::string& etag) {
  response.fields.push_back({"ETag", etag});
  response.fields.push_back({"Cache-Control", "private, max-age=60"});
  if (call.request.field("If-None-Match").value_or("") != etag) return response;
  response.status = 304;
  response.body.clear();
  response.shared_body = nullptr;
  return response;
}

Result<http::Response> thumbnail(Services& services, const Call& call) {
  Fields fields = Fields::from_query(call.request);
  const auto side = static_cast<int>(fields.integer("size", 16, 1'024).value_or(kThumbnailSide));
  SEMBLANCE_RETURN_IF_ERROR(fields.finish());
  const Result<FoundItem> found = item_of(services, call);
  if (!found) return found.error();
  Result<Thumbnails::Picture> picture =
      services.thumbnails.get(*found->collection, found->item, side, call.request.deadline);
  if (!picture) return picture.error();
  http::Response response;
  response.content_type = "image/jpeg";
  response.shared_body = std::move(picture->jpeg);
  return cacheable(call, std::move(response), picture->etag);
}

Result<http::Response> image(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  const Result<FoundItem> found = item_of(services, call);
  if (!found) return found.error();
  const Result<Bytes> bytes = found->collection->photo(found->item, call.request.deadline);
  if (!bytes) return bytes.error();
  http::Response response;
  response.content_type = media_type(sniff_format(*bytes));
  response.body.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  return cacheable(call, std::move(response), photo_etag(found->item));
}

// Writing ------------------------------------------------------------------------------------

std::string_view outcome_name(ChangeOutcome::Kind kind) {
  switch (kind) {
    case ChangeOutcome::Kind::kCreated:
      return "created";
    case ChangeOutcome::Kind::kReplaced:
      return "replaced";
    case ChangeOutcome::Kind::kUnchanged:
      return "unchanged";
    case ChangeOutcome::Kind::kPatched:
      return "patched";
    case ChangeOutcome::Kind::kDeleted:
      return "deleted";
  }
  return "";
}

Status check_id(const std::string& id) {
  const bool has_control = std::any_of(id.begin(), id.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (!id.empty() && id.size() <= kLongestId && !has_control) return {};
  return Error{ErrorCode::kInvalidArgument,
               "an id has 1 to " + std::to_string(kLongestId) + " bytes and no control characters"};
}

/// A change as it was asked for, its photo not yet looked at.
struct Wanted {
  ItemChange change;
  std::optional<PhotoSource> photo;
};

Result<Wanted> read_put(Form& form, const std::string& id) {
  SEMBLANCE_RETURN_IF_ERROR(check_id(id));
  Wanted wanted;
  wanted.change.kind = ItemChange::Kind::kPut;
  wanted.change.id = id;
  Result<std::optional<PhotoSource>> photo = photo_source(form, "image");
  if (!photo) return photo.error();
  wanted.photo = *std::move(photo);
  wanted.change.product = form.fields.text("product", kLongestId);
  wanted.change.link = form.fields.text("link").value_or("");
  wanted.change.attributes = form.fields.attributes("attributes").value_or(Attributes());
  if (wanted.photo) wanted.change.url = wanted.photo->url;
  SEMBLANCE_RETURN_IF_ERROR(form.fields.finish());
  return wanted;
}

Result<Wanted> read_patch(Fields& fields, const std::string& id) {
  SEMBLANCE_RETURN_IF_ERROR(check_id(id));
  Wanted wanted;
  wanted.change.kind = ItemChange::Kind::kPatch;
  wanted.change.id = id;
  wanted.change.product = fields.text("product", kLongestId);
  wanted.change.link = fields.text("link").value_or("");
  wanted.change.attributes = fields.attributes("attributes", &wanted.change.removed_attributes);
  SEMBLANCE_RETURN_IF_ERROR(fields.finish());
  return wanted;
}

/// Gets the photo and what it shows.
Status complete(Services& services, const Call& call, const LiveCollection& collection,
                Wanted& wanted) {
  if (!wanted.photo) return {};
  {
    const StageTimer timer(services.metrics, Stage::kPhoto);
    Result<std::shared_ptr<const Bytes>> bytes =
        services.photos.photo(*wanted.photo, call.request.deadline, call.cancelled());
    if (!bytes) return bytes.error();
    wanted.change.photo = *std::move(bytes);
  }
  const StageTimer timer(services.metrics, Stage::kDescribe);
  const Result<Gate::Slot> slot = services.inference.enter(call.request.deadline);
  if (!slot) return slot.error();
  const auto descriptors = collection.describe(*wanted.change.photo, Box());
  if (!descriptors) return descriptors.error();
  wanted.change.descriptors = **descriptors;
  return {};
}

Result<ChangeOutcome> write(Services& services, const Call& call, LiveCollection& collection,
                            ItemChange change) {
  const StageTimer timer(services.metrics, Stage::kWrite);
  std::vector<ItemChange> changes;
  changes.push_back(std::move(change));
  return std::move(collection.change(std::move(changes), call.request.deadline).front());
}

http::Response outcome_response(const std::string& id, const ChangeOutcome& outcome) {
  const int status = outcome.kind == ChangeOutcome::Kind::kCreated ? 201 : 200;
  return json_response(Json{{"id", id}, {"status", outcome_name(outcome.kind)}}.dump(), status);
}

Result<http::Response> put(Services& services, const Call& call) {
  Result<Form> form = read_form(call.request);
  if (!form) return form.error();
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  Result<Wanted> wanted = read_put(*form, call.parameters[1]);
  if (!wanted) return wanted.error();
  SEMBLANCE_RETURN_IF_ERROR(complete(services, call, **collection, *wanted));
  const Result<ChangeOutcome> outcome =
      write(services, call, **collection, std::move(wanted->change));
  if (!outcome) return outcome.error();
  return outcome_response(call.parameters[1], *outcome);
}

Result<http::Response> patch(Services& services, const Call& call) {
  Result<Form> form = read_form(call.request);
  if (!form) return form.error();
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  Result<Wanted> wanted = read_patch(form->fields, call.parameters[1]);
  if (!wanted) return wanted.error();
  const Result<ChangeOutcome> outcome =
      write(services, call, **collection, std::move(wanted->change));
  if (!outcome) return outcome.error();
  return outcome_response(call.parameters[1], *outcome);
}

Result<http::Response> remove(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  ItemChange change;
  change.kind = ItemChange::Kind::kDelete;
  change.id = call.parameters[1];
  const Result<ChangeOutcome> outcome = write(services, call, **collection, std::move(change));
  if (!outcome) return outcome.error();
  http::Response response;
  response.status = 204;
  return response;
}

/// One line of a batch: {"op": "put"|"patch"|"delete", "id": ..., as for a request of its own}.
Result<Wanted> read_operation(const nlohmann::json& json, std::string& id) {
  if (!json.is_object()) {
    return Error{ErrorCode::kInvalidArgument, "an operation must be an object"};
  }
  Form form{Fields::from_object(json), {}};
  const std::string kind = form.fields.text("op").value_or("");
  id = form.fields.text("id").value_or("");
  if (kind == "put") return read_put(form, id);
  if (kind == "patch") return read_patch(form.fields, id);
  if (kind != "delete") {
    return Error{ErrorCode::kInvalidArgument, "'op' must be put, patch or delete"};
  }
  SEMBLANCE_RETURN_IF_ERROR(form.fields.finish());
  SEMBLANCE_RETURN_IF_ERROR(check_id(id));
  Wanted wanted;
  wanted.change.kind = ItemChange::Kind::kDelete;
  wanted.change.id = id;
  return wanted;
}

/// How the operations of a batch ended, in their order.
struct BatchLine {
  std::string id;
  std::optional<Result<ChangeOutcome>> outcome;
};

Json batch_json(const std::vector<BatchLine>& lines) {
  Json results = Json::array();
  std::size_t failed = 0;
  for (const BatchLine& line : lines) {
    Json json = {{"id", line.id}};
    if (line.outcome->ok()) {
      json["status"] = outcome_name((*line.outcome)->kind);
    } else {
      ++failed;
      const Error& error = line.outcome->error();
      json["status"] = "failed";
      json["error"] = {{"code", code_name(error.code)}, {"message", to_utf8(error.message)}};
    }
    results.push_back(std::move(json));
  }
  return {{"failed", failed}, {"results", std::move(results)}};
}

Result<http::Response> batch(Services& services, const Call& call) {
  Result<Form> form = read_form(call.request);
  if (!form) return form.error();
  const auto operations = form->fields.list("operations", kMostOperations);
  SEMBLANCE_RETURN_IF_ERROR(form->fields.finish());
  if (!operations) return Error{ErrorCode::kInvalidArgument, "'operations' is missing"};
  const Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  std::vector<BatchLine> lines(operations->size());
  std::vector<Wanted> wanted;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Result<Wanted> operation = read_operation((*operations)[i], lines[i].id);
    if (!operation) {
      return Error{ErrorCode::kInvalidArgument,
                   "operation " + std::to_string(i) + ": " + operation.error().message};
    }
    wanted.push_back(*std::move(operation));
  }
  std::vector<ItemChange> changes;
  std::vector<std::size_t> line_of_change;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (const Status completed = complete(services, call, **collection, wanted[i]); !completed) {
      lines[i].outcome = completed.error();
      continue;
    }
    changes.push_back(std::move(wanted[i].change));
    line_of_change.push_back(i);
  }
  const StageTimer timer(services.metrics, Stage::kWrite);
  std::vector<Result<ChangeOutcome>> outcomes =
      (*collection)->change(std::move(changes), call.request.deadline);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    lines[line_of_change[i]].outcome = std::move(outcomes[i]);
  }
  return json_response(batch_json(lines).dump());
}

}  // namespace

std::vector<Route> item_routes() {
  return {
      {"GET", "/v1/collections/{}/items", Access::kSearch, Lane::kQuick, kNoBody, sample},
      {"GET", "/v1/collections/{}/items/{}", Access::kSearch, Lane::kQuick, kNoBody, show},
      {"GET", "/v1/collections/{}/items/{}/image", Access::kSearch, Lane::kHeavy, kNoBody, image},
      {"GET", "/v1/collections/{}/items/{}/thumbnail", Access::kSearch, Lane::kHeavy, kNoBody,
       thumbnail},
      {"PUT", "/v1/collections/{}/items/{}", Access::kAdmin, Lane::kHeavy, kJson | kForm | kPicture,
       put},
      {"PATCH", "/v1/collections/{}/items/{}", Access::kAdmin, Lane::kHeavy, kJson, patch},
      {"DELETE", "/v1/collections/{}/items/{}", Access::kAdmin, Lane::kHeavy, kNoBody, remove},
      {"POST", "/v1/collections/{}/items:batch", Access::kAdmin, Lane::kHeavy, kJson, batch},
  };
}

}  // namespace semblance::server
