#include "duplicates/picture_match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <vector>

#include "duplicates/registration.h"

namespace semblance {

namespace {

constexpr int kSide = PictureSketch::kSide;
constexpr int kColourSide = PictureSketch::kColourSide;

/// A picture with less contrast than this (standard deviation in levels) is plain: there is nothing
/// to correlate.
constexpr double kPlain = 2.5;
constexpr int kCoarseSide = 16;
constexpr double kOtherColour = 8;  ///< levels of colour
/// With less correlation than this between the coarse pictures, no small crop explains it; nor
/// where it is less than the next number when they are aligned, or than the one after that with
/// twice as many cells a side.
constexpr double kWorthAligning = .8;
constexpr double kOnTheWay = .9;  ///< after two steps
constexpr double kCoarselyAligned = .95;
constexpr double kNearlyAligned = .985;
/// What agrees so well as it is need not be aligned.
constexpr double kAgrees = .995;
constexpr double kAgreesPart = 5;

// What two versions of one photo keep to; docs/duplicates.md says where the limits come from.
constexpr double kSameCorrelation = .9965;
constexpr double kSamePart = 6.5;
constexpr double kSameColour = 8;
constexpr double kSameCoverage = .85;
constexpr double kSameGain = 1.05;
/// Saving again changes all of a picture a little. What changes one place only was retouched there:
/// its worst part is so many times worse than its usual part and the level beside it.
struct Retouched {
  double part;
  double colour;
};
constexpr Retouched kRetouched{3, 5};
constexpr Retouched kRetouchedAligned{4.2, 8};  ///< what lies between cells was guessed
constexpr Retouched kRetouchedLevel{.3, .5};
/// Levels. What saving again does to colours is gone in the mean of all; dye is not.
constexpr double kSameTint = 1;

/// Of a side of a part, in cells of colour. Parts overlap by half.
constexpr int kPart = 2;
/// A part has something to see with this contrast (standard deviation in levels) or this much
/// colour (levels).
constexpr double kTextured = 6;
constexpr double kColoured = 8;

template <std::size_t kSize>
Plane plane_of(const std::array<std::uint8_t, kSize>& levels, int side) {
  return {side, std::vector<float>(levels.begin(), levels.end())};
}

/// What two pictures have at the same places.
struct Overlaps {
  Overlap brightness;
  Overlap blueness;
  Overlap redness;
};

Overlaps as_they_are(const PictureSketch& a, const PictureSketch& b, const Plane& brightness_a,
                     const Plane& brightness_b) {
  const auto colours = [](const auto& first, const auto& second) {
    return as_they_are(plane_of(first, kColourSide), plane_of(second, kColourSide));
  };
  return {as_they_are(brightness_a, brightness_b), colours(a.blueness, b.blueness),
          colours(a.redness, b.redness)};
}

/// Smoothed once more, since values between cells are smoother than those of cells.
Overlaps aligned(const PictureSketch& a, const PictureSketch& b, const Plane& brightness_a,
                 const Plane& brightness_b, const Warp& warp) {
  const auto colours = [&warp](const auto& first, const auto& second) {
    return overlap_of(smoothed(plane_of(first, kColourSide)),
                      smoothed(plane_of(second, kColourSide)), warp, 1);
  };
  return {overlap_of(smoothed(brightness_a), smoothed(brightness_b), warp, 1),
          colours(a.blueness, b.blueness), colours(a.redness, b.redness)};
}

/// What is left of a part's differences, in levels of the second picture.
struct PartLeft {
  double brightness = 0;  ///< mean of |second - (gain first + offset)|
  double blueness = 0;    ///< of the mean colours
  double redness = 0;
  bool to_see = false;  ///< there is texture or colour

  [[nodiscard]] double colour() const { return std::hypot(blueness, redness); }
};

class Parts {
 public:
  Parts(const Overlaps& overlaps, double gain, double offset)
      : overlaps_(overlaps), gain_(gain), offset_(offset) {}

  /// Those with at least half of their pixels in both pictures.
  [[nodiscard]] std::vector<PartLeft> all() const {
    std::vector<PartLeft> parts;
    for (int top = 0; top + kPart <= kColourSide; ++top) {
      for (int left = 0; left + kPart <= kColourSide; ++left) {
        PartLeft part;
        if (add_colour(left, top, part) && add_brightness(left, top, part)) {
          parts.push_back(part);
        }
      }
    }
    return parts;
  }

 private:
  bool add_colour(int left, int top, PartLeft& part) const {
    double blue_sum = 0, red_sum = 0, colour_sum = 0;
    int count = 0;
    for (int y = top; y < top + kPart; ++y) {
      for (int x = left; x < left + kPart; ++x) {
        const auto index = static_cast<std::size_t>(y * kColourSide + x);
        if (overlaps_.blueness.inside[index] == 0) continue;
        const double blue = overlaps_.blueness.first[index] - 128;
        const double red = overlaps_.redness.first[index] - 128;
        // Colours keep to the contrast.
        blue_sum += overlaps_.blueness.second[index] - 128 - gain_ * blue;
        red_sum += overlaps_.redness.second[index] - 128 - gain_ * red;
        colour_sum += std::hypot(blue, red);
        ++count;
      }
    }
    if (count * 2 < kPart * kPart) return false;
    part.blueness = blue_sum / count;
    part.redness = red_sum / count;
    part.to_see = colour_sum / count >= kColoured;
    return true;
  }

