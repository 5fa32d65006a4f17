#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "describe/model_card.h"
#include "model_zoo/cut.h"

namespace semblance {

/// What is found out about a network that somebody brings.
struct NetworkProposal {
  std::string name;  ///< from the file's name
  /// As the graph declares it, with preprocessing as such networks usually have it.
  ModelInput input;
  std::string preprocessing_reason;  ///< why this is guessed, half a sentence
  std::vector<ProbedLayer> layers;   ///< those that can serve, the proposed one first
};

/// What the user made of the proposal.
struct NetworkChoice {
  std::string name;
  std::string layer;
  std::string licence = "unknown";
  ModelInput input;
};

/// A network on its way into the folder of networks: looked at, run once, then cut and given a
/// card. Works in a folder of its own below that folder, which is removed on destruction.
class NetworkAddition {
 public:
  /// `side`: of the pictures, where the graph leaves it open. Errors: kMissingFile, kCorrupt (no
  /// ONNX file; ONNX Runtime cannot run it), kInvalidArgument (it takes no pictures; no layer can
  /// serve; weights in files outside its folder), kIo, kUnavailable.
  static Result<NetworkAddition> open(const std::filesystem::path& onnx_file,
                                      const std::filesystem::path& folder, int side);
  NetworkAddition(NetworkAddition&& other) noexcept;
  NetworkAddition& operator=(NetworkAddition&& other) = delete;
  NetworkAddition(const NetworkAddition&) = delete;
  NetworkAddition& operator=(const NetworkAddition&) = delete;
  ~NetworkAddition();

  [[nodiscard]] const NetworkProposal& proposal() const { return proposal_; }

  /// Writes the ONNX file, the files with its weights if it has any, and last the card. Errors:
  /// kConflict (the name is taken in the folder), those of cut_network, kInvalidArgument (the name;
  /// fields that no card may have).
  Result<ModelCard> finish(const NetworkChoice& choice);

 private:
  NetworkAddition(std::filesystem::path folder, std::filesystem::path scratch)
      : folder_(std::move(folder)), scratch_(std::move(scratch)) {}
  Status take(const std::filesystem::path& onnx_file);
  Status propose(const std::filesystem::path& onnx_file, int side);
  Result<ModelCard> cut_in_scratch(const NetworkChoice& choice);
  Status put_in_place(const ModelCard& card);

  std::filesystem::path folder_;
  std::filesystem::path scratch_;
  NetworkProposal proposal_;
};

}  // namespace semblance
