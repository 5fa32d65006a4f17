#include "http/metrics.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

namespace semblance::http {

namespace {

void add_number(std::string& text, double value) {
  if (std::isnan(value)) {
    text += "NaN";
  } else if (std::isinf(value)) {
    text += value < 0 ? "-Inf" : "+Inf";
  } else {
    // "0.0005" and "100000" rather than "5e-04" and "1e+05", as the ends of buckets are names, too.
    const double size = std::abs(value);
    const bool is_plain = value == 0 || (size >= 1e-6 && size < 1e15);
    const std::chars_format format =
        is_plain ? std::chars_format::fixed : std::chars_format::general;
    char digits[32];
    text.append(digits, std::to_chars(digits, digits + sizeof(digits), value, format).ptr);
  }
}

/// With backslashes before what would end the text, or the line.
std::string escaped(std::string_view text, bool is_label) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || (c == '"' && is_label)) result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

std::string written(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    if (!text.empty()) text += ',';
    text.append(name).append("=\"").append(escaped(value, true)).append("\"");
  }
  return text;
}

void add_sample(std::string& text, std::string_view name, std::string_view labels, double value) {
  text += name;
  if (!labels.empty()) text.append("{").append(labels).append("}");
  text += ' ';
  add_number(text, value);
  text += '\n';
}

void add_histogram(std::string& text, const std::string& name, const std::string& labels,
                   const Histogram& histogram) {
  const auto counts = histogram.counts();
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    std::string with_end = labels.empty() ? "le=\"" : labels + ",le=\"";
    add_number(with_end, i < Histogram::kEnds.size() ? Histogram::kEnds[i] : INFINITY);
    add_sample(text, name + "_bucket", with_end + "\"", static_cast<double>(total));
  }
  add_sample(text, name + "_sum", labels, histogram.sum());
  add_sample(text, name + "_count", labels, static_cast<double>(total));
}

}  // namespace

void Histogram::observe(double seconds) {
  const auto bucket = std::lower_bound(kEnds.begin(), kEnds.end(), seconds) - kEnds.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(seconds, std::memory_order_relaxed);
}

std::array<std::uint64_t, Histogram::kEnds.size() + 1> Histogram::counts() const {
  std::array<std::uint64_t, kEnds.size() + 1> counts{};
  std::transform(counts_.begin(), counts_.end(), counts.begin(),
                 [](const auto& count) { return count.load(std::memory_order_relaxed); });
  return counts;
}

Metrics::Series& Metrics::series(std::string_view name, std::string_view help,
                                 std::string_view type, const Labels& labels) {
  auto found = families_.find(name);
  if (found == families_.end()) {
    found = families_.emplace(name, Family{std::string(help), type, {}}).first;
  }
  assert(found->second.type == type);
  return found->second.series[written(labels)];
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  Series& found = series(name, help, "counter", labels);
  if (!found.counter) found.counter = std::make_unique<Counter>();
  return *found.counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  Series& found = series(name, help, "gauge", labels);
  if (!found.gauge) found.gauge = std::make_unique<Gauge>();
  return *found.gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  Series& found = series(name, help, "histogram", labels);
  if (!found.histogram) found.histogram = std::make_unique<Histogram>();
  return *found.histogram;
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [name, family] : families_) {
    text.append("# HELP ").append(name).append(" ").append(escaped(family.help, false));
    text.append("\n# TYPE ").append(name).append(" ").append(family.type).append("\n");
    for (const auto& [labels, one] : family.series) {
      if (one.counter) add_sample(text, name, labels, static_cast<double>(one.counter->value()));
      if (one.gauge) add_sample(text, name, labels, one.gauge->value());
      if (one.histogram) add_histogram(text, name, labels, *one.histogram);
    }
  }
  return text;
}

}  // namespace semblance::http
