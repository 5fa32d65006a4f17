#include "server/access.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/api_error.h"

namespace semblance::server {

namespace {

constexpr std::array<std::string_view, 3> kLoopbackNames = {"localhost", "127.0.0.1", "[::1]"};

/// "name:port" -> "name"
std::string_view without_port(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos) return host;
  if (bracket != std::string_view::npos && colon < bracket) return host;
  return host.substr(0, colon);
}

/// The key of "Authorization: Bearer KEY" or "X-API-Key: KEY".
std::string_view secret_of(const http::Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  if (const auto key = request.field("X-API-Key")) return *key;
  const std::string_view authorization = request.field("Authorization").value_or("");
  return authorization.starts_with(kBearer) ? authorization.substr(kBearer.size())
                                            : std::string_view();
}

}  // namespace

Result<std::unique_ptr<AccessControl>> AccessControl::create(const Options& options) {
  std::unique_ptr<AccessControl> access(new AccessControl(options));
  if (options.keys) SEMBLANCE_RETURN_IF_ERROR(access->reload());
  return access;
}

Status AccessControl::reload() {
  if (!options_.keys) return {};
  Result<KeyFile> file = KeyFile::load(*options_.keys);
  if (!file) return file.error();
  auto keys = std::make_shared<const KeyFile>(*std::move(file));
  const std::scoped_lock lock(mutex_);
  keys_ = std::move(keys);
  return {};
}

std::shared_ptr<const KeyFile> AccessControl::keys() const {
  const std::scoped_lock lock(mutex_);
  return keys_;
}

bool AccessControl::host_is_ours(const http::Request& request) const {
  if (options_.keys || options_.any_host) return true;
  const std::string_view host = without_port(request.field("Host").value_or(""));
  const auto is_host = [&](std::string_view name) { return name == host; };
  return std::any_of(kLoopbackNames.begin(), kLoopbackNames.end(), is_host) ||
         std::any_of(options_.allowed_hosts.begin(), options_.allowed_hosts.end(), is_host);
}

std::optional<std::string> AccessControl::foreign_origin(const http::Request& request) const {
  const auto origin = request.field("Origin");
  if (!origin) return std::nullopt;
  const std::string host(request.field("Host").value_or(""));
  if (*origin == "http://" + host || *origin == "https://" + host) return std::nullopt;
  return std::string(*origin);
}

bool AccessControl::origin_is_allowed(const std::string& origin) const {
  const auto has = [&](const std::vector<std::string>& origins) {
    return std::any_of(origins.begin(), origins.end(),
                       [&](const std::string& each) { return each == "*" || each == origin; });
  };
  if (has(options_.allowed_origins)) return true;
  const auto keys = this->keys();
  return keys != nullptr && std::any_of(keys->keys().begin(), keys->keys().end(),
                                        [&](const Key& key) { return has(key.origins); });
}

AccessControl::Decision AccessControl::decide(const http::Request& request, Access wanted) {
  Decision decision;
  const auto refuse = [&](int status, std::string_view code, std::string_view message) {
    decision.refusal = error_response(status, code, message, request.id);
    return decision;
  };
  if (!host_is_ours(request)) {
    return refuse(403, "host_not_allowed",
                  "this server has no keys and answers only to a name of this machine; start it "
                  "with --keys FILE, or with --allow-host NAME");
  }
  const std::optional<std::string> origin = foreign_origin(request);
  if (origin && !origin_is_allowed(*origin)) {
    return refuse(403, "origin_not_allowed",
                  "pages of this origin may not ask here; the server's --allow-origin, or a key "
                  "made with --origin, lets them");
  }
  const auto keys = this->keys();
  if (keys == nullptr) {
    decision.caller.admin = true;
    return decision;
  }
  if (wanted == Access::kOpen) return decision;
  const std::string_view secret = secret_of(request);
  if (secret.empty()) {
    decision = refuse(401, "key_missing",
                      "a key is needed: 'Authorization: Bearer KEY' or 'X-API-Key: KEY'");
    decision.refusal->fields.push_back({"WWW-Authenticate", "Bearer"});
    return decision;
  }
  const Key* const key = keys->find(secret);
  if (key == nullptr) {
    decision = refuse(401, "key_unknown", "there is no such key, or it was revoked");
    decision.refusal->fields.push_back({"WWW-Authenticate", "Bearer"});
    return decision;
  }
  decision.caller = {key->kind == KeyKind::kAdmin, key->id};
  if (!key->origins.empty() && std::find(key->origins.begin(), key->origins.end(),
                                         origin.value_or("")) == key->origins.end()) {
    return refuse(403, "origin_not_allowed", "this key is for pages of other origins");
  }
  if (wanted == Access::kAdmin && !decision.caller.admin) {
    return refuse(403, "key_not_admin", "this needs an admin's key; this one may only search");
  }
  const double rate = key->requests_per_second > 0 ? key->requests_per_second
                      : decision.caller.admin      ? options_.admin_requests_per_second
                                                   : options_.search_requests_per_second;
  if (rate <= 0) return decision;
  if (const double wait_s = rates_.take(key->id, {rate, 2 * rate}); wait_s > 0) {
    decision.refusal = retry_after(
        error_response(429, "rate_limited", "this key has asked too often", request.id), wait_s);
  }
  return decision;
}

Caller AccessControl::caller(const http::Request& request) const {
  const auto keys = this->keys();
  if (keys == nullptr) return {true, {}};
  const Key* const key = keys->find(secret_of(request));
  return key == nullptr ? Caller() : Caller{key->kind == KeyKind::kAdmin, key->id};
}

http::Response AccessControl::preflight(const http::Request& request) const {
  http::Response response;
  response.status = 204;
  add_cors(request, response);
  response.fields.push_back({"Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE"});
  response.fields.push_back(
      {"Access-Control-Allow-Headers", "Authorization, Content-Type, X-API-Key, X-Request-Id"});
  response.fields.push_back({"Access-Control-Max-Age", "600"});
  return response;
}

void AccessControl::add_cors(const http::Request& request, http::Response& response) const {
  const std::optional<std::string> origin = foreign_origin(request);
  if (!origin || !origin_is_allowed(*origin)) return;
  response.fields.push_back({"Access-Control-Allow-Origin", *origin});
  response.fields.push_back({"Access-Control-Expose-Headers", "X-Request-Id, Retry-After"});
  response.fields.push_back({"Vary", "Origin"});
}

}  // namespace semblance::server
