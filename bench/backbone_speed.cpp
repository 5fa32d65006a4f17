// What preparing pictures and cutting cost: the embedder on the cut network and a decoded photo,
// against ONNX Runtime alone on the whole network and a tensor that is ready. One thread. The two
// run in pairs, one right behind the other and every second pair in the other order, so that what
// else the machine does hits both alike; the figures are medians, the ratio that of the pairs'
// ratios.
//
//   bench_backbones FOLDER [SECONDS]     every NAME.onnx of the registry's names with a
//   NAME-cut.onnx (bench_cut)

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <system_error>
#include <vector>

#include "base/sha256.h"
#include "describe/embedder.h"
#include "describe/onnx_runtime.h"
#include "model_zoo/backbones.h"
#include "model_zoo/cut.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// A decoded photo of the size that shops' photos of clothes have.
Image photo() {
  Image image;
  image.width = 450;
  image.height = 600;
  image.pixels.resize(std::size_t{3} * 450 * 600);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>(i * 7 + i / 4099);
  }
  return image;
}

double milliseconds_of(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Result<ModelCard> card_of(const fs::path& cut, const Backbone& backbone) {
  const auto graph = OnnxGraph::read(cut);
  if (!graph) return graph.error();
  const auto digest = sha256_of_file(cut);
  if (!digest) return digest.error();
  ModelCard card;
  card.name = backbone.name;
  card.file = cut.filename();
  card.folder = cut.parent_path();
  card.input = backbone.input;
  card.input.name = graph->inputs().front().name;
  card.output = {graph->outputs().front(), backbone.dimension, false};
  return card;
}

/// The whole network on a tensor that is ready.
class Alone {
 public:
  Alone(const Ort::Env& environment, const fs::path& network, const ModelInput& input)
      : session_(environment, network.c_str(), onnx_session_options()),
        input_(input),
        shape_{1, 3, input.height, input.width},
        pixels_(std::size_t{3} * static_cast<std::size_t>(input.height * input.width), 0.5F) {
    Ort::AllocatorWithDefaultOptions allocator;
    output_ = session_.GetOutputNameAllocated(0, allocator).get();
  }

  void run() {
    const Ort::Value tensor = Ort::Value::CreateTensor<float>(
        memory_, pixels_.data(), pixels_.size(), shape_.data(), shape_.size());
    const char* input = input_.name.c_str();
    const char* output = output_.c_str();
    session_.Run(Ort::RunOptions{nullptr}, &input, &tensor, 1, &output, 1);
  }

 private:
  Ort::Session session_;
  const ModelInput& input_;
  std::vector<std::int64_t> shape_;
  std::vector<float> pixels_;
  std::string output_;
  Ort::MemoryInfo memory_ = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
};

/// Milliseconds of runs that belong together, and how many times as long ours took.
struct Pairs {
  std::vector<double> alone;
  std::vector<double> ours;
  std::vector<double> ratios;

  void add(double alone_ms, double ours_ms) {
    alone.push_back(alone_ms);
    ours.push_back(ours_ms);
    ratios.push_back(ours_ms / alone_ms);
  }
};

double quantile(std::vector<double> values, double share) {
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

Status measure(const fs::path& folder, const Backbone& backbone, double seconds) {
  const auto environment = onnx_runtime();
  if (!environment) return environment.error();
  const auto card = card_of(folder / (backbone.name + "-cut.onnx"), backbone);
  if (!card) return card.error();
  const auto embedder = open_onnx_embedder(*card);
  if (!embedder) return embedder.error();
  Alone alone(**environment, folder / (backbone.name + ".onnx"), card->input);
  const Image image = photo();
  alone.run();
  if (const auto first = (*embedder)->embed(image); !first) return first.error();
  Pairs pairs;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (pairs.ratios.size() < 8 || Clock::now() < end) {
    const auto run_alone = [&] { alone.run(); };
    const auto run_ours = [&] { static_cast<void>((*embedder)->embed(image)); };
    const bool ours_first = pairs.ratios.size() % 2 == 1;
    const double first = ours_first ? milliseconds_of(run_ours) : milliseconds_of(run_alone);
    const double second = ours_first ? milliseconds_of(run_alone) : milliseconds_of(run_ours);
    pairs.add(ours_first ? second : first, ours_first ? first : second);
  }
  std::vector<float> tensor(std::size_t{3} *
                            static_cast<std::size_t>(card->input.width * card->input.height));
  constexpr int kPreparations = 50;
  std::vector<double> prepared;
  prepared.reserve(kPreparations);
  for (int i = 0; i < kPreparations; ++i) {
    prepared.push_back(milliseconds_of([&] { preprocess(image, card->input, tensor); }));
  }
  std::printf("| %s | %.1f | %.1f | %.3f (%.2f to %.2f) | %.2f | %zu |\n", backbone.name.c_str(),
              quantile(pairs.alone, 0.5), quantile(pairs.ours, 0.5), quantile(pairs.ratios, 0.5),
              quantile(pairs.ratios, 0.25), quantile(pairs.ratios, 0.75), quantile(prepared, 0.5),
              pairs.ratios.size());
  std::fflush(stdout);
  return {};
}

int main_of(const fs::path& folder, double seconds) {
  const auto backbones = read_backbones(registry_path());
  if (!backbones) {
    std::fprintf(stderr, "bench_backbones: %s\n", backbones.error().message.c_str());
    return 2;
  }
  std::printf(
      "| network | ONNX Runtime alone, ms | ours, ms | ratio (quartiles) | of it preparing, ms | "
      "pairs |\n"
      "|---|---|---|---|---|---|\n");
  for (const Backbone& backbone : *backbones) {
    std::error_code ignored;
    if (!fs::exists(folder / (backbone.name + "-cut.onnx"), ignored)) continue;
    try {
      if (const Status status = measure(folder, backbone, seconds); !status) {
        std::printf("| %s | %s |\n", backbone.name.c_str(), status.error().message.c_str());
      }
    } catch (const Ort::Exception& exception) {
      std::printf("| %s | %s |\n", backbone.name.c_str(), exception.what());
    }
  }
  return 0;
}

}  // namespace
}  // namespace semblance

int main(int count, char** values) {
  if (count < 2) {
    std::fprintf(stderr, "bench_backbones FOLDER [SECONDS]\n");
    return 2;
  }
  try {
    return semblance::main_of(values[1], count > 2 ? std::atof(values[2]) : 5);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "bench_backbones: %s\n", exception.what());
    return 2;
  }
}
