#include "support/fake_embedder.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace semblance::test {

namespace {

constexpr int kColumns = 8;
constexpr int kRows = 4;

std::vector<float> unit(const std::vector<double>& vector) {
  double squares = 0;
  for (const double number : vector) squares += number * number;
  std::vector<float> result;
  result.reserve(vector.size());
  for (const double number : vector)
    result.push_back(static_cast<float>(number / std::sqrt(squares)));
  return result;
}

bool is_purple(const Image& image) {
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    if (image.pixels[i] != (i % 3 == 1 ? 0 : 128)) return false;
  }
  return true;
}

}  // namespace

FakeEmbedder::FakeEmbedder(const std::string& name, const std::string& version, bool with_colour) {
  card_.name = name;
  card_.version = version;
  card_.file = name + ".onnx";
  card_.sha256 = std::string(64, '0');
  card_.bytes = 1;
  card_.licence = "Apache-2.0";
  card_.input.name = "input";
  card_.input.width = 64;
  card_.input.height = 64;
  card_.output = {"embedding", kShapeDimension, true};
  if (with_colour) card_.colour = ModelOutput{"colour", kColourDimension, true};
}

Result<Embedding> FakeEmbedder::embed(const Image& image) const {
  ++calls_;
  if (image.width <= 0 || image.height <= 0 || is_purple(image)) {
    return Error{ErrorCode::kEmbedFailed, "the fake network refuses this picture"};
  }
  // Sums of whole numbers: exact, so the order does not matter.
  std::array<std::uint64_t, 3> colour_sum{};
  std::vector<std::uint64_t> cell_sum(kShapeDimension);
  std::vector<std::uint64_t> cell_size(kShapeDimension);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* pixel = image.row(y) + std::ptrdiff_t{x} * 3;
      const auto row = static_cast<std::size_t>(std::int64_t{y} * kRows / image.height);
      const auto column = static_cast<std::size_t>(std::int64_t{x} * kColumns / image.width);
      cell_sum[row * kColumns + column] += 3U * pixel[0] + 6U * pixel[1] + pixel[2];
      ++cell_size[row * kColumns + column];
      for (std::size_t c = 0; c < 3; ++c) colour_sum[c] += pixel[c];
    }
  }
  std::vector<double> shape;
  for (std::size_t i = 0; i < cell_sum.size(); ++i) {
    const double size = cell_size[i] == 0 ? 1 : static_cast<double>(cell_size[i]);
    shape.push_back(1 + static_cast<double>(cell_sum[i]) / size);
  }
  Embedding embedding{unit(shape), {}};
  if (card_.colour) {
    const double pixels = static_cast<double>(image.width) * image.height;
    std::vector<double> colour;
    colour.reserve(kColourDimension);
    for (const std::uint64_t sum : colour_sum) colour.push_back(static_cast<double>(sum) / pixels);
    for (std::size_t c = 0; c < 3; ++c) colour.push_back(255 - colour[c]);
    embedding.colour = unit(colour);
  }
  return embedding;
}

}  // namespace semblance::test
