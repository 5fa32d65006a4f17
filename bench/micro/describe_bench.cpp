// The stages between a decoded photo and its vectors, one thread. SEMBLANCE_BENCH_MODEL names
// another network than the default.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "describe/embedder.h"
#include "describe/histogram.h"
#include "describe/model_registry.h"

namespace semblance {
namespace {

/// A decoded catalogue photo: a textured subject on white.
Image photo(int width, int height) {
  Image image{width, height, {}};
  image.pixels.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, 255);
  for (int y = height / 5; y < height * 4 / 5; ++y) {
    for (int x = width / 5; x < width * 4 / 5; ++x) {
      std::uint8_t* pixel = image.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
      pixel[0] = static_cast<std::uint8_t>(x * 7 + y * 3);
      pixel[1] = static_cast<std::uint8_t>(x * y);
      pixel[2] = static_cast<std::uint8_t>(40 + y);
    }
  }
  return image;
}

Result<ModelChoice> chosen_model() {
  const char* named = std::getenv("SEMBLANCE_BENCH_MODEL");
  return choose_model(named == nullptr ? "" : named);
}

void preprocess_photo(benchmark::State& state) {
  const Image image = photo(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  ModelInput input;
  input.width = 224;
  input.height = 224;
  input.normalisation = {{127, 127, 127}, {128, 128, 128}};
  std::vector<float> tensor(std::size_t{3} * 224 * 224);
  for (auto _ : state) {
    preprocess(image, input, tensor);
    benchmark::DoNotOptimize(tensor.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(preprocess_photo)->Args({225, 300})->Args({1000, 667})->Unit(benchmark::kMillisecond);

void verify_files(benchmark::State& state) {
  const auto choice = chosen_model();
  if (!choice) return state.SkipWithError(choice.error().message.c_str());
  for (auto _ : state) {
    if (!verify_model_files(choice->card)) state.SkipWithError("the network's files changed");
  }
}
BENCHMARK(verify_files)->Unit(benchmark::kMillisecond);

void open_network(benchmark::State& state) {
  const auto choice = chosen_model();
  if (!choice) return state.SkipWithError(choice.error().message.c_str());
  for (auto _ : state) {
    const auto embedder = open_onnx_embedder(choice->card);
    if (!embedder) state.SkipWithError(embedder.error().message.c_str());
  }
}
BENCHMARK(open_network)->Unit(benchmark::kMillisecond);

void embed_photo(benchmark::State& state) {
  const auto choice = chosen_model();
  if (!choice) return state.SkipWithError(choice.error().message.c_str());
  const auto embedder = open_onnx_embedder(choice->card);
  if (!embedder) return state.SkipWithError(embedder.error().message.c_str());
  const Image image = photo(225, 300);
  for (auto _ : state) {
    auto embedding = (*embedder)->embed(image);
    benchmark::DoNotOptimize(embedding);
  }
  state.SetLabel(choice->card.name);
}
BENCHMARK(embed_photo)->Unit(benchmark::kMillisecond);

void histograms(benchmark::State& state) {
  const Image image = photo(225, 300);
  for (auto _ : state) benchmark::DoNotOptimize(hsv_histograms(image));
}
BENCHMARK(histograms)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace semblance
