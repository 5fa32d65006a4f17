#include "http/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

namespace semblance::http {
namespace {

TEST(Metrics, WritesCountersAndGauges) {
  Metrics metrics;
  metrics.counter("b_total", "Requests.", {{"route", "search"}, {"status", "200"}}).add(3);
  metrics.counter("b_total", "Requests.", {{"route", "search"}, {"status", "200"}}).add();
  metrics.counter("b_total", "Requests.", {{"route", "items"}, {"status", "404"}}).add(100'000);
  metrics.gauge("a", "Line one\nand \\ two \"three\".").set(.25);
  EXPECT_EQ(metrics.text(),
            "# HELP a Line one\\nand \\\\ two \"three\".\n"
            "# TYPE a gauge\n"
            "a 0.25\n"
            "# HELP b_total Requests.\n"
            "# TYPE b_total counter\n"
            "b_total{route=\"items\",status=\"404\"} 100000\n"
            "b_total{route=\"search\",status=\"200\"} 4\n");
}

TEST(Metrics, EscapesLabels) {
  Metrics metrics;
  metrics.gauge("a", "A", {{"name", "x\"y\\z\n"}}).set(1);
  EXPECT_NE(metrics.text().find("a{name=\"x\\\"y\\\\z\\n\"} 1\n"), std::string::npos);
}

TEST(Metrics, WritesNumbersThatAreNone) {
  Metrics metrics;
  metrics.gauge("a", "A").set(std::nan(""));
  metrics.gauge("b", "B").set(-std::numeric_limits<double>::infinity());
  metrics.gauge("c", "C").set(1e300);
  EXPECT_NE(metrics.text().find("\na NaN\n"), std::string::npos);
  EXPECT_NE(metrics.text().find("\nb -Inf\n"), std::string::npos);
  EXPECT_NE(metrics.text().find("\nc 1e+300\n"), std::string::npos);
}

TEST(Metrics, CountsAValueInEveryBucketAboveIt) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("t_seconds", "T", {{"stage", "decode"}});
  for (const double seconds : {.0001, .0005, .0006, 3.0, 100.0}) histogram.observe(seconds);
  const std::string text = metrics.text();
  for (const std::string line :
       {"# TYPE t_seconds histogram", "t_seconds_bucket{stage=\"decode\",le=\"0.0005\"} 2",
        "t_seconds_bucket{stage=\"decode\",le=\"0.001\"} 3",
        "t_seconds_bucket{stage=\"decode\",le=\"2.5\"} 3",
        "t_seconds_bucket{stage=\"decode\",le=\"5\"} 4",
        "t_seconds_bucket{stage=\"decode\",le=\"30\"} 4",
        "t_seconds_bucket{stage=\"decode\",le=\"+Inf\"} 5", "t_seconds_sum{stage=\"decode\"} 103",
        "t_seconds_count{stage=\"decode\"} 5"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(Metrics, CountsRightFromManyThreads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        metrics.counter("a_total", "A", {{"i", std::to_string(i % 3)}}).add();
        metrics.histogram("b", "B").observe(1);
        if (i % 100 == 0) {
          EXPECT_FALSE(metrics.text().empty());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metrics.counter("a_total", "A", {{"i", "0"}}).value(), 1336U);
  EXPECT_DOUBLE_EQ(metrics.histogram("b", "B").sum(), 4000);
}

}  // namespace
}  // namespace semblance::http
