#include "render/scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "render/random.h"

namespace semblance::demo {
namespace {

constexpr double kPi = std::numbers::pi;
// A background nearer to the product's colour than this hides the product.
constexpr double kMinimumContrast = 95;

constexpr std::array<Colour, 5> kStudio{
    {{236, 236, 238}, {242, 240, 236}, {228, 231, 236}, {238, 232, 226}, {222, 224, 224}}};
constexpr std::array<Colour, 10> kPapers{{{232, 200, 190},
                                          {188, 210, 222},
                                          {206, 216, 190},
                                          {240, 222, 168},
                                          {206, 196, 220},
                                          {120, 144, 150},
                                          {196, 128, 104},
                                          {84, 100, 124},
                                          {238, 234, 226},
                                          {152, 176, 152}}};
constexpr std::array<Colour, 4> kWoods{
    {{206, 164, 116}, {150, 106, 70}, {226, 204, 172}, {216, 214, 208}}};
constexpr std::array<Colour, 5> kStones{
    {{200, 200, 198}, {176, 178, 180}, {214, 206, 194}, {150, 154, 160}, {226, 222, 216}}};
constexpr std::array<Colour, 4> kLinens{
    {{230, 222, 206}, {186, 190, 192}, {204, 190, 170}, {150, 166, 178}}};

template <typename Colours>
Colour contrasting(const Colours& choices, const Colour& product, Random& random) {
  Colour best = random.pick(choices);
  for (int attempt = 0; attempt < 8 && colour_distance(best, product) < kMinimumContrast;
       ++attempt) {
    const Colour& next = random.pick(choices);
    if (colour_distance(next, product) > colour_distance(best, product)) best = next;
  }
  return best;
}

void choose_surroundings(Backdrop& backdrop, BackdropKind kind, const Colour& product,
                         Random& random) {
  backdrop.kind = kind;
  backdrop.floor = contrasting(kWoods, product, random);
  switch (kind) {
    case BackdropKind::kConcrete:
      backdrop.colour = contrasting(kStones, product, random);
      break;
    case BackdropKind::kMarble:
      backdrop.colour = {240, 239, 238};
      break;
    case BackdropKind::kLinen:
      backdrop.colour = contrasting(kLinens, product, random);
      break;
    default:
      backdrop.colour = contrasting(kPapers, product, random);
  }
}

void light_from(Scene& scene, double angle, double strength) {
  scene.light_angle = angle;
  scene.light_strength = strength;
  scene.backdrop.light_x = 0.5 + 0.32 * std::cos(angle);
  scene.backdrop.light_y = 0.45 + 0.3 * std::sin(angle);
}

Colour daylight(Random& random) {
  const double warmth = random.uniform(-1, 1);
  const double exposure = random.uniform(0.94, 1.03);
  return {255 * exposure * (1 + 0.035 * warmth), 255 * exposure,
          255 * exposure * (1 - 0.05 * warmth)};
}

void front(Scene& scene, bool glossy_floor, const Colour& colour, Random& random) {
  scene.backdrop.kind = BackdropKind::kSweep;
  scene.backdrop.colour =
      brightness(colour) > 205 ? Colour{212, 216, 220} : Colour(random.pick(kStudio));
  if (!scene.standing) scene.backdrop.kind = BackdropKind::kPaper;
  scene.fill = random.uniform(0.80, 0.86);
  scene.reflection = scene.standing && glossy_floor;
  light_from(scene, random.uniform(-0.8, -0.6) * kPi, 0.10);
}

void turned(Scene& scene, const Colour& colour, Random& random) {
  constexpr std::array<BackdropKind, 4> kLying{BackdropKind::kPaper, BackdropKind::kPaper,
                                               BackdropKind::kLinen, BackdropKind::kConcrete};
  constexpr std::array<BackdropKind, 4> kUpright{BackdropKind::kSweep, BackdropKind::kSweep,
                                                 BackdropKind::kRoom, BackdropKind::kTable};
  choose_surroundings(scene.backdrop, random.pick(scene.standing ? kUpright : kLying), colour,
                      random);
  const double side = random.sign();
  scene.fill = random.uniform(0.74, 0.84);
  scene.turn = side * random.uniform(0.80, 0.92);
  scene.shear = -side * random.uniform(0.02, 0.06);
  scene.tilt =
      scene.standing ? random.uniform(-0.02, 0.02) : random.sign() * random.uniform(0.07, 0.2);
  light_from(scene, random.uniform(-0.35, -0.1) * kPi, random.uniform(0.18, 0.28));
  scene.tint = daylight(random);
  scene.vignette = 0.12;
}

void close(Scene& scene, const Colour& colour, Random& random) {
  constexpr std::array<BackdropKind, 5> kLying{BackdropKind::kWood, BackdropKind::kWood,
                                               BackdropKind::kMarble, BackdropKind::kPaper,
                                               BackdropKind::kConcrete};
  constexpr std::array<BackdropKind, 3> kUpright{BackdropKind::kTable, BackdropKind::kRoom,
                                                 BackdropKind::kSweep};
  choose_surroundings(scene.backdrop, scene.standing ? random.pick(kUpright) : random.pick(kLying),
                      colour, random);
  scene.fill = random.uniform(1.08, 1.3);
  scene.turn = random.uniform(0.94, 1.0);
  scene.tilt = scene.standing ? 0 : random.sign() * random.uniform(0.03, 0.12);
  scene.shift_x = random.uniform(-0.08, 0.08);
  scene.shift_y = random.uniform(-0.08, 0.06);
  light_from(scene, random.uniform(-0.95, -0.6) * kPi, random.uniform(0.14, 0.24));
  scene.tint = daylight(random);
  scene.vignette = 0.16;
}

// As a visitor would take it at home.
void query(Scene& scene, const Colour& colour, Random& random) {
  constexpr std::array<BackdropKind, 2> kLying{BackdropKind::kWood, BackdropKind::kLinen};
  constexpr std::array<BackdropKind, 2> kUpright{BackdropKind::kRoom, BackdropKind::kTable};
  choose_surroundings(scene.backdrop, random.pick(scene.standing ? kUpright : kLying), colour,
                      random);
  scene.fill = random.uniform(0.70, 0.78);
  scene.turn = random.sign() * random.uniform(0.84, 0.9);
  scene.shear = random.uniform(-0.06, 0.06);
  scene.tilt = random.sign() * (scene.standing ? 0.035 : random.uniform(0.14, 0.22));
  scene.shift_x = random.uniform(-0.05, 0.05);
  light_from(scene, random.uniform(-0.9, -0.1) * kPi, 0.3);
  scene.tint = {250, 242, 228};
  scene.vignette = 0.2;
}

struct Frame {
  double width;
  double height;
};

// From the cutout's pixels to the frame's.
cairo_matrix_t place(const Cutout& cutout, const Scene& scene, const Frame& frame) {
  const double half_width = (cutout.right - cutout.left) / 2;
  const double half_height = (cutout.bottom - cutout.top) / 2;
  cairo_matrix_t form;
  cairo_matrix_init_rotate(&form, scene.tilt);
  const cairo_matrix_t turn{scene.turn, scene.shear, 0, 1, 0, 0};
  cairo_matrix_multiply(&form, &turn, &form);
  // The box that the turned product needs.
  const double need_x = std::abs(form.xx) * half_width + std::abs(form.xy) * half_height;
  const double need_y = std::abs(form.yx) * half_width + std::abs(form.yy) * half_height;
  const double scale = scene.fill * std::min(frame.width / 2 / need_x, frame.height / 2 / need_y);
  double centre_y = frame.height * (0.5 + scene.shift_y);
  if (scene.standing) {
    // Feet on the floor; what is low stands further back, so that it is not all floor and wall.
    const bool cropped = scene.fill > 1;
    const double ground = frame.height * (cropped ? 0.95 + scene.shift_y : 0.87);
    const double highest = frame.height * (cropped ? 0.7 : 0.6);
    centre_y = std::min(highest, ground - need_y * scale);
  }
  cairo_matrix_t matrix;
  cairo_matrix_init_translate(&matrix, -cutout.left - half_width, -cutout.top - half_height);
  cairo_matrix_multiply(&matrix, &matrix, &form);
  cairo_matrix_t scaling;
  cairo_matrix_init_scale(&scaling, scale, scale);
  cairo_matrix_multiply(&matrix, &matrix, &scaling);
  cairo_matrix_t shift;
  cairo_matrix_init_translate(&shift, frame.width * (0.5 + scene.shift_x), centre_y);
  cairo_matrix_multiply(&matrix, &matrix, &shift);
  return matrix;
}

void use_as_source(const Context& context, const Surface& surface) {
  cairo_set_source_surface(context.get(), surface.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(context.get()), CAIRO_FILTER_GOOD);
}

// The product's shape, moved by `matrix`, blurred and laid down in near-black. Made at a quarter of
// the size: a blur leaves nothing of the difference.
void cast(const Context& context, const Cutout& cutout, const cairo_matrix_t& matrix,
          const Frame& frame, double radius, double darkness) {
  constexpr double kShrink = 4;
  const Surface mask = make_surface(CAIRO_FORMAT_A8, static_cast<int>(frame.width / kShrink) + 2,
                                    static_cast<int>(frame.height / kShrink) + 2);
  {
    const Context mask_context = draw_on(mask);
    cairo_scale(mask_context.get(), 1 / kShrink, 1 / kShrink);
    cairo_transform(mask_context.get(), &matrix);
    use_as_source(mask_context, cutout.surface);
    cairo_paint(mask_context.get());
  }
  blur(mask, std::max(1, static_cast<int>(radius / kShrink / 1.7)));
  cairo_save(context.get());
  cairo_scale(context.get(), kShrink, kShrink);
  cairo_set_source_rgba(context.get(), 0.07, 0.06, 0.09, darkness);
  cairo_mask_surface(context.get(), mask.get(), 0, 0);
  cairo_restore(context.get());
}

void cast_lying_shadow(const Context& context, const Cutout& cutout, const Scene& scene,
                       const cairo_matrix_t& matrix, const Frame& frame) {
  const double far = frame.width * 0.028;
  for (const auto& [distance, radius, share] : {std::array{far, frame.width * 0.045, 0.75},
                                                std::array{far * 0.3, frame.width * 0.012, 0.6}}) {
    cairo_matrix_t moved;
    cairo_matrix_init_translate(&moved, -std::cos(scene.light_angle) * distance,
                                -std::sin(scene.light_angle) * distance);
    cairo_matrix_multiply(&moved, &matrix, &moved);
    cast(context, cutout, moved, frame, radius, scene.shadow * share);
  }
}

void cast_floor_shadow(const Context& context, const Cutout& cutout, const Scene& scene,
                       const cairo_matrix_t& matrix, const Frame& frame, double ground) {
  const double lean = -std::cos(scene.light_angle) * 0.55;
  const auto flattened = [&](double height, double slant) {
    // y' = ground + (y - ground) * height, x' = x + (ground - y) * slant
    const cairo_matrix_t flat{1, 0, -slant, height, ground * slant, ground * (1 - height)};
    cairo_matrix_t result;
    cairo_matrix_multiply(&result, &matrix, &flat);
    return result;
  };
  cast(context, cutout, flattened(0.16, lean * 0.45), frame, frame.width * 0.04,
       scene.shadow * 0.8);
  cast(context, cutout, flattened(0.045, lean * 0.06), frame, frame.width * 0.014,
       scene.shadow * 1.3);
}

void reflect(const Context& context, const Cutout& cutout, const cairo_matrix_t& matrix,
             const Frame& frame, double ground) {
  cairo_matrix_t mirrored{1, 0, 0, -1, 0, 2 * ground};
  cairo_matrix_multiply(&mirrored, &matrix, &mirrored);
  cairo_push_group(context.get());
  cairo_save(context.get());
  cairo_transform(context.get(), &mirrored);
  use_as_source(context, cutout.surface);
  cairo_paint(context.get());
  cairo_restore(context.get());
  cairo_pop_group_to_source(context.get());
  const Pattern fade(cairo_pattern_create_linear(0, ground, 0, ground + frame.height * 0.1));
  cairo_pattern_add_color_stop_rgba(fade.get(), 0, 0, 0, 0, 0.26);
  cairo_pattern_add_color_stop_rgba(fade.get(), 1, 0, 0, 0, 0);
  cairo_mask(context.get(), fade.get());
}

// Brighter towards the light, darker away from it.
void paint_lit(const Context& context, const Cutout& cutout, const Scene& scene,
               const cairo_matrix_t& matrix, const Frame& frame) {
  cairo_push_group(context.get());
  cairo_save(context.get());
  cairo_transform(context.get(), &matrix);
  use_as_source(context, cutout.surface);
  cairo_paint(context.get());
  cairo_restore(context.get());
  const double dx = std::cos(scene.light_angle) * frame.width * 0.55;
  const double dy = std::sin(scene.light_angle) * frame.height * 0.55;
  const double x = frame.width / 2;
  const double y = frame.height / 2;
  const Pattern light(cairo_pattern_create_linear(x + dx, y + dy, x - dx, y - dy));
  const double strength = scene.light_strength;
  cairo_pattern_add_color_stop_rgba(light.get(), 0, 1, 0.98, 0.94, strength * 0.7);
  cairo_pattern_add_color_stop_rgba(light.get(), 0.45, 1, 1, 1, 0);
  cairo_pattern_add_color_stop_rgba(light.get(), 0.55, 0, 0, 0, 0);
  cairo_pattern_add_color_stop_rgba(light.get(), 1, 0.02, 0.02, 0.07, strength);
  cairo_set_operator(context.get(), CAIRO_OPERATOR_ATOP);
  cairo_set_source(context.get(), light.get());
  cairo_paint(context.get());
  cairo_pop_group_to_source(context.get());
  cairo_paint(context.get());
}

// Colour of the light, darker corners, and the grain that no photo is without.
void finish(const Surface& surface, const Scene& scene) {
  cairo_surface_flush(surface.get());
  const int width = cairo_image_surface_get_width(surface.get());
  const int height = cairo_image_surface_get_height(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  unsigned char* const data = cairo_image_surface_get_data(surface.get());
  const std::array<double, 3> tint{scene.tint.blue / 255, scene.tint.green / 255,
                                   scene.tint.red / 255};
  Random random(scene.grain_seed);
  for (int y = 0; y < height; ++y) {
    unsigned char* const row = data + y * stride;
    const double v = 2.0 * y / height - 1;
    for (int x = 0; x < width; ++x) {
      const double u = 2.0 * x / width - 1;
      const double gain = 1 - scene.vignette * (u * u + v * v) * 0.5;
      const double grain = static_cast<double>(random.next() >> 56U) * (3.2 / 255) - 1.1;
      for (int channel = 0; channel < 3; ++channel) {
        unsigned char& value = row[x * 4 + channel];
        value = static_cast<unsigned char>(
            std::clamp(value * gain * tint[channel] + grain, 0.0, 255.0));
      }
    }
  }
  cairo_surface_mark_dirty(surface.get());
}

}  // namespace

Scene choose_scene(const Template& drawing, const Product& product, View view, std::uint64_t seed) {
  Random random(seed + static_cast<std::uint64_t>(view), product.id);
  const Colour colour = find_colour(product.colour)->colour;
  Scene scene;
  scene.standing = drawing.placement == Placement::kStanding;
  scene.backdrop.seed = random.next() % 100000;
  scene.grain_seed = random.next();
  scene.backdrop.horizon = random.uniform(0.66, 0.72);
  switch (view) {
    case View::kFront:
      front(scene, drawing.glossy_floor, colour, random);
      break;
    case View::kTurned:
      turned(scene, colour, random);
      break;
    case View::kClose:
      close(scene, colour, random);
      break;
    case View::kQuery:
      query(scene, colour, random);
  }
  return scene;
}

Surface compose(const Cutout& cutout, const Scene& scene, int width, int height) {
  Surface surface = make_surface(CAIRO_FORMAT_RGB24, width, height);
  const Frame frame{static_cast<double>(width), static_cast<double>(height)};
  const cairo_matrix_t matrix = place(cutout, scene, frame);
  double x = (cutout.left + cutout.right) / 2;
  double ground = cutout.bottom;
  cairo_matrix_transform_point(&matrix, &x, &ground);
  Backdrop backdrop = scene.backdrop;
  // Some floor is always seen behind the feet.
  if (scene.standing) backdrop.horizon = std::min(backdrop.horizon, ground / height - 0.09);
  paint_backdrop(backdrop, surface);
  {
    const Context context = draw_on(surface);
    if (scene.standing) {
      if (scene.reflection) reflect(context, cutout, matrix, frame, ground);
      cast_floor_shadow(context, cutout, scene, matrix, frame, ground);
    } else {
      cast_lying_shadow(context, cutout, scene, matrix, frame);
    }
    paint_lit(context, cutout, scene, matrix, frame);
  }
  finish(surface, scene);
  return surface;
}

}  // namespace semblance::demo
