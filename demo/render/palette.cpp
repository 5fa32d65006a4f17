#include "render/palette.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace semblance::demo {

std::span<const NamedColour> named_colours() {
  static const std::vector<NamedColour> kColours = {
      {"Black", {36, 36, 40}, {"White", "Grey", "Red", "Gold"}},
      {"White", {246, 245, 242}, {"Navy Blue", "Red", "Black", "Blue"}},
      {"Grey", {136, 140, 146}, {"White", "Black", "Yellow", "Pink"}},
      {"Silver", {198, 201, 206}, {"Black", "Navy Blue", "Purple"}},
      {"Navy Blue", {26, 38, 86}, {"White", "Red", "Light Blue", "Cream"}},
      {"Blue", {34, 94, 196}, {"White", "Yellow", "Navy Blue", "Orange"}},
      {"Light Blue", {146, 196, 234}, {"White", "Navy Blue", "Pink"}},
      {"Turquoise", {48, 184, 190}, {"White", "Navy Blue", "Orange"}},
      {"Teal", {12, 100, 106}, {"Cream", "Mustard", "Peach"}},
      {"Green", {44, 136, 72}, {"White", "Yellow", "Navy Blue"}},
      {"Mint", {172, 224, 200}, {"White", "Green", "Pink"}},
      {"Olive", {108, 112, 54}, {"Cream", "Black", "Orange"}},
      {"Yellow", {248, 208, 48}, {"White", "Navy Blue", "Grey", "Green"}},
      {"Mustard", {208, 154, 36}, {"Cream", "Maroon", "Navy Blue"}},
      {"Orange", {238, 120, 34}, {"White", "Navy Blue", "Yellow"}},
      {"Peach", {250, 192, 162}, {"White", "Teal", "Red"}},
      {"Red", {206, 32, 42}, {"White", "Navy Blue", "Cream", "Black"}},
      {"Maroon", {114, 20, 42}, {"Cream", "Gold", "Pink"}},
      {"Pink", {242, 140, 178}, {"White", "Red", "Purple"}},
      {"Magenta", {202, 34, 122}, {"White", "Yellow", "Navy Blue"}},
      {"Purple", {104, 50, 146}, {"White", "Lavender", "Gold"}},
      {"Lavender", {186, 166, 224}, {"White", "Purple", "Yellow"}},
      {"Brown", {106, 66, 40}, {"Cream", "Orange", "Light Blue"}},
      {"Tan", {192, 142, 92}, {"White", "Brown", "Navy Blue"}},
      {"Beige", {224, 206, 176}, {"Brown", "White", "Maroon"}},
      {"Cream", {246, 236, 212}, {"Red", "Brown", "Green"}},
      {"Gold", {214, 174, 86}, {"White", "Black", "Maroon"}},
  };
  return kColours;
}

const NamedColour* find_colour(std::string_view name) {
  const auto colours = named_colours();
  const auto found = std::find_if(colours.begin(), colours.end(),
                                  [&](const NamedColour& colour) { return colour.name == name; });
  return found == colours.end() ? nullptr : &*found;
}

Colour mix(const Colour& a, const Colour& b, double share) {
  return {a.red + (b.red - a.red) * share, a.green + (b.green - a.green) * share,
          a.blue + (b.blue - a.blue) * share};
}

double colour_distance(const Colour& a, const Colour& b) {
  return std::hypot(a.red - b.red, a.green - b.green, a.blue - b.blue);
}

double brightness(const Colour& colour) {
  return 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue;
}

std::string to_hex(const Colour& colour) {
  const auto channel = [](double value) {
    return static_cast<unsigned>(std::lround(std::clamp(value, 0.0, 255.0)));
  };
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "#%02x%02x%02x", channel(colour.red),
                channel(colour.green), channel(colour.blue));
  return text.data();
}

}  // namespace semblance::demo
