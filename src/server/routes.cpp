#include "server/routes.h"

#include <utility>

namespace semblance::server {

namespace {

constexpr std::string_view kHole = "{}";

std::vector<std::string_view> split(std::string_view pattern) {
  std::vector<std::string_view> parts;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);  // the '/'
    const std::size_t end = pattern.find('/');
    if (!(parts.empty() && pattern.empty())) parts.push_back(pattern.substr(0, end));
    pattern.remove_prefix(std::min(end, pattern.size()));
  }
  return parts;
}

struct CompiledRoute {
  Route route;
  std::vector<std::string_view> parts;
};

const std::vector<CompiledRoute>& compiled_routes() {
  static const std::vector<CompiledRoute> compiled = [] {
    std::vector<CompiledRoute> list;
    for (const Route& route : routes()) list.push_back({route, split(route.pattern)});
    return list;
  }();
  return compiled;
}

bool fits(const CompiledRoute& route, const std::vector<std::string>& segments) {
  if (route.parts.size() != segments.size()) return false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (route.parts[i] == kHole ? segments[i].empty() : route.parts[i] != segments[i]) return false;
  }
  return true;
}

void append_encoded(std::string_view text, std::string& to) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      to += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    to += '%';
    to += kDigits[byte >> 4];
    to += kDigits[byte & 15];
  }
}

}  // namespace

const std::vector<Route>& routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> list;
    for (const auto group : {collection_routes, item_routes, search_routes, duplicate_routes,
                             job_routes, operation_routes, page_routes}) {
      for (const Route& route : group()) list.push_back(route);
    }
    return list;
  }();
  return all;
}

RouteMatch match_route(const http::Request& request) {
  RouteMatch match;
  for (const CompiledRoute& each : compiled_routes()) {
    if (!fits(each, request.segments)) continue;
    if (each.route.method != request.method) {
      match.allowed_methods += (match.allowed_methods.empty() ? "" : ", ");
      match.allowed_methods += each.route.method;
      continue;
    }
    match.route = &each.route;
    for (std::size_t i = 0; i < each.parts.size(); ++i) {
      if (each.parts[i] == kHole) match.parameters.push_back(request.segments[i]);
    }
    return match;
  }
  return match;
}

http::Response json_response(std::string body, int status) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

std::string item_address(std::string_view collection, std::string_view id) {
  std::string address = "/v1/collections/";
  append_encoded(collection, address);
  address += "/items/";
  append_encoded(id, address);
  return address;
}

Result<std::shared_ptr<LiveCollection>> collection_of(Services& services, const Call& call) {
  return services.collections.get(call.parameters.front());
}

Result<FoundItem> item_of(Services& services, const Call& call) {
  Result<std::shared_ptr<LiveCollection>> collection = collection_of(services, call);
  if (!collection) return collection.error();
  const std::string& id = call.parameters.at(1);
  Result<std::optional<Item>> item = (*collection)->item(id);
  if (!item) return item.error();
  if (*item) return FoundItem{*std::move(collection), **std::move(item)};
  return no_item_in(id, call.parameters.front());
}

Status takes_no_fields(const Call& call) {
  return Fields::from_query(call.request).finish();
}

}  // namespace semblance::server
