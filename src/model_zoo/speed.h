#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "describe/model_card.h"

namespace semblance {

/// Milliseconds of one thread for preparing and embedding a decoded photo of 640 x 640: the median
/// of ten, or of as many as two seconds hold. Errors: those of verify_model_files,
/// open_onnx_embedder and Embedder::embed.
Result<double> measure_speed(const ModelCard& card);

/// Speeds that were measured on this machine, kept in a file in the cache folder. A network is
/// recognised by its card, so another version counts as not measured.
class SpeedNotes {
 public:
  /// network-speed.json beside model_cache_folder(). A file that cannot be read counts as empty.
  static SpeedNotes load();

  [[nodiscard]] std::optional<double> find(const ModelCard& card) const;
  /// Errors: kIo; the note is then lost, which costs a measurement.
  Status add(const ModelCard& card, double milliseconds);

 private:
  std::filesystem::path path_;
  std::map<std::string, double> notes_;
};

}  // namespace semblance
