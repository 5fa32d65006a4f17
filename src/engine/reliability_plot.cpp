#include "engine/reliability_plot.h"

#include <fmt/format.h>

#include "base/markup_text.h"

namespace semblance {

namespace {

constexpr double kSide = 360;
constexpr double kLeft = 64;
constexpr double kTop = 56;
constexpr double kBottom = 56;
constexpr double kRight = 24;

double x_of(double share) {
  return kLeft + share * kSide;
}
double y_of(double share) {
  return kTop + (1 - share) * kSide;
}

std::string grid() {
  std::string svg;
  for (int i = 0; i <= 5; ++i) {
    const double share = i / 5.0;
    svg += fmt::format(
        "<path d=\"M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {4:.1f}H{5:.1f}\" "
        "stroke=\"#ddd\"/>\n",
        x_of(share), y_of(1), y_of(0), x_of(0), y_of(share), x_of(1));
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:g}</text>\n",
                       x_of(share), y_of(0) + 18, share);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:g}</text>\n",
                       x_of(0) - 8, y_of(share) + 4, share);
  }
  svg += fmt::format(
      "<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"#888\" "
      "stroke-dasharray=\"5 4\"/>\n",
      x_of(0), y_of(0), x_of(1), y_of(1));
  return svg;
}

}  // namespace

std::string reliability_plot(const CalibrationCheck& check, std::string_view title) {
  const double width = kLeft + kSide + kRight;
  const double height = kTop + kSide + kBottom;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"{0:g}\" height=\"{1:g}\" fill=\"#fff\"/>\n",
      width, height);
  svg += fmt::format("<text x=\"{:g}\" y=\"22\" font-size=\"15\">{}</text>\n", kLeft,
                     markup_text(title));
  svg += fmt::format(
      "<text x=\"{:g}\" y=\"42\" fill=\"#555\">{} hits, calibration error {:.3f}</text>\n", kLeft,
      check.hits, check.error);
  svg += grid();
  svg += fmt::format("<text x=\"{:g}\" y=\"{:g}\" text-anchor=\"middle\">confidence</text>\n",
                     kLeft + kSide / 2, height - 12);
  svg += fmt::format(
      "<text transform=\"translate(18 {:g}) rotate(-90)\" "
      "text-anchor=\"middle\">share of right hits</text>\n",
      kTop + kSide / 2);
  std::string line;
  std::string dots;
  for (const ReliabilityBin& bin : check.bins) {
    line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L", x_of(bin.predicted),
                        y_of(bin.happened));
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"#0b6e4f\"/>\n",
                        x_of(bin.predicted), y_of(bin.happened));
  }
  if (!line.empty()) {
    svg += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#0b6e4f\"/>\n", line);
  }
  return svg + dots + "</svg>\n";
}

}  // namespace semblance
