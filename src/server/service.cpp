#include "server/service.h"

#include <array>
#include <exception>
#include <utility>

#include "http/multipart.h"
#include "server/api_error.h"

namespace semblance::server {

namespace {

/// Threads that mostly wait: for downloads, for a turn at the network, for a disk. More than all
/// that the gates in front of these let wait together.
constexpr std::size_t kHeavyThreads = 96;

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

unsigned kind_of_body(const http::Request& head) {
  const std::string_view type = head.field("Content-Type").value_or("");
  const std::string_view media = type.substr(0, type.find(';'));
  if (http::is_multipart_form(type)) return kForm;
  if (media.starts_with("image/") || media == "application/octet-stream") return kPicture;
  if (media == "application/json" || media.ends_with("+json")) return kJson;
  return kNoBody;
}

bool has_body(const http::Request& head) {
  const auto length = head.field("Content-Length");
  return head.field("Transfer-Encoding").has_value() || (length && *length != "0");
}

std::optional<http::Response> check_body(const Route& route, const http::Request& head) {
  if (!has_body(head)) {
    if (route.bodies == kNoBody || (route.bodies & kOptional) != 0) return std::nullopt;
    return error_response(400, "bad_request", "this request needs a body", head.id);
  }
  if (route.bodies == kNoBody) {
    return error_response(400, "bad_request", "this request takes no body", head.id);
  }
  if ((kind_of_body(head) & route.bodies) != 0) return std::nullopt;
  std::string wanted;
  constexpr std::array<std::pair<Bodies, std::string_view>, 3> kNames = {
      {{kJson, "application/json"}, {kForm, "multipart/form-data"}, {kPicture, "image/*"}}};
  for (const auto& [kind, name] : kNames) {
    if ((route.bodies & kind) != 0) wanted += (wanted.empty() ? "" : " or ") + std::string(name);
  }
  return error_response(415, "unsupported_media_type", "the body must be " + wanted, head.id);
}

http::Response not_found(const http::Request& request, const std::string& allowed_methods) {
  if (allowed_methods.empty()) {
    return error_response(404, "no_such_route",
                          "there is nothing at this address; /docs lists what there is",
                          request.id);
  }
  http::Response response = error_response(405, "method_not_allowed",
                                           "this address knows " + allowed_methods, request.id);
  response.fields.push_back({"Allow", allowed_methods});
  return response;
}

/// Whether a request brings a photo that has to go through the network.
bool is_dear(const Route& route, const http::Request& head) {
  return (route.bodies & kPicture) != 0 && (kind_of_body(head) & (kForm | kPicture)) != 0;
}

/// A body that is worth not reading. A small one costs less than the connection, which is closed
/// where a body was not read.
bool is_large(const http::Request& head) {
  constexpr std::size_t kLargeDigits = 6;  // from 100,000 bytes on
  const auto length = head.field("Content-Length");
  return !length || length->size() >= kLargeDigits;
}

http::Response busy_response(const http::Request& request) {
  return retry_after(
      error_response(503, "busy", "the server is busy; try again in a moment", request.id), 1);
}

}  // namespace

Service::Service(const ServiceOptions& options)
    : collections_(options.data_folder, options.live),
      photos_(options.photos),
      thumbnails_(options.thumbnail_bytes, static_cast<std::size_t>(options.live.workers)),
      inference_(options.inference),
      jobs_(options.data_folder,
            [&] {
              SyncHooks hooks;
              hooks.open_embedder = options.live.open_embedder;
              return hooks;
            }()),
      // Searches go on meanwhile.
      duplicates_(options.live.workers / 2) {}

Result<std::unique_ptr<Service>> Service::start(const ServiceOptions& options) {
  if (!options.access.keys && !is_loopback(options.http.host) && !options.without_keys) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + options.http.host +
                     "' can be reached from other machines, and there are no keys: make one with "
                     "'semblance keys create --keys FILE' and start with --keys FILE, or let "
                     "everybody read and write with --without-keys"};
  }
  std::unique_ptr<Service> service(new Service(options));
  SEMBLANCE_RETURN_IF_ERROR(service->open(options));
  return service;
}

