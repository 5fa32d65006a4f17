#include "render/plan.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "render/palette.h"
#include "render/random.h"

namespace semblance::demo {
namespace {

constexpr std::size_t kProductsPerTemplate = 8;
constexpr std::size_t kQuickProductsPerTemplate = 2;
constexpr std::size_t kQueries = 3;

std::string_view view_name(View view) {
  switch (view) {
    case View::kFront:
      return "front";
    case View::kTurned:
      return "turned";
    case View::kClose:
      return "close";
    case View::kQuery:
      return "query";
  }
  return "";
}

std::string pattern_adjective(const std::string& pattern) {
  if (pattern == "plain") return "";
  if (pattern == "stripes") return "Striped ";
  if (pattern == "checks") return "Checked ";
  if (pattern == "dots") return "Dotted ";
  if (pattern == "floral") return "Floral ";
  return std::string(1, static_cast<char>(pattern[0] - 'a' + 'A')) + pattern.substr(1) + " ";
}

// Colours come back towards the end, so that a type has several products of one colour that differ
// in pattern or form: what "same type and same colour" is measured on.
std::vector<std::string> choose_colours(const Template& drawing, Random& random) {
  std::vector<std::string> shuffled = drawing.colours;
  random.shuffle(shuffled);
  const std::size_t fresh = std::min<std::size_t>(shuffled.size(), 5);
  std::vector<std::string> chosen;
  for (std::size_t i = 0; i < kProductsPerTemplate; ++i) chosen.push_back(shuffled[i % fresh]);
  return chosen;
}

void add_products(const TemplateSet& set, std::size_t template_index, std::uint64_t seed,
                  std::size_t count, Plan& plan) {
  const Template& drawing = set.templates[template_index];
  Random random(seed, drawing.name);
  const std::vector<std::string> colours = choose_colours(drawing, random);
  std::vector<std::string> patterns = drawing.patterns;
  random.shuffle(patterns);
  const std::size_t first_variant = random.below(drawing.variants.size());
  std::set<std::array<std::string, 3>> seen;
  for (std::size_t i = 0; i < kProductsPerTemplate; ++i) {
    Product product;
    product.template_index = template_index;
    product.colour = colours[i];
    product.variant_index = (first_variant + i) % drawing.variants.size();
    product.pattern = patterns[i % patterns.size()];
    // Two products never have the same form, colour and pattern: step on until they differ.
    const std::size_t combinations = patterns.size() * drawing.variants.size();
    for (std::size_t step = 1; step <= combinations; ++step) {
      const std::string& variant = drawing.variants[product.variant_index].name;
      if (seen.insert({variant, product.colour, product.pattern}).second) break;
      product.pattern = patterns[(i + step) % patterns.size()];
      product.variant_index =
          (first_variant + i + step / patterns.size()) % drawing.variants.size();
    }
    product.accent = std::string(random.pick(find_colour(product.colour)->accents));
    std::array<char, 16> number{};
    std::snprintf(number.data(), number.size(), "-%02zu", i + 1);
    product.id = drawing.name + number.data();
    const std::string& form = drawing.variants[product.variant_index].name;
    product.display_name = product.colour + " " + pattern_adjective(product.pattern) +
                           (form.empty() ? "" : form + " ") + drawing.title;
    if (i < count) plan.products.push_back(std::move(product));
  }
}

Photo photo_of(const Plan& plan, std::size_t product_index, View view) {
  return {plan.products[product_index].id + "-" + std::string(view_name(view)), product_index,
          view};
}

// One query from each third of the templates, so that the three are of different types.
void add_queries(const TemplateSet& set, std::uint64_t seed, Plan& plan) {
  Random random(seed, "queries");
  for (std::size_t i = 0; i < kQueries; ++i) {
    const std::size_t begin = set.templates.size() * i / kQueries;
    const std::size_t end = set.templates.size() * (i + 1) / kQueries;
    std::vector<std::size_t> candidates;
    for (std::size_t p = 0; p < plan.products.size(); ++p) {
      const Product& product = plan.products[p];
      if (product.template_index >= begin && product.template_index < end) candidates.push_back(p);
    }
    if (!candidates.empty()) {
      plan.queries.push_back(photo_of(plan, random.pick(candidates), View::kQuery));
    }
  }
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace

Plan make_plan(const TemplateSet& set, std::uint64_t seed, bool quick) {
  Plan plan;
  const std::size_t count = quick ? kQuickProductsPerTemplate : kProductsPerTemplate;
  for (std::size_t t = 0; t < set.templates.size(); ++t) add_products(set, t, seed, count, plan);
  for (std::size_t p = 0; p < plan.products.size(); ++p) {
    plan.photos.push_back(photo_of(plan, p, View::kFront));
    plan.photos.push_back(photo_of(plan, p, View::kTurned));
    // Every fourth product has two photos only: real catalogues are uneven.
    if (p % 4 != 3) plan.photos.push_back(photo_of(plan, p, View::kClose));
  }
  add_queries(set, seed, plan);
  return plan;
}

std::string styles_csv(const TemplateSet& set, const Plan& plan) {
  std::string csv =
      "id,product,productDisplayName,masterCategory,articleType,baseColour,pattern,view\n";
  for (const Photo& photo : plan.photos) {
    const Product& product = plan.products[photo.product_index];
    const Template& drawing = set.templates[product.template_index];
    csv += photo.id + ',' + product.id + ',' + csv_field(product.display_name) + ',' +
           csv_field(drawing.master_category) + ',' + csv_field(drawing.article_type) + ',' +
           product.colour + ',' + product.pattern + ',' + std::string(view_name(photo.view)) + '\n';
  }
  return csv;
}

}  // namespace semblance::demo
