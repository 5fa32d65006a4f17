#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace semblance::cli {

/// Progress of something long on stderr: a bar with rate, time left and failures that redraws
/// itself on a terminal, a plain line every few seconds elsewhere, nothing with --quiet.
class ProgressBar {
 public:
  enum class Style { kTerminal, kLines, kNone };

  /// The style that fits stderr.
  static Style style_for_stderr(bool quiet);

  explicit ProgressBar(Style style) : style_(style) {}
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { finish(); }

  /// `what` is the phase ("indexing"); a new one starts a new line and a new rate. total 0: not
  /// known.
  void update(std::string_view what, std::int64_t done, std::int64_t total,
              std::int64_t failed = 0);
  /// Leaves the last state standing.
  void finish();
  /// Prints a line without disturbing the bar.
  void say(std::string_view line);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(bool last);

  Style style_;
  std::string what_;
  std::int64_t done_ = 0;
  std::int64_t total_ = 0;
  std::int64_t failed_ = 0;
  Clock::time_point start_;
  Clock::time_point drawn_;
  bool on_line_ = false;  // the cursor stands behind a bar
};

/// "12,345".
std::string with_commas(std::int64_t number);

/// The text of one state, `width` columns wide at most; seconds since the start give the rate.
std::string progress_text(std::string_view what, std::int64_t done, std::int64_t total,
                          std::int64_t failed, double seconds, int width);

}  // namespace semblance::cli
