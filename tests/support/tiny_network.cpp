#include "support/tiny_network.h"

#include <cassert>
#include <cstdint>
#include <span>
#include <utility>

#include "base/file.h"
#include "base/sha256.h"

namespace semblance::test {

namespace {

// Protocol buffers, as far as ONNX's messages (onnx.proto, version 1.8) need them here.

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string number_field(unsigned field, std::uint64_t value) {
  return varint(field << 3) + varint(value);
}

std::string bytes_field(unsigned field, const std::string& value) {
  return varint(field << 3 | 2) + varint(value.size()) + value;
}

std::string node_message(const TinyNode& node) {
  std::string message;
  for (const std::string& input : node.inputs) message += bytes_field(1, input);
  return message + bytes_field(2, node.output) + bytes_field(4, node.operation);
}

/// A dimension of 0 is free.
std::string value_message(const std::string& name, const std::vector<int>& shape) {
  std::string dimensions;
  for (const int size : shape) {
    dimensions += bytes_field(
        1, size == 0 ? bytes_field(2, "n") : number_field(1, static_cast<std::uint64_t>(size)));
  }
  std::string tensor = number_field(1, 1);  // float32
  if (!shape.empty()) tensor += bytes_field(2, dimensions);
  return bytes_field(1, name) + bytes_field(2, bytes_field(1, tensor));
}

std::string model_message(const ModelCard& card, const std::vector<TinyNode>& nodes,
                          const std::vector<int>& output_shape) {
  const bool planar = card.input.layout == TensorLayout::kNchw;
  const int height = card.input.height;
  const int width = card.input.width;
  std::string graph;
  for (const TinyNode& node : nodes) graph += bytes_field(1, node_message(node));
  graph += bytes_field(2, "tiny");
  graph += bytes_field(
      11, value_message(card.input.name, planar ? std::vector<int>{0, 3, height, width}
                                                : std::vector<int>{0, height, width, 3}));
  graph += bytes_field(12, value_message(card.output.name, output_shape));
  if (card.colour) graph += bytes_field(12, value_message(card.colour->name, output_shape));
  return number_field(1, 8) + bytes_field(7, graph) + bytes_field(8, number_field(2, 13));
}

}  // namespace

ModelCard write_tiny_network(const std::filesystem::path& folder, ModelCard card,
                             const std::vector<TinyNode>& nodes,
                             const std::vector<int>& declared_output_shape) {
  const std::string model = model_message(card, nodes, declared_output_shape);
  card.folder = folder;
  card.bytes = model.size();
  card.sha256 = to_hex(sha256(std::as_bytes(std::span(model))));
  const Status model_written = write_file_atomically(card.onnx_path(), model);
  const Status card_written = write_file_atomically(folder / (card.name + ".json"), to_json(card));
  assert(model_written.ok() && card_written.ok());
  static_cast<void>(model_written);
  static_cast<void>(card_written);
  return card;
}

ModelCard tiny_card(std::string_view name, int side, int dimension) {
  ModelCard card;
  card.name = name;
  card.version = "1";
  card.file = card.name + ".onnx";
  card.licence = "Apache-2.0";
  card.input.name = "input";
  card.input.width = side;
  card.input.height = side;
  card.output = {"embedding", dimension, false};
  return card;
}

}  // namespace semblance::test
