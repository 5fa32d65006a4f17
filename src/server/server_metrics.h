#pragma once

#include <chrono>
#include <string>

#include "http/metrics.h"
#include "http/server.h"

namespace semblance::server {

struct Services;

/// What a request's time goes to.
enum class Stage { kPhoto, kDescribe, kSearch, kWrite };

/// What /metrics tells.
class ServerMetrics {
 public:
  ServerMetrics();

  void add_stage(Stage stage, double seconds);
  void add_request(std::string_view method, std::string_view route, int status, double seconds,
                   std::size_t bytes);

  /// How the HTTP server is asked for what it holds right now.
  void observe(std::function<http::ServerGauges()> gauges) { gauges_ = std::move(gauges); }

  /// In Prometheus' text format, with the state of the services as it is now.
  std::string text(const Services& services);

 private:
  http::Metrics metrics_;
  std::function<http::ServerGauges()> gauges_;
};

/// Adds the time from its making to its end.
class StageTimer {
 public:
  StageTimer(ServerMetrics& metrics, Stage stage) : metrics_(metrics), stage_(stage) {}
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;
  ~StageTimer() {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
    metrics_.add_stage(stage_, passed.count());
  }

 private:
  ServerMetrics& metrics_;
  const Stage stage_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace semblance::server
