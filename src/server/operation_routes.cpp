#include <nlohmann/json.hpp>
#include <utility>

#include "server/api_error.h"
#include "server/routes.h"

namespace semblance::server {

namespace {

using Json = nlohmann::ordered_json;

Result<http::Response> live(Services& /*services*/, const Call& /*call*/) {
  return json_response(Json{{"status", "ok"}}.dump());
}

/// Whether requests should be sent here: not while the server is stopping, or while the engine of a
/// collection that was asked for is away.
Result<http::Response> ready(Services& services, const Call& call) {
  if (services.stopping) {
    return retry_after(error_response(503, "stopping", "the server is stopping", call.request.id),
                       5);
  }
  for (const auto& each : services.collections.open_ones()) {
    const Status status = each->ready();
    if (status) continue;
    return retry_after(
        error_response(503, "unavailable",
                       "collection '" + each->name() + "': " + status.error().message,
                       call.request.id),
        5);
  }
  return json_response(Json{{"status", "ready"}}.dump());
}

Result<http::Response> health(Services& services, const Call& /*call*/) {
  Json collections = Json::array();
  for (const auto& each : services.collections.open_ones()) {
    const Result<CatalogueCounts> counts = each->counts();
    collections.push_back({{"name", each->name()},
                           {"items", counts ? Json(counts->items) : Json()},
                           {"version", each->version()}});
  }
  return json_response(Json{{"status", services.stopping ? "stopping" : "ok"},
                            {"version", SEMBLANCE_VERSION},
                            {"jobs", services.jobs.active()},
                            {"queue", services.inference.waiting()},
                            {"collections", std::move(collections)}}
                           .dump());
}

Result<http::Response> metrics(Services& services, const Call& /*call*/) {
  http::Response response;
  response.content_type = http::Metrics::kContentType;
  response.body = services.metrics.text(services);
  return response;
}

}  // namespace

std::vector<Route> operation_routes() {
  return {
      {"GET", "/livez", Access::kOpen, Lane::kLoop, kNoBody, live},
      {"GET", "/readyz", Access::kOpen, Lane::kQuick, kNoBody, ready},
      {"GET", "/healthz", Access::kOpen, Lane::kQuick, kNoBody, health},
      {"GET", "/metrics", Access::kAdmin, Lane::kQuick, kNoBody, metrics},
  };
}

}  // namespace semblance::server
