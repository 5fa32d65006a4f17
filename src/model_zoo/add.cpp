#include "model_zoo/add.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/sha256.h"
#include "model_zoo/graph.h"
#include "model_zoo/layers.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSource = "source.onnx";

Error io(const std::string& what, const fs::path& path, const std::error_code& failure) {
  return {ErrorCode::kIo, what + " '" + path.string() + "': " + failure.message()};
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos;
}

struct Guess {
  ChannelOrder channels;
  Normalisation normalisation;
  const char* reason;
};

/// From 0..255, as in a card.
const Guess kPyTorch{ChannelOrder::kRgb,
                     {{123.675F, 116.28F, 103.53F}, {58.395F, 57.12F, 57.375F}},
                     "ImageNet's mean and deviation, as PyTorch's networks have it"};
const Guess kTensorFlow{ChannelOrder::kRgb,
                        {{127.5F, 127.5F, 127.5F}, {127.5F, 127.5F, 127.5F}},
                        "-1 to 1, as TensorFlow's networks mostly have it"};
const Guess kCaffe{ChannelOrder::kBgr,
                   {{104, 117, 123}, {1, 1, 1}},
                   "blue first and minus the mean, as Caffe's networks have it"};

const Guess& guess_for(const std::string& producer, const ModelInput& input) {
  std::string text = producer;
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto says = [&](const char* word) { return text.find(word) != std::string::npos; };
  if (says("caffe")) return kCaffe;
  if (says("tf") || says("tensorflow") || says("keras") || input.layout == TensorLayout::kNhwc) {
    return kTensorFlow;
  }
  return kPyTorch;
}

void guess_preprocessing(const std::string& producer, NetworkProposal& proposal) {
  ModelInput& input = proposal.input;
  const Guess& guess = guess_for(producer, input);
  input.channels = guess.channels;
  input.normalisation = guess.normalisation;
  input.resize = ResizeRule::kCrop;
  // Seven eighths of the short side are used: what most networks are measured with.
  input.short_side = (std::max(input.width, input.height) * 8 + 3) / 7;
  input.filter = ResizeFilter::kBilinear;
  proposal.preprocessing_reason = guess.reason;
}

}  // namespace

NetworkAddition::NetworkAddition(NetworkAddition&& other) noexcept
    : folder_(std::move(other.folder_)),
      scratch_(std::exchange(other.scratch_, {})),
      proposal_(std::move(other.proposal_)) {}

NetworkAddition::~NetworkAddition() {
  std::error_code ignored;
  if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
}

Result<NetworkAddition> NetworkAddition::open(const fs::path& onnx_file, const fs::path& folder,
                                              int side) {
  SEMBLANCE_RETURN_IF_ERROR(create_folders_durably(folder));
  NetworkAddition addition(folder, folder / (".adding-" + std::to_string(::getpid())));
  std::error_code failure;
  fs::create_directory(addition.scratch_, failure);
  if (failure) return io("cannot make", addition.scratch_, failure);
  SEMBLANCE_RETURN_IF_ERROR(addition.take(onnx_file));
  SEMBLANCE_RETURN_IF_ERROR(addition.propose(onnx_file, side));
  return addition;
}

/// Copies the graph and the files with its weights into the scratch folder.
Status NetworkAddition::take(const fs::path& onnx_file) {
  auto graph = OnnxGraph::read(onnx_file);
  if (!graph) return graph.error();
  proposal_.name = onnx_file.stem().string();
  for (const std::string& file : graph->data_files()) {
    // ONNX Runtime refuses others, too.
    if (!is_plain_name(file)) {
      return Error{ErrorCode::kInvalidArgument, "'" + onnx_file.string() + "' has weights in '" +
                                                    file + "', which is not a file beside it"};
    }
    std::error_code failure;
    fs::copy_file(onnx_file.parent_path() / file, scratch_ / file, failure);
    if (failure) return io("cannot copy", onnx_file.parent_path() / file, failure);
  }
  return graph->write(scratch_ / kSource);
}

Status NetworkAddition::propose(const fs::path& onnx_file, int side) {
  const auto graph = OnnxGraph::read(scratch_ / kSource);
  if (!graph) return graph.error();
  const auto input = declared_input(*graph, side);
  if (!input) return input.error();
  proposal_.input = *input;
  guess_preprocessing(graph->producer(), proposal_);
  auto layers =
      probe_layers(scratch_ / kSource, embedding_layers(*graph), *input, scratch_ / "layers");
  if (!layers) return layers.error();
  for (ProbedLayer& layer : *layers) {
    if (layer.dimension > 0) proposal_.layers.push_back(std::move(layer));
  }
  if (!proposal_.layers.empty()) return {};
  return Error{ErrorCode::kInvalidArgument,
               "no layer of '" + onnx_file.string() + "' can serve as an embedding"};
}

Result<ModelCard> NetworkAddition::cut_in_scratch(const NetworkChoice& choice) {
  ModelCard card;
  card.name = choice.name;
  card.version = "1";
  card.file = choice.name + ".onnx";
  card.licence = choice.licence;
  card.input = choice.input;
  card.folder = scratch_;
  const auto cut = cut_network(scratch_ / kSource, choice.layer, card.input, card.onnx_path());
  if (!cut) return cut.error();
  card.output = cut->output;
  auto graph = OnnxGraph::read(card.onnx_path());
  if (!graph) return graph.error();
  // Named after the network: two may have a "weights.bin".
  const std::vector<std::string> files = graph->data_files();
  for (const std::string& file : files) {
    const std::string name = choice.name + "." + file;
    std::error_code failure;
    fs::rename(scratch_ / file, scratch_ / name, failure);
    if (failure) return io("cannot rename", scratch_ / file, failure);
    graph->rename_data_file(file, name);
    const auto digest = sha256_of_file(scratch_ / name);
    if (!digest) return digest.error();
    card.data.push_back(
        {name, to_hex(*digest), fs::file_size(scratch_ / name, failure), "", choice.licence});
  }
  if (!files.empty()) SEMBLANCE_RETURN_IF_ERROR(graph->write(card.onnx_path()));
  const auto digest = sha256_of_file(card.onnx_path());
  if (!digest) return digest.error();
  std::error_code failure;
  card.sha256 = to_hex(*digest);
  card.bytes = fs::file_size(card.onnx_path(), failure);
  return card;
}

Status NetworkAddition::put_in_place(const ModelCard& card) {
  std::vector<std::string> files{card.file};
  for (const ModelData& data : card.data) files.push_back(data.file);
  for (const std::string& file : files) {
    std::error_code failure;
    fs::rename(scratch_ / file, folder_ / file, failure);
    if (failure) return io("cannot put in place", folder_ / file, failure);
  }
  return write_file_atomically(folder_ / (card.name + ".json"), to_json(card));
}

Result<ModelCard> NetworkAddition::finish(const NetworkChoice& choice) {
  if (!is_plain_name(choice.name)) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + choice.name + "' cannot be the name of a network"};
  }
  std::error_code ignored;
  if (fs::exists(folder_ / (choice.name + ".json"), ignored)) {
    return Error{ErrorCode::kConflict, "there is a network '" + choice.name + "' already in '" +
                                           folder_.string() + "': choose another --name"};
  }
  auto card = cut_in_scratch(choice);
  if (!card) return card;
  // What a card may say is checked where cards are read.
  if (const auto checked = parse_model_card(to_json(*card), choice.name); !checked) {
    return checked.error();
  }
  SEMBLANCE_RETURN_IF_ERROR(put_in_place(*card));
  card->folder = folder_;
  return card;
}

}  // namespace semblance
