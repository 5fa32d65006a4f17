#include <nlohmann/json.hpp>
#include <utility>

#include "server/api_error.h"
#include "server/routes.h"

namespace semblance::server {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostSources = 100;

Result<SyncOptions> read_sync(Fields& fields) {
  SyncOptions options;
  options.sources = fields.texts("sources", kMostSources);
  options.source.format = fields.one_of("format", {"folder", "csv", "tsv", "feed", "urls", "json"});
  if (const auto images = fields.text("images")) options.source.images = *images;
  options.source.id_column = fields.text("id_column").value_or("");
  options.source.image_column = fields.text("image_column").value_or("");
  options.source.where = fields.texts("where", kMostSources);
  options.source.excludes = fields.texts("exclude", kMostSources);
  if (const auto attributes = fields.text("attributes")) options.attributes = *attributes;
  options.attributes_key = fields.text("key").value_or(options.attributes_key);
  if (const auto column = fields.text("product_column")) {
    options.product_column = options.source.product_column = *column;
  }
  options.model = fields.text("model").value_or("");
  options.dry_run = fields.boolean("dry_run").value_or(false);
  options.keep_missing = fields.boolean("keep_missing").value_or(false);
  options.retry = fields.boolean("retry").value_or(false);
  options.yes = fields.boolean("yes").value_or(false);
  SEMBLANCE_RETURN_IF_ERROR(fields.finish());
  if (options.sources.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "'sources' is missing: folders, tables, feeds or lists of addresses, as for "
                 "'semblance sync'"};
  }
  return options;
}

Result<http::Response> sync(Services& services, const Call& call) {
  Result<Form> form = read_form(call.request);
  if (!form) return form.error();
  Result<SyncOptions> options = read_sync(form->fields);
  if (!options) return options.error();
  const std::string& name = call.parameters[0];
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(name));
  const Result<Job> job = services.jobs.start(name, *std::move(options));
  if (!job) return job.error();
  http::Response response = json_response(json_of(*job).dump(), 202);
  response.fields.push_back({"Location", "/v1/jobs/" + job->id});
  return response;
}

Result<http::Response> list(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  return json_response(Json{{"jobs", services.jobs.list()}}.dump());
}

Error no_job(const std::string& id) {
  return Error{ErrorCode::kNotFound, "no job '" + id + "'"};
}

Result<http::Response> show(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  const Json job = services.jobs.find(call.parameters[0]);
  if (job.is_null()) return no_job(call.parameters[0]);
  return json_response(job.dump());
}

Result<http::Response> cancel(Services& services, const Call& call) {
  SEMBLANCE_RETURN_IF_ERROR(takes_no_fields(call));
  const std::string& id = call.parameters[0];
  if (!services.jobs.cancel(id)) {
    if (services.jobs.find(id).is_null()) return no_job(id);
    return Error{ErrorCode::kConflict, "job '" + id + "' has ended"};
  }
  return json_response(services.jobs.find(id).dump(), 202);
}

}  // namespace

std::vector<Route> job_routes() {
  return {
      {"POST", "/v1/collections/{}/sync", Access::kAdmin, Lane::kQuick, kJson, sync},
      {"GET", "/v1/jobs", Access::kAdmin, Lane::kQuick, kNoBody, list},
      {"GET", "/v1/jobs/{}", Access::kAdmin, Lane::kQuick, kNoBody, show},
      {"DELETE", "/v1/jobs/{}", Access::kAdmin, Lane::kQuick, kNoBody, cancel},
  };
}

}  // namespace semblance::server
