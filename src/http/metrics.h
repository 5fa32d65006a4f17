#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace semblance::http {

/// Grows only.
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Times in seconds, counted by the bucket they fall in.
class Histogram {
 public:
  /// The buckets' upper ends; one without an end follows.
  static constexpr std::array<double, 15> kEnds = {.0005, .001, .0025, .005, .01, .025, .05, .1,
                                                   .25,   .5,   1,     2.5,  5,   10,   30};

  void observe(double seconds);
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }
  /// How many fell in each bucket, and in none before it.
  [[nodiscard]] std::array<std::uint64_t, kEnds.size() + 1> counts() const;

 private:
  std::array<std::atomic<std::uint64_t>, kEnds.size() + 1> counts_{};
  std::atomic<double> sum_{0};
};

/// Names and values, in an order that tells apart what is meant to differ: use the same everywhere.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// The numbers of a process, for Prometheus to read. All members may be called from any thread;
/// what they return lives as long as the registry and is meant to be kept. Every set of labels is
/// kept for ever, so labels must not hold what clients choose.
class Metrics {
 public:
  /// The counter (gauge, histogram) with this name and these labels, made where there is none.
  /// `name`: letters, digits and '_'; one name is one kind, and `help` that of its first use.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {});

  /// Text exposition 0.0.4, families by name.
  [[nodiscard]] std::string text() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  /// One of the three.
  struct Series {
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
  };
  struct Family {
    std::string help;
    std::string_view type;
    std::map<std::string, Series> series;  ///< by their labels as they are written
  };

  /// Called with the lock.
  Series& series(std::string_view name, std::string_view help, std::string_view type,
                 const Labels& labels);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace semblance::http
