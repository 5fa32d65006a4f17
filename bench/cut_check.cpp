// Cuts networks before their classifier and compares with what the program that made them gives.
//
//   bench_cut FOLDER        every NAME.onnx with a NAME.features (bench/networks/export_torch.py)

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "base/file.h"
#include "describe/network_probe.h"
#include "model_zoo/cut.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostFeatureBytes = 1 << 20;

std::vector<float> read_floats(const fs::path& path) {
  const auto bytes = read_file(path, kMostFeatureBytes);
  if (!bytes) return {};
  std::vector<float> numbers(bytes->size() / sizeof(float));
  std::copy_n(bytes->data(), numbers.size() * sizeof(float),
              reinterpret_cast<std::byte*>(numbers.data()));
  return numbers;
}

/// Prints a line; false where the network cannot be cut or gives something else.
bool check(const fs::path& network) {
  const std::string name = network.stem().string();
  const auto failed = [&](const Error& error) {
    std::printf("| %s | %s |\n", name.c_str(), error.message.c_str());
    return false;
  };
  const auto graph = OnnxGraph::read(network);
  if (!graph) return failed(graph.error());
  const auto input = declared_input(*graph, 224);
  if (!input) return failed(input.error());
  const fs::path target = network.parent_path() / (name + "-cut.onnx");
  const auto cut = cut_network(network, "", *input, target);
  if (!cut) return failed(cut.error());
  const auto outputs = probe_network(target, input->name, {1, 3, input->height, input->width});
  if (!outputs) return failed(outputs.error());
  const std::vector<float> expected = read_floats(fs::path(network).replace_extension(".features"));
  const std::vector<float>& actual = outputs->front().values;
  if (expected.size() != actual.size()) {
    return failed({ErrorCode::kCorrupt, "gives " + std::to_string(actual.size()) +
                                            " numbers, not " + std::to_string(expected.size())});
  }
  float difference = 0;
  float largest = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    difference = std::max(difference, std::abs(actual[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  std::printf("| %s | %s %s | %s | %zu | %.1f -> %.1f | %.1e | %.1e |\n", name.c_str(),
              cut->layer.layer.what.c_str(), shape_text(cut->layer.shape).c_str(),
              cut->layer.layer.tensor.c_str(), actual.size(),
              static_cast<double>(fs::file_size(network)) / 1e6,
              static_cast<double>(cut->bytes) / 1e6, static_cast<double>(difference),
              static_cast<double>(largest));
  return difference <= 1e-4F * std::max(1.0F, largest);
}

int main_of(const fs::path& folder) {
  std::vector<fs::path> networks;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".features") {
      networks.push_back(fs::path(entry.path()).replace_extension(".onnx"));
    }
  }
  std::sort(networks.begin(), networks.end());
  std::printf(
      "| network | layer | tensor | numbers | MB | largest difference | largest number |\n"
      "|---|---|---|---|---|---|---|\n");
  bool all_right = !networks.empty();
  for (const fs::path& network : networks) all_right = check(network) && all_right;
  return all_right ? 0 : 1;
}

}  // namespace
}  // namespace semblance

int main(int count, char** values) {
  if (count != 2) {
    std::fprintf(stderr, "bench_cut FOLDER\n");
    return 2;
  }
  return semblance::main_of(values[1]);
}