Status Service::open(const ServiceOptions& options) {
  AccessControl::Options access = options.access;
  access.any_host = options.without_keys;
  Result<std::unique_ptr<AccessControl>> control = AccessControl::create(access);
  if (!control) return control.error();
  access_ = *std::move(control);
  services_ = std::unique_ptr<Services>(new Services{collections_, photos_, thumbnails_, closeness_,
                                                     jobs_, duplicates_, inference_, *access_,
                                                     metrics_, stopping_});
  if (options.access_log) {
    Result<std::unique_ptr<http::AccessLog>> log = http::AccessLog::open(*options.access_log);
    if (!log) return log.error();
    log_ = *std::move(log);
  }
  quick_ = std::make_unique<http::WorkerPool>(static_cast<std::size_t>(options.live.workers),
                                              options.waiting_requests);
  heavy_ = std::make_unique<http::WorkerPool>(kHeavyThreads, options.waiting_requests);
  http::ServerHooks hooks;
  hooks.admit = [this](const http::Request& head) { return admit(head); };
  hooks.handle = [this](std::shared_ptr<const http::Request> request, http::Reply reply) {
    handle(request, reply);
  };
  hooks.refuse = [this](int status, std::string_view message, const std::string& request_id) {
    return error_response(status, code_of_status(status), message, request_id);
  };
  hooks.record = [this](const http::AccessRecord& record) {
    const RouteMatch match = match_route(record.request);
    const std::string_view route = match.route == nullptr ? "none" : match.route->pattern;
    metrics_.add_request(match.route == nullptr ? "other" : record.request.method, route,
                         record.status, record.seconds);
    if (log_) log_->write(record);
  };
  Result<std::unique_ptr<http::Server>> server =
      http::Server::start(options.http, std::move(hooks));
  if (!server) return server.error();
  http_ = *std::move(server);
  metrics_.observe([this] { return http_->gauges(); });
  return {};
}

Service::~Service() {
  stop(std::chrono::milliseconds(0));
}

void Service::stop(std::chrono::milliseconds grace) {
  if (stopping_.exchange(true)) return;
  jobs_.stop();
  duplicates_.stop();
  if (http_) http_->stop(grace);
  if (quick_) quick_->stop(grace);
  if (heavy_) heavy_->stop(grace);
  collections_.close_all();
}

/// Everything about a request that its head tells, before its body is read.
std::optional<http::Response> Service::admit(const http::Request& head) {
  const auto refuse = [&](http::Response response) {
    finish(head, response);
    return std::optional(std::move(response));
  };
  const RouteMatch match = match_route(head);
  if (match.route == nullptr && head.method == "OPTIONS" && !match.allowed_methods.empty()) {
    return refuse(access_->preflight(head));
  }
  if (match.route == nullptr) return refuse(not_found(head, match.allowed_methods));
  AccessControl::Decision decision = access_->decide(head, match.route->access);
  if (decision.refusal) return refuse(*std::move(decision.refusal));
  if (auto wrong = check_body(*match.route, head)) return refuse(*std::move(wrong));
  if (is_dear(*match.route, head) && is_large(head) && inference_.turns_away()) {
    return refuse(busy_response(head));
  }
  return std::nullopt;
}

void Service::handle(const std::shared_ptr<const http::Request>& request,
                     const http::Reply& reply) {
  RouteMatch match = match_route(*request);
  if (match.route == nullptr) {  // admit() has refused it
    reply(not_found(*request, match.allowed_methods));
    return;
  }
  const Caller caller = access_->caller(*request);
  if (match.route->lane == Lane::kLoop) {
    run(match, caller, request, reply);
    return;
  }
  const auto busy = [this, request, reply] {
    http::Response response = busy_response(*request);
    finish(*request, response);
    reply(std::move(response));
  };
  if (is_dear(*match.route, *request) && inference_.turns_away()) {
    busy();
    return;
  }
  http::WorkerPool& pool = match.route->lane == Lane::kQuick ? *quick_ : *heavy_;
  const bool taken = pool.submit({[this, match = std::move(match), caller, request, reply] {
                                    run(match, caller, request, reply);
                                  },
                                  busy, request->deadline});
  if (!taken) busy();
}

void Service::run(const RouteMatch& match, const Caller& caller,
                  const std::shared_ptr<const http::Request>& request, const http::Reply& reply) {
  http::Response response;
  try {
    const Call call{*request, match.parameters, caller};
    Result<http::Response> answer = match.route->handle(*services_, call);
    response = answer ? *std::move(answer) : error_response(answer.error(), request->id);
  } catch (const std::exception& error) {  // out of memory, or a fault of the program
    response = error_response({ErrorCode::kInternal, error.what()}, request->id);
  }
  finish(*request, response);
  reply(std::move(response));
}

/// What every answer has.
void Service::finish(const http::Request& request, http::Response& response) const {
  access_->add_cors(request, response);
  response.fields.push_back({"X-Content-Type-Options", "nosniff"});
  response.fields.push_back({"Referrer-Policy", "no-referrer"});
  // Not even as a picture in a page of another origin, unless that is allowed.
  response.fields.push_back({"Cross-Origin-Resource-Policy",
                             access_->is_for_other_origins() ? "cross-origin" : "same-origin"});
  response.fields.push_back(
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
       "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
       "frame-ancestors 'none'"});
}

}  // namespace semblance::server
