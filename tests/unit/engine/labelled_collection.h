#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "engine/resampling.h"
#include "made_collection.h"

namespace semblance::test {

/// Photos of made products: `products` with three photos each, whose vectors lie around the
/// product's own, the nearer the smaller `spread`. Products come in families that look alike. The
/// attributes: half (a or b, by product) and family.
inline std::vector<MadeItem> labelled_items(int products, double spread) {
  constexpr int kShape = FakeEmbedder::kShapeDimension;
  constexpr int kColour = FakeEmbedder::kColourDimension;
  constexpr int kFamily = 4;
  constexpr int kBins = 8;  // of the histograms, that are not 0
  Random random;
  const auto noise = [&] { return 2 * random.share() - 1; };
  const auto unit = [](std::vector<double> numbers) {
    double squares = 0;
    for (const double x : numbers) squares += x * x;
    std::vector<float> result;
    for (const double x : numbers) result.push_back(static_cast<float>(x / std::sqrt(squares)));
    return result;
  };
  const auto near = [&](const std::vector<double>& centre, double far) {
    std::vector<double> moved = centre;
    for (double& x : moved) x += far * noise();
    return moved;
  };
  std::vector<MadeItem> items;
  std::vector<double> family(kShape);
  for (int product = 0; product < products; ++product) {
    if (product % kFamily == 0) {
      for (double& x : family) x = noise();
    }
    const std::vector<double> shape = near(family, .4);
    const std::vector<double> colour = near(std::vector<double>(kColour), 1);
    const std::vector<double> colours = near(std::vector<double>(kBins), 1);
    for (int photo = 0; photo < 3; ++photo) {
      MadeItem item;
      item.product = "product-" + std::to_string(product);
      item.id = item.product + "-" + std::to_string(photo) + ".jpg";
      item.numbers.embedding = unit(near(shape, spread));
      const std::vector<float> own_colour = unit(near(colour, spread));
      item.numbers.embedding.insert(item.numbers.embedding.end(), own_colour.begin(),
                                    own_colour.end());
      item.numbers.histogram.resize(kHistogramDimension);
      float sum = 0;
      for (int bin = 0; bin < kBins; ++bin) {
        const auto share =
            static_cast<float>(std::exp(colours[static_cast<std::size_t>(bin)] + spread * noise()));
        item.numbers.histogram[static_cast<std::size_t>(bin)] = share;
        sum += share;
      }
      for (float& share : item.numbers.histogram) share /= sum;
      item.numbers.histogram_foreground = item.numbers.histogram;
      item.attributes = {{"half", product % 2 == 0 ? "a" : "b"},
                         {"family", std::to_string(product / kFamily)}};
      items.push_back(std::move(item));
    }
  }
  return items;
}

}  // namespace semblance::test
