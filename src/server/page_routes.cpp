#include <array>
#include <map>
#include <span>
#include <utility>

#include "base/sha256.h"
#include "http/encoding.h"
#include "server/embedded_files.h"
#include "server/routes.h"

namespace semblance::server {

namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kScript = "text/javascript; charset=utf-8";
constexpr std::string_view kStyle = "text/css; charset=utf-8";

/// A file that is part of the program, as it is and compressed.
struct EmbeddedPage {
  std::string_view content_type;
  std::shared_ptr<const std::string> plain;
  std::shared_ptr<const std::string> gzip;  ///< null: there is none
  std::string etag;                         ///< of both, without quotes
};

/// Tells browsers whether what they kept is still right.
std::string etag_of(std::string_view content) {
  constexpr std::size_t kDigits = 16;
  return to_hex(sha256(std::as_bytes(std::span(content)))).substr(0, kDigits);
}

const std::map<std::string_view, EmbeddedPage>& pages() {
  static const std::map<std::string_view, EmbeddedPage> all = [] {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNames = {{
        {"openapi.json", "application/json"},
        {"docs.html", kHtml},
        {"docs.js", kScript},
        {"docs.css", kStyle},
        {"web/index.html", kHtml},
        {"web/assets/app.js", kScript},
        {"web/assets/app.css", kStyle},
        {"web/icon.svg", "image/svg+xml"},
    }};
    std::map<std::string_view, EmbeddedPage> map;
    for (const auto& [name, content_type] : kNames) {
      const std::string_view content = embedded_file(name);
      if (content.empty()) continue;
      const std::string_view gzip = embedded_file(std::string(name) + ".gz");
      map[name] = {content_type, std::make_shared<const std::string>(content),
                   gzip.empty() ? nullptr : std::make_shared<const std::string>(gzip),
                   etag_of(content)};
    }
    return map;
  }();
  return all;
}

Result<http::Response> embedded(const Call& call, std::string_view name) {
  const auto found = pages().find(name);
  if (found == pages().end()) {
    return Error{ErrorCode::kNotFound,
                 "there is nothing at this address; /docs lists what there is"};
  }
  const EmbeddedPage& page = found->second;
  const bool compressed = page.gzip != nullptr &&
                          http::accepts_gzip(call.request.field("Accept-Encoding").value_or(""));
  const std::string etag = '"' + page.etag + (compressed ? "-gzip\"" : "\"");
  http::Response response;
  response.content_type = page.content_type;
  response.fields.push_back({"ETag", etag});
  response.fields.push_back({"Cache-Control", "no-cache"});
  response.fields.push_back({"Vary", "Accept-Encoding"});
  if (call.request.field("If-None-Match").value_or("") == etag) {
    response.status = 304;
    return response;
  }
  if (compressed) response.fields.push_back({"Content-Encoding", "gzip"});
  response.shared_body = compressed ? page.gzip : page.plain;
  return response;
}

template <const char* name>
Result<http::Response> file(Services& /*services*/, const Call& call) {
  return embedded(call, name);
}

constexpr char kOpenapiFile[] = "openapi.json";
constexpr char kDocsFile[] = "docs.html";
constexpr char kDocsScriptFile[] = "docs.js";
constexpr char kDocsStyleFile[] = "docs.css";
constexpr char kIconFile[] = "web/icon.svg";

/// All views of the page are one document; its script looks at the address.
Result<http::Response> page(Services& /*services*/, const Call& call) {
  if (pages().contains("web/index.html")) return embedded(call, "web/index.html");
  http::Response response;
  response.content_type = kHtml;
  response.body =
      "<!doctype html><title>Semblance</title><p>This program was built without its page; over "
      "REST it answers all the same: <a href=\"/docs\">/docs</a>.\n";
  return response;
}

Result<http::Response> asset(Services& /*services*/, const Call& call) {
  return embedded(call, "web/assets/" + call.parameters.front());
}

}  // namespace

std::vector<Route> page_routes() {
  return {
      {"GET", "/", Access::kOpen, Lane::kLoop, kNoBody, page},
      {"GET", "/status", Access::kOpen, Lane::kLoop, kNoBody, page},
      {"GET", "/duplicates", Access::kOpen, Lane::kLoop, kNoBody, page},
      {"GET", "/assets/{}", Access::kOpen, Lane::kLoop, kNoBody, asset},
      {"GET", "/icon.svg", Access::kOpen, Lane::kLoop, kNoBody, file<kIconFile>},
      {"GET", "/openapi.json", Access::kOpen, Lane::kLoop, kNoBody, file<kOpenapiFile>},
      {"GET", "/docs", Access::kOpen, Lane::kLoop, kNoBody, file<kDocsFile>},
      {"GET", "/docs/docs.js", Access::kOpen, Lane::kLoop, kNoBody, file<kDocsScriptFile>},
      {"GET", "/docs/docs.css", Access::kOpen, Lane::kLoop, kNoBody, file<kDocsStyleFile>},
  };
}

}  // namespace semblance::server
