// libFuzzer: whatever the bytes are, an ONNX file is refused, or its graph can be looked at, cut at
// any layer that is offered, written and read again. ONNX Runtime, which has the last word on a cut
// file, is left out: it is slow, and not ours to test.
//   fuzz_onnx_file CORPUS...     (start from what write_onnx_corpus makes)

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "model_zoo/cut.h"
#include "model_zoo/graph.h"
#include "model_zoo/layers.h"
#include "source_fuzzing.h"

namespace {

namespace fs = std::filesystem;
using semblance::OnnxGraph;

/// In memory: the bytes of a million tries need no disk.
class ScratchFile {
 public:
  ScratchFile() : path_("/dev/shm/fuzz-onnx-" + std::to_string(::getpid())) {}
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void require(bool holds) {
  if (!holds) std::abort();
}

/// The ways in which cut_network turns a layer into a vector.
std::string add_vector_form(OnnxGraph& graph, const std::string& tensor, std::size_t form) {
  switch (form % 4) {
    case 0:
      return tensor;
    case 1:
      return graph.add_flatten(tensor, "embedding");
    case 2:
      return graph.add_flatten(graph.add_mean(tensor, 2, 3, "embedding_mean"), "embedding");
    default:
      return graph.add_first_token(tensor, "embedding");
  }
}

void cut(const fs::path& file, const std::string& tensor, std::size_t form) {
  static const ScratchFile kScratch;
  auto graph = OnnxGraph::read(file);
  require(graph.ok());
  const bool is_there = graph->has_tensor(tensor);
  const std::string output = add_vector_form(*graph, tensor, form);
  graph->set_outputs({output});
  graph->drop_unneeded();
  require(graph->outputs() == std::vector<std::string>{output});
  require(!is_there || graph->has_tensor(output));
  require(graph->write(kScratch.path()).ok());
  const auto again = OnnxGraph::read(kScratch.path());
  // A graph that is cut at its input has no operator left.
  if (!again) return require(graph->nodes().empty());
  require(again->nodes().size() == graph->nodes().size());
  require(again->outputs() == graph->outputs() && again->weights() == graph->weights());
  require(again->data_files() == graph->data_files());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const semblance::fuzz::MemoryFile file(data, size);
  auto graph = OnnxGraph::read(file.path());
  if (!graph) return 0;
  require(!graph->nodes().empty());
  if (const auto input = semblance::declared_input(*graph, 64)) {
    require(input->width > 0 && input->height > 0 && input->width <= 4096 && input->height <= 4096);
  }
  const std::vector<semblance::Layer> layers = semblance::embedding_layers(*graph);
  for (std::size_t i = 0; i < layers.size() && i < 8; ++i) {
    for (std::size_t form = 0; form < 4; ++form) cut(file.path(), layers[i].tensor, form);
  }
  for (const std::string& name : graph->data_files()) graph->rename_data_file(name, "renamed");
  require(graph->data_files().size() <= 1);
  return 0;
}
