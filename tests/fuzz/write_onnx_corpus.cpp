// Writes small ONNX files of many kinds into a folder: the corpus to start fuzzing from.

#include <cstdio>
#include <filesystem>
#include <string>

#include "../unit/model_zoo/small_graph.h"

namespace semblance::test {
namespace {

SmallGraph transformer() {
  SmallGraph graph({1, 3, 8, 8});
  graph.weight("w", {16, 3, 4, 4})
      .weight("head", {16, 5})
      .numbers("which", {0})
      .numbers("shape", {1, 4, 16})
      .node("Conv", {"input", "w"}, "patches")
      .node("Reshape", {"patches", "shape"}, "tokens")
      .node("LayerNormalization", {"tokens"}, "normal")
      .node("Gather", {"normal", "which"}, "token")
      .node("MatMul", {"token", "head"}, "logits")
      .output("logits");
  return graph;
}

SmallGraph hidden_layers() {
  SmallGraph graph({0, 3, 8, 8}, 7, 3);
  graph.weight("w", {192, 32}, true)
      .weight("b", {32}, true)
      .weight("v", {32, 5}, true)
      .node("Flatten", {"input"}, "flat")
      .node("Gemm", {"flat", "w", "b"}, "hidden")
      .node("Relu", {"hidden"}, "active")
      .node("Dropout", {"active"}, "dropped")
      .node("Gemm", {"dropped", "v"}, "logits")
      .value_info("hidden")
      .output("logits");
  return graph;
}

SmallGraph outside() {
  SmallGraph graph({1, 3, 8, 8}, 18, 8);
  graph.outside_weight("w", {16, 3, 1, 1}, "weights.bin")
      .node("Conv", {"input", "w"}, "features")
      .node("ReduceMean", {"features"}, "pooled")
      .output("pooled")
      .output("features");
  return graph;
}

/// A graph within an operator, which uses a tensor around it.
SmallGraph nested() {
  SmallGraph graph = small_classifier(1);
  onnx_file::Node& node = *graph.model().mutable_graph()->add_node();
  node.set_op_type("If");
  node.add_input("flat");
  node.add_output("either");
  onnx_file::Attribute& attribute = *node.add_attribute();
  attribute.set_name("then_branch");
  onnx_file::Node& inner = *attribute.mutable_g()->add_node();
  inner.set_op_type("Identity");
  inner.add_input("pooled");
  inner.add_output("same");
  attribute.mutable_g()->add_output()->set_name("same");
  return graph.output("either");
}

}  // namespace
}  // namespace semblance::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_onnx_corpus FOLDER\n", stderr);
    return 2;
  }
  using namespace semblance::test;
  const std::filesystem::path folder = argv[1];
  small_classifier().write(folder / "classifier.onnx");
  transformer().write(folder / "transformer.onnx");
  hidden_layers().write(folder / "hidden.onnx");
  outside().write(folder / "outside.onnx");
  nested().write(folder / "nested.onnx");
  return 0;
}