  bool add_brightness(int left, int top, PartLeft& part) const {
    constexpr int kCell = kSide / kColourSide;
    double sum = 0, squares = 0, left_over = 0;
    int count = 0;
    for (int y = top * kCell; y < (top + kPart) * kCell; ++y) {
      for (int x = left * kCell; x < (left + kPart) * kCell; ++x) {
        const auto index = static_cast<std::size_t>(y * kSide + x);
        if (overlaps_.brightness.inside[index] == 0) continue;
        const double value = overlaps_.brightness.first[index];
        sum += value;
        squares += value * value;
        left_over += std::abs(overlaps_.brightness.second[index] - gain_ * value - offset_);
        ++count;
      }
    }
    if (count * 2 < kPart * kPart * kCell * kCell) return false;
    part.brightness = left_over / count;
    const double mean = sum / count;
    part.to_see |= squares / count - mean * mean >= kTextured * kTextured;
    return true;
  }

  const Overlaps& overlaps_;
  double gain_;
  double offset_;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Sets the numbers about parts.
void judge_parts(const Overlaps& overlaps, double gain, double offset, PictureMatch& match) {
  const Parts parts(overlaps, gain, offset);
  // In levels of the picture that has more contrast.
  const double level = std::clamp(gain, .1, 1.);
  match.worst_part = match.worst_colour = 0;
  std::vector<double> brightness, colours;
  double blueness = 0, redness = 0;
  for (const PartLeft& part : parts.all()) {
    match.worst_part = std::max(match.worst_part, part.brightness / level);
    match.worst_colour = std::max(match.worst_colour, part.colour() / level);
    if (!part.to_see) continue;
    blueness += part.blueness / level;
    redness += part.redness / level;
    brightness.push_back(part.brightness / level);
    colours.push_back(part.colour() / level);
  }
  match.tint = brightness.empty()
                   ? 0
                   : std::hypot(blueness, redness) / static_cast<double>(brightness.size());
  match.usual_part = brightness.empty() ? match.worst_part : median(std::move(brightness));
  match.usual_colour = colours.empty() ? match.worst_colour : median(std::move(colours));
}

/// Share of a side that both pictures show: the smaller of each picture's, both directions' mean.
double coverage_of(const Warp& warp) {
  const auto shared = [](double scale, double shift) {
    return std::min(.5, (.5 - shift) / scale) - std::max(-.5, (-.5 - shift) / scale);
  };
  return std::sqrt(shared(warp.scale_x, warp.shift_x) * shared(warp.scale_y, warp.shift_y)) *
         std::min(1., std::sqrt(warp.scale_x * warp.scale_y));
}

bool are_plain(const Line& line) {
  return line.deviation_first < kPlain && line.deviation_second < kPlain;
}

PictureMatch judge(const Overlaps& overlaps, const Warp& warp) {
  PictureMatch match;
  const Line line = fit_line(overlaps.brightness);
  match.coverage = coverage_of(warp);
  if (are_plain(line)) {
    // Two plain pictures agree where their levels do.
    match.correlation = 1;
    judge_parts(overlaps, 1, 0, match);
    return match;
  }
  match.correlation = line.correlation;
  match.gain = line.gain;
  if (line.gain > 0) judge_parts(overlaps, line.gain, line.offset, match);
  return match;
}

/// Sixteen cells a side, from the sketch itself.
Plane coarse(const PictureSketch& sketch) {
  constexpr int kCell = kSide / kCoarseSide;
  Plane plane{kCoarseSide, std::vector<float>(kCoarseSide * kCoarseSide)};
  for (int y = 0; y < kSide; ++y) {
    const std::uint8_t* row = sketch.brightness.data() + static_cast<std::ptrdiff_t>(y) * kSide;
    float* to = plane.values.data() + static_cast<std::ptrdiff_t>(y / kCell) * kCoarseSide;
    for (int x = 0; x < kCoarseSide; ++x) {
      int sum = 0;
      for (int i = 0; i < kCell; ++i) sum += row[x * kCell + i];
      to[x] += static_cast<float>(sum) / (kCell * kCell);
    }
  }
  return plane;
}

/// Whether the mean colours are so far apart that neither a crop nor a change of contrast explains
/// it. A grey picture may be a version of any.
bool have_other_colours(const PictureSketch& a, const PictureSketch& b) {
  const auto mean = [](const auto& plane) {
    return std::accumulate(plane.begin(), plane.end(), 0) / static_cast<double>(plane.size());
  };
  return std::hypot(mean(a.blueness) - mean(b.blueness), mean(a.redness) - mean(b.redness)) >
             kOtherColour &&
         !is_grey(a) && !is_grey(b);
}

/// Of the coarse pictures, in which most pairs are found to differ before anything dear is
/// computed.
struct CoarseMatch {
  Line direct;         ///< as they are
  bool agree = false;  ///< as they are or as `warp` lays them
  bool moved = false;  ///< it was tried to move them
  double correlation = 0;
  Warp warp;
};

CoarseMatch match_coarsely(const PictureSketch& a, const PictureSketch& b) {
  CoarseMatch match;
  if (have_other_colours(a, b)) return match;
  const Plane first = coarse(a);
  const Plane second = coarse(b);
  match.direct = fit_line(as_they_are(first, second));
  match.correlation = match.direct.correlation;
  if (are_plain(match.direct)) {
    match.agree = true;
    return match;
  }
  if (match.correlation < kWorthAligning || match.direct.gain <= 0) return match;
  match.agree = match.correlation >= kCoarselyAligned;
  if (match.correlation >= kAgrees || a.small || b.small) return match;
  match.moved = true;
  Warp warp;
  improve(first, second, 2, warp);
  if (!warp.is_small() || fit_line(overlap_of(first, second, warp)).correlation < kOnTheWay) {
    return match;
  }
  improve(first, second, 6, warp);
  if (!warp.is_small()) return match;
  match.warp = warp;
  match.correlation =
      std::max(match.correlation, fit_line(overlap_of(first, second, warp)).correlation);
  match.agree = match.correlation >= kCoarselyAligned;
  return match;
}

/// Lays `b` over `a`, from `warp` on, at finer and finer scales. Nothing where they do not fit.
std::optional<PictureMatch> align(const PictureSketch& a, const PictureSketch& b,
                                  const Plane& first, const Plane& second, Warp warp) {
  const Plane first_half = halved(first);
  const Plane second_half = halved(second);
  improve(first_half, second_half, 5, warp);
  if (!warp.is_small()) return std::nullopt;
  if (fit_line(overlap_of(first_half, second_half, warp)).correlation < kNearlyAligned) {
    return std::nullopt;
  }
  improve(first, second, 3, warp);
  if (!warp.is_small()) return std::nullopt;
  PictureMatch match = judge(aligned(a, b, first, second, warp), warp);
  match.aligned = true;
  return match;
}

/// `tried_to_move` says whether the other way round may give another answer.
PictureMatch match_one_way(const PictureSketch& a, const PictureSketch& b, bool& tried_to_move) {
  const CoarseMatch coarsely = match_coarsely(a, b);
  tried_to_move = coarsely.moved;
  if (!coarsely.agree) {
    PictureMatch differ;
    differ.correlation = coarsely.correlation;
    differ.gain = coarsely.direct.gain;
    differ.coverage = 1;
    return differ;
  }
  const Plane first = smoothed(plane_of(a.brightness, kSide));
  const Plane second = smoothed(plane_of(b.brightness, kSide));
  const PictureMatch direct = judge(as_they_are(a, b, first, second), {});
  const bool agrees = direct.correlation >= kAgrees && direct.worst_part <= kAgreesPart;
  if (agrees || a.small || b.small) return direct;
  tried_to_move = true;
  const std::optional<PictureMatch> moved = align(a, b, first, second, coarsely.warp);
  return moved && moved->correlation > direct.correlation ? *moved : direct;
}

/// A large value where much differs.
double difference(const PictureMatch& match) {
  return match.worst_part + match.worst_colour;
}

}  // namespace

PictureMatch match_pictures(const PictureSketch& a, const PictureSketch& b) {
  bool tried_to_move = false;
  PictureMatch match = match_one_way(a, b, tried_to_move);
  if (tried_to_move) {
    // What lies between the cells of one picture is guessed: the better guess counts.
    PictureMatch back = match_one_way(b, a, tried_to_move);
    if (difference(back) < difference(match)) {
      if (back.gain > 0) back.gain = 1 / back.gain;
      match = back;
    }
  }
  match.one_is_grey = is_grey(a) != is_grey(b);
  return match;
}

bool is_same_photo(const PictureMatch& match, const MatchOptions& options) {
  const Retouched& retouched = match.aligned ? kRetouchedAligned : kRetouched;
  const bool same_brightness =
      match.worst_part <= kSamePart &&
      match.worst_part <= retouched.part * (kRetouchedLevel.part + match.usual_part);
  const bool same_colours =
      match.worst_colour <= kSameColour &&
      match.worst_colour <= retouched.colour * (kRetouchedLevel.colour + match.usual_colour) &&
      match.tint <= kSameTint;
  return (same_colours || (options.allow_grey && match.one_is_grey)) && same_brightness &&
         match.correlation >= kSameCorrelation && match.coverage >= kSameCoverage &&
         match.gain >= 1 / kSameGain && match.gain <= kSameGain;
}

}  // namespace semblance
