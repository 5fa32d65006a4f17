#pragma once

#include <cstdint>

#include "render/backdrop.h"
#include "render/plan.h"

namespace semblance::demo {

/// How one photo is taken.
struct Scene {
  Backdrop backdrop;
  double fill = 0.8;   // share of the frame that the product takes; above 1 it is cropped
  double turn = 1;     // horizontal foreshortening; negative: seen from the other side
  double shear = 0;    // slant that goes with a turn
  double tilt = 0;     // rotation in radians
  double shift_x = 0;  // of the product from the middle, as shares of the frame
  double shift_y = 0;
  double light_angle = 0;  // where light comes from, in radians, 0 is right, pi/2 below
  double light_strength = 0.15;
  double shadow = 0.34;        // its darkness
  Colour tint{255, 255, 255};  // of the light; 255 leaves a channel as it is
  double vignette = 0.05;
  bool standing = false;
  bool reflection = false;
  std::uint64_t grain_seed = 0;
};

/// Chooses scene by view and product; the same for the same arguments.
Scene choose_scene(const Template& drawing, const Product& product, View view, std::uint64_t seed);

/// Puts product, shadow and light together: an RGB24 surface.
Surface compose(const Cutout& cutout, const Scene& scene, int width, int height);

}  // namespace semblance::demo
