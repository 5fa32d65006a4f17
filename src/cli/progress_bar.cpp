#include "cli/progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace semblance::cli {

namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kLine{5};
constexpr int kBarColumns = 24;

int terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string bar_text(double share) {
  const int filled = static_cast<int>(share * kBarColumns);
  std::string bar = "[";
  for (int i = 0; i < kBarColumns; ++i) bar += i < filled ? '=' : (i == filled ? '>' : ' ');
  return bar + "]";
}

}  // namespace

std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > (number < 0 ? 1 : 0);
       place -= 3) {
    digits.insert(static_cast<std::size_t>(place), ",");
  }
  return digits;
}

std::string progress_text(std::string_view what, std::int64_t done, std::int64_t total,
                          std::int64_t failed, double seconds, int width) {
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string text;
  std::string bar;
  if (total > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    bar = bar_text(share) + " ";
    text = fmt::format("{:3.0f} %  {}/{}", std::floor(share * 100), with_commas(done),
                       with_commas(total));
    if (done > 0) text += fmt::format("  {:.0f}/s", rate);
    if (done > 0 && done < total) {
      text += "  " + duration_text(static_cast<double>(total - done) / rate) + " left";
    }
  } else {
    text = with_commas(done);
  }
  if (failed > 0) text += fmt::format("  {} failed", with_commas(failed));
  std::string line = fmt::format("{} {}{}", what, bar, text);
  if (static_cast<int>(line.size()) > width) line = fmt::format("{} {}", what, text);
  if (static_cast<int>(line.size()) > width)
    line.resize(static_cast<std::size_t>(std::max(width, 0)));
  return line;
}

ProgressBar::Style ProgressBar::style_for_stderr(bool quiet) {
  if (quiet) return Style::kNone;
  return ::isatty(STDERR_FILENO) != 0 ? Style::kTerminal : Style::kLines;
}

void ProgressBar::update(std::string_view what, std::int64_t done, std::int64_t total,
                         std::int64_t failed) {
  if (style_ == Style::kNone) return;
  const Clock::time_point now = Clock::now();
  if (what != what_) {
    finish();
    what_ = what;
    start_ = now;
    drawn_ = style_ == Style::kTerminal ? Clock::time_point() : now;
  }
  done_ = done;
  total_ = total;
  failed_ = failed;
  if (now - drawn_ <
      (style_ == Style::kTerminal ? Clock::duration(kRedraw) : Clock::duration(kLine))) {
    return;
  }
  drawn_ = now;
  draw(false);
}

void ProgressBar::draw(bool last) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const bool terminal = style_ == Style::kTerminal;
  const int width = terminal ? terminal_width() - 1 : 200;
  const std::string text = progress_text(what_, done_, total_, failed_, seconds, width);
  if (terminal) {
    std::fprintf(stderr, "\r\033[K%s%s", text.c_str(), last ? "\n" : "");
    on_line_ = !last;
  } else {
    std::fprintf(stderr, "%s\n", text.c_str());
  }
  std::fflush(stderr);
}

void ProgressBar::finish() {
  if (what_.empty()) return;
  draw(true);
  what_.clear();
}

void ProgressBar::say(std::string_view line) {
  if (style_ == Style::kNone) return;
  std::fprintf(stderr, "%s%.*s\n", on_line_ ? "\r\033[K" : "", static_cast<int>(line.size()),
               line.data());
  on_line_ = false;
}

}  // namespace semblance::cli
