#include "render/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "render/palette.h"

namespace semblance::demo {
namespace {

const TemplateSet& templates() {
  static const Result<TemplateSet> kSet = load_templates(SEMBLANCE_TEMPLATES);
  EXPECT_TRUE(kSet) << kSet.error().message;
  return *kSet;
}

TEST(DemoTemplates, EachVariantAndPatternCanBeDrawn) {
  EXPECT_GE(templates().templates.size(), 24U);
  for (const Template& drawing : templates().templates) {
    for (const Variant& variant : drawing.variants) {
      for (const auto& [pattern, text] : templates().patterns) {
        const auto svg = draw(templates(), drawing, variant, "Red", "White", pattern);
        ASSERT_TRUE(svg) << svg.error().message;
        EXPECT_EQ(svg->find("{{"), std::string::npos) << drawing.name << " " << variant.name;
      }
    }
  }
}

TEST(DemoPlan, HasTheSizeThatWasAskedFor) {
  const Plan plan = make_plan(templates(), 1, false);
  EXPECT_GE(plan.products.size(), 200U);
  EXPECT_GE(plan.photos.size(), 600U);
  EXPECT_EQ(plan.queries.size(), 3U);
  std::map<std::size_t, int> views;
  for (const Photo& photo : plan.photos) ++views[photo.product_index];
  EXPECT_EQ(views.size(), plan.products.size());
  for (const auto& [product, count] : views) EXPECT_TRUE(count == 2 || count == 3) << product;
}

TEST(DemoPlan, HasNoTwoProductsAlike) {
  const Plan plan = make_plan(templates(), 1, false);
  std::set<std::string> ids;
  std::set<std::string> looks;
  for (const Product& product : plan.products) {
    ids.insert(product.id);
    looks.insert(std::to_string(product.template_index) + "/" +
                 std::to_string(product.variant_index) + "/" + product.colour + "/" +
                 product.pattern);
  }
  EXPECT_EQ(ids.size(), plan.products.size());
  EXPECT_EQ(looks.size(), plan.products.size());
}

TEST(DemoPlan, AsksForViewsThatTheCatalogueDoesNotHave) {
  const Plan plan = make_plan(templates(), 1, false);
  std::set<std::string> types;
  for (const Photo& query : plan.queries) {
    EXPECT_EQ(query.view, View::kQuery);
    EXPECT_LT(query.product_index, plan.products.size());
    types.insert(templates().templates[plan.products[query.product_index].template_index].name);
    EXPECT_TRUE(std::none_of(plan.photos.begin(), plan.photos.end(),
                             [&](const Photo& photo) { return photo.id == query.id; }));
  }
  EXPECT_EQ(types.size(), 3U);
}

TEST(DemoPlan, FollowsTheSeed) {
  const auto csv = [](std::uint64_t seed) {
    return styles_csv(templates(), make_plan(templates(), seed, false));
  };
  EXPECT_EQ(csv(1), csv(1));
  EXPECT_NE(csv(1), csv(2));
}

TEST(DemoPalette, NamesDiffer) {
  const auto colours = named_colours();
  for (std::size_t i = 0; i < colours.size(); ++i) {
    for (const auto accent : colours[i].accents) EXPECT_NE(find_colour(accent), nullptr) << accent;
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(colours[i].name, colours[j].name);
      EXPECT_GT(colour_distance(colours[i].colour, colours[j].colour), 10)
          << colours[i].name << " and " << colours[j].name;
    }
  }
}

}  // namespace
}  // namespace semblance::demo
