#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "http/metrics.h"
#include "http/server.h"

namespace semblance::server {

struct Services;

/// What a request's time goes to.
enum class Stage {
  kPhoto,     ///< getting it: from a form, from its address
  kDescribe,  ///< decoding it and the network, with the wait for a turn
  kSearch,
  kWrite,  ///< until it is durable
};
inline constexpr std::size_t kStages = 4;

/// What /metrics tells.
class ServerMetrics {
 public:
  ServerMetrics();

  void add_stage(Stage stage, double seconds) {
    stages_[static_cast<std::size_t>(stage)]->observe(seconds);
  }
  void add_request(std::string_view method, std::string_view route, int status, double seconds);

  /// How to ask the HTTP server what it holds right now.
  void observe(std::function<http::ServerGauges()> gauges) { gauges_ = std::move(gauges); }

  /// In Prometheus' text format, with the state of the services as it is now.
  std::string text(const Services& services);

 private:
  void add_collections(const Services& services);

  http::Metrics metrics_;
  std::array<http::Histogram*, kStages> stages_{};
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
