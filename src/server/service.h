#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "http/access_log.h"
#include "http/server.h"
#include "http/worker_pool.h"
#include "live/live_collection.h"
#include "server/access.h"
#include "server/duplicate_reports.h"
#include "server/gate.h"
#include "server/jobs.h"
#include "server/open_collections.h"
#include "server/photo_input.h"
#include "server/routes.h"
#include "server/server_metrics.h"
#include "server/thumbnails.h"

namespace semblance::server {

struct ServiceOptions {
  std::filesystem::path data_folder;
  http::ServerOptions http;
  AccessControl::Options access;
  bool without_keys = false;  ///< listens on an address that is not loopback though there are none
  LiveOptions live;
  PhotoInput::Options photos;
  Gate::Options inference;
  std::size_t thumbnail_bytes = 64 << 20;
  std::size_t waiting_requests = 512;               ///< of each lane; 503 beyond it
  std::optional<std::filesystem::path> access_log;  ///< nothing: none; empty: stderr
};

/// `semblance serve`: HTTP requests in, answers out.
///
///   event loop (http::Server) -> admission: route, key, rate -> body -> lane (routes.h) -> answer
class Service {
 public:
  /// Errors: kInvalidArgument (an address that is not loopback, and no keys), those of
  /// AccessControl::create and http::Server::start.
  static Result<std::unique_ptr<Service>> start(const ServiceOptions& options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();

  [[nodiscard]] std::uint16_t port() const { return http_->port(); }
  /// Errors: as AccessControl::reload.
  Status reload_keys() { return access_->reload(); }
  /// Answers what was begun, for at most `grace`, then closes everything. A job that runs is
  /// stopped as by Ctrl-C.
  void stop(std::chrono::milliseconds grace);

 private:
  explicit Service(const ServiceOptions& options);
  Status open(const ServiceOptions& options);
  [[nodiscard]] std::optional<http::Response> admit(const http::Request& head);
  void handle(const std::shared_ptr<const http::Request>& request, const http::Reply& reply);
  void run(const RouteMatch& match, const Caller& caller,
           const std::shared_ptr<const http::Request>& request, const http::Reply& reply);
  void finish(const http::Request& request, http::Response& response) const;

  std::atomic<bool> stopping_{false};
  OpenCollections collections_;
  PhotoInput photos_;
  Thumbnails thumbnails_;
  ClosenessScale closeness_;
  Gate inference_;
  ServerMetrics metrics_;
  Jobs jobs_;
  DuplicateReports duplicates_;
  std::unique_ptr<AccessControl> access_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<http::AccessLog> log_;
  std::unique_ptr<http::WorkerPool> quick_;
  std::unique_ptr<http::WorkerPool> heavy_;
  std::unique_ptr<http::Server> http_;  // last: it calls into all of the above
};

}  // namespace semblance::server
