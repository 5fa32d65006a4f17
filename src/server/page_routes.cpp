#include <utility>

#include "server/embedded_files.h"
#include "server/routes.h"

namespace semblance::server {

namespace {

/// A file that is part of the program.
http::Response embedded(std::string_view name, std::string_view content_type) {
  http::Response response;
  response.content_type = content_type;
  response.body = embedded_file(name);
  return response;
}

Result<http::Response> openapi(Services& /*services*/, const Call& /*call*/) {
  return embedded("openapi.json", "application/json");
}

Result<http::Response> docs(Services& /*services*/, const Call& /*call*/) {
  return embedded("docs.html", "text/html; charset=utf-8");
}

Result<http::Response> docs_script(Services& /*services*/, const Call& /*call*/) {
  return embedded("docs.js", "text/javascript; charset=utf-8");
}

Result<http::Response> docs_style(Services& /*services*/, const Call& /*call*/) {
  return embedded("docs.css", "text/css; charset=utf-8");
}

}  // namespace

std::vector<Route> page_routes() {
  return {
      {"GET", "/openapi.json", Access::kOpen, Lane::kLoop, kNoBody, openapi},
      {"GET", "/docs", Access::kOpen, Lane::kLoop, kNoBody, docs},
      {"GET", "/docs/docs.js", Access::kOpen, Lane::kLoop, kNoBody, docs_script},
      {"GET", "/docs/docs.css", Access::kOpen, Lane::kLoop, kNoBody, docs_style},
  };
}

}  // namespace semblance::server
