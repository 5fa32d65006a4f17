#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "describe/model_card.h"
#include "model_zoo/graph.h"
#include "model_zoo/layers.h"

namespace semblance {

/// A layer with the shape that it has for one picture.
struct ProbedLayer {
  Layer layer;
  std::vector<std::int64_t> shape;
  /// Numbers that it would give as an embedding: its mean over space, its token 0, or all of it.
  /// 0: it cannot serve as one.
  int dimension = 0;
};

/// The picture input that a graph declares: name, size and layout; the other fields are as in a new
/// ModelInput. `side` counts where the graph leaves height and width free. Errors: kInvalidArgument
/// (not exactly one input, or not float32 pictures of three channels).
Result<ModelInput> declared_input(const OnnxGraph& graph, int side);

/// Runs the network once to learn the layers' shapes, with all of them as outputs. `beside`: a name
/// in the folder with the graph's data files; a file of that name and a suffix is there meanwhile.
/// Errors: kIo, kUnavailable, kCorrupt (ONNX Runtime cannot run the network).
Result<std::vector<ProbedLayer>> probe_layers(const std::filesystem::path& graph_file,
                                              const std::vector<Layer>& layers,
                                              const ModelInput& input,
                                              const std::filesystem::path& beside);

/// A file that was cut out of a network.
struct CutNetwork {
  ProbedLayer layer;  ///< what was asked for, or found
  ModelOutput output;
  std::uint64_t bytes = 0;
  std::string sha256;
};

/// Writes the part of a network that leads to `layer` (empty: the first of embedding_layers() that
/// can serve) as a network of its own, whose one output holds `dimension` numbers a picture: of a
/// tensor N x C x H x W (or N x H x W x C) the mean over space is taken, of N x T x D (a
/// transformer's) token 0. The result is opened and run once before this returns. The graph's data
/// files must lie in the folder of `target`.
/// Errors: kNotFound (no such layer), kInvalidArgument (it cannot serve as embedding), kIo,
/// kUnavailable, kCorrupt.
Result<CutNetwork> cut_network(const std::filesystem::path& graph_file, const std::string& layer,
                               const ModelInput& input, const std::filesystem::path& target);

/// "[1,512,7,7]".
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace semblance
