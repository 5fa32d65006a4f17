#pragma once

#include <cstdint>

#include "render/palette.h"
#include "render/pixels.h"

namespace semblance::demo {

/// What is behind (standing products) or under (lying products) the product.
enum class BackdropKind {
  kSweep,     // a studio's seamless paper: wall and floor run into each other
  kPaper,     // coloured paper with a soft light on it
  kWood,      // planks, from above
  kLinen,     // woven cloth, from above
  kConcrete,  // clouded plaster
  kMarble,    // pale stone with veins
  kRoom,      // a wall, a skirting board and a wooden floor
  kTable,     // a table top before an unsharp wall
};

struct Backdrop {
  BackdropKind kind = BackdropKind::kSweep;
  Colour colour;          // of wall, paper or stone
  Colour floor;           // of wood, where there is some
  double horizon = 0.68;  // where wall and floor meet, as a share of the height
  double light_x = 0.4;   // the bright spot, as shares of width and height
  double light_y = 0.35;
  std::uint64_t seed = 0;
};

/// Paints all of an RGB24 surface.
void paint_backdrop(const Backdrop& backdrop, const Surface& surface);

}  // namespace semblance::demo
