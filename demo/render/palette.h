#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace semblance::demo {

/// Red, green, blue in 0..255.
struct Colour {
  double red = 0;
  double green = 0;
  double blue = 0;
};

/// A colour as a shop names it, with the colours that a pattern on it may have.
struct NamedColour {
  std::string_view name;
  Colour colour;
  std::vector<std::string_view> accents;
};

std::span<const NamedColour> named_colours();

/// Null for an unknown name.
const NamedColour* find_colour(std::string_view name);

/// `share` 0 is `a`, 1 is `b`.
Colour mix(const Colour& a, const Colour& b, double share);

/// Euclidean, in 0..442.
double colour_distance(const Colour& a, const Colour& b);

/// Perceived brightness in 0..255.
double brightness(const Colour& colour);

/// "#rrggbb"
std::string to_hex(const Colour& colour);

}  // namespace semblance::demo
