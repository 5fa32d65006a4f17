#include "server/server_metrics.h"

#include <map>
#include <utility>

#include "server/services.h"

namespace semblance::server {

namespace {

constexpr std::array<std::string_view, kStages> kStageNames = {"photo", "describe", "search",
                                                               "write"};

}  // namespace

ServerMetrics::ServerMetrics() {
  for (std::size_t i = 0; i < kStages; ++i) {
    stages_[i] = &metrics_.histogram("semblance_stage_seconds", "Time by stage of requests.",
                                     {{"stage", std::string(kStageNames[i])}});
  }
}

void ServerMetrics::add_request(std::string_view method, std::string_view route, int status,
                                double seconds) {
  const http::Labels labels = {{"method", std::string(method)}, {"route", std::string(route)}};
  metrics_.histogram("semblance_request_seconds", "Time of requests.", labels).observe(seconds);
  http::Labels with_status = labels;
  with_status.emplace_back("status", std::to_string(status));
  metrics_.counter("semblance_requests_total", "Requests.", with_status).add();
}

void ServerMetrics::add_collections(const Services& services) {
  for (const auto& collection : services.collections.open_ones()) {
    const http::Labels labels = {{"collection", collection->name()}};
    const auto set = [&](std::string_view name, std::string_view help, double value) {
      metrics_.gauge(name, help, labels).set(value);
    };
    if (const Result<CatalogueCounts> counts = collection->counts()) {
      set("semblance_items", "Items that searches find.", static_cast<double>(counts->items));
      set("semblance_products", "Products.", static_cast<double>(counts->products));
    }
    set("semblance_index_bytes", "Bytes of vectors, codes, graph and table.",
        static_cast<double>(collection->index_bytes()));
    const StageSeconds seconds = collection->describe_seconds();
    for (const auto& [part, value] :
         {std::pair("decode", seconds.decode), std::pair("histogram", seconds.histogram),
          std::pair("embed", seconds.embed)}) {
      metrics_
          .gauge("semblance_describe_cpu_seconds_total", "CPU time of describing photos, by part.",
                 {{"collection", collection->name()}, {"part", part}})
          .set(value);
    }
    std::map<std::string, int> reasons;  // all of them: one that is gone counts nothing
    for (auto code = static_cast<int>(ErrorCode::kUnsupportedFormat);
         code <= static_cast<int>(ErrorCode::kEmbedFailed); ++code) {
      reasons[std::string(code_name(static_cast<ErrorCode>(code)))] = 0;
    }
    if (const auto problems = collection->problems()) {
      for (const Problem& problem : *problems) ++reasons[problem.reason];
    }
    for (const auto& [reason, count] : reasons) {
      metrics_
          .gauge("semblance_problems", "Inputs that failed or were skipped, by reason.",
                 {{"collection", collection->name()}, {"reason", reason}})
          .set(count);
    }
    if (const auto card = collection->card()) {
      metrics_
          .gauge("semblance_model_info", "The network of a collection.",
                 {{"collection", collection->name()},
                  {"model", card->name},
                  {"version", card->version}})
          .set(1);
    }
  }
}

std::string ServerMetrics::text(const Services& services) {
  const auto set = [&](std::string_view name, std::string_view help, double value) {
    metrics_.gauge(name, help).set(value);
  };
  if (gauges_) {
    const http::ServerGauges gauges = gauges_();
    set("semblance_connections", "Open connections.", static_cast<double>(gauges.connections));
    set("semblance_buffered_bytes", "Bytes of requests' bodies in memory.",
        static_cast<double>(gauges.buffered_bytes));
    set("semblance_refused_connections_total", "Connections beyond the limit.",
        static_cast<double>(gauges.refused_connections));
  }
  set("semblance_inference_queue", "Photos that wait for the network.",
      static_cast<double>(services.inference.waiting()));
  set("semblance_jobs", "Syncs that wait or run.", static_cast<double>(services.jobs.active()));
  add_collections(services);
  return metrics_.text();
}

}  // namespace semblance::server
