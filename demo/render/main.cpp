// semblance-demo-catalogue: renders the demo catalogue from its templates.

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

#include "render/catalogue.h"

namespace {

using semblance::Error;
using semblance::ErrorCode;
using semblance::Result;
using semblance::demo::CatalogueOptions;

constexpr int kExitOk = 0;
constexpr int kExitNothingDone = 2;
constexpr int kMinSide = 32;
constexpr int kMaxSide = 4096;

constexpr const char* kUsage =
    "usage: semblance-demo-catalogue --templates DIR --out DIR [options]\n"
    "\n"
    "Renders the demo catalogue: OUT/images/*.jpg, OUT/styles.csv and OUT/queries/*.jpg.\n"
    "\n"
    "  --templates DIR  the folder with the product templates (demo/templates)\n"
    "  --out DIR        where the catalogue goes; made where it is missing\n"
    "  --seed N         another selection of colours, patterns and views (default 1)\n"
    "  --size WxH       of a photo in pixels (default 360x480)\n"
    "  --threads N      default: as many as the machine has\n"
    "  --quick          two products of each template only\n"
    "  --force          render even where the catalogue is up to date\n";

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool parse_size(std::string_view text, CatalogueOptions& options) {
  const std::size_t cross = text.find('x');
  if (cross == std::string_view::npos) return false;
  const auto width = parse_number<int>(text.substr(0, cross));
  const auto height = parse_number<int>(text.substr(cross + 1));
  if (!width || !height) return false;
  options.width = *width;
  options.height = *height;
  return std::min(*width, *height) >= kMinSide && std::max(*width, *height) <= kMaxSide;
}

bool set_value(std::string_view name, std::string_view value, CatalogueOptions& options) {
  if (name == "--templates") {
    options.templates = value;
  } else if (name == "--out") {
    options.out = value;
  } else if (name == "--size") {
    return parse_size(value, options);
  } else if (name == "--seed") {
    const auto seed = parse_number<std::uint64_t>(value);
    options.seed = seed.value_or(0);
    return seed.has_value();
  } else {
    const auto threads = parse_number<unsigned>(value);
    options.threads = threads.value_or(0);
    return threads.has_value() && *threads >= 1 && *threads <= 256;
  }
  return !value.empty();
}

Result<CatalogueOptions> parse(const std::vector<std::string_view>& arguments) {
  CatalogueOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string name(arguments[i]);
    if (name == "--quick") {
      options.quick = true;
    } else if (name == "--force") {
      options.force = true;
    } else if (name != "--templates" && name != "--out" && name != "--size" && name != "--seed" &&
               name != "--threads") {
      return Error{ErrorCode::kInvalidArgument, "unknown argument '" + name + "'; see --help"};
    } else if (++i == arguments.size()) {
      return Error{ErrorCode::kInvalidArgument, name + " needs a value"};
    } else if (!set_value(name, arguments[i], options)) {
      return Error{ErrorCode::kInvalidArgument,
                   name + " cannot be '" + std::string(arguments[i]) + "'"};
    }
  }
  if (options.templates.empty() || options.out.empty()) {
    return Error{ErrorCode::kInvalidArgument, "--templates and --out are needed; see --help"};
  }
  return options;
}

int fail(const Error& error) {
  std::cerr << "semblance-demo-catalogue: " << error.message << "\n";
  return kExitNothingDone;
}

// On a terminal one line that counts up, elsewhere a line at the end only.
void show_progress(std::size_t done, std::size_t total) {
  static const bool kTerminal = isatty(STDERR_FILENO) != 0;
  if (kTerminal) std::fprintf(stderr, "\rrendering the demo catalogue: %zu of %zu", done, total);
  if (kTerminal && done == total) std::fputc('\n', stderr);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  for (const std::string_view argument : arguments) {
    if (argument != "--help" && argument != "-h") continue;
    std::cout << kUsage;
    return kExitOk;
  }
  const auto options = parse(arguments);
  if (!options) return fail(options.error());
  const auto start = std::chrono::steady_clock::now();
  const auto report = semblance::demo::render_catalogue(*options, show_progress);
  if (!report) return fail(report.error());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::fprintf(stderr, "%s: %zu photos of %zu products, %zu queries in %s (%.1f s)\n",
               report->up_to_date ? "already up to date" : "rendered", report->photos,
               report->products, report->queries, options->out.c_str(), seconds.count());
  return kExitOk;
}
