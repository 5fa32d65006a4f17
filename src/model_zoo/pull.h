#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fetch/file_download.h"
#include "model_zoo/backbones.h"

namespace semblance {

struct PullOptions {
  std::filesystem::path folder;  ///< where networks are put; made when it is not there
  std::string
      mirror;  ///< an http, https or file address (or a folder) with the files; may be empty
  /// Folders in which the weights may lie already, under their own name.
  std::vector<std::filesystem::path> local_folders;
  FileDownloadOptions download;
};

/// The options of `semblance models pull`: model_cache_folder(), SEMBLANCE_MODEL_MIRROR, the model
/// folders. Errors: kUnavailable (no cache folder: neither XDG_CACHE_HOME nor HOME).
Result<PullOptions> default_pull_options();

struct PullHooks {
  std::function<void(std::string_view line)> notice;  ///< which address is tried, and what failed
  FileProgress progress;
  const std::atomic<bool>* stop = nullptr;
};

struct PulledNetwork {
  ModelCard card;
  bool was_there = false;  ///< whole and right: nothing was done
  std::string layer;       ///< the tensor that it was cut at; empty where the graph is ours
};

/// Gets a network ready to be used: downloads its file from the mirror or the first address that
/// has it, goes on with what an earlier run left, checks size and SHA-256 before anything is done
/// with it, cuts the graph before the classifier, writes the ONNX file and then its card. The
/// downloaded file is removed. Errors: kIo (the disk is full), kConflict (being pulled elsewhere),
/// kCancelled, kCorrupt (a file that is not what the registry says; a network of another
/// dimension), kHttpError and the like: of all addresses, in one sentence; those of cut_network.
Result<PulledNetwork> pull_backbone(const Backbone& backbone, const PullOptions& options,
                                    const PullHooks& hooks);

}  // namespace semblance
