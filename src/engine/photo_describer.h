#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "describe/embedder.h"
#include "image/box.h"
#include "image/decode.h"

namespace semblance {

/// All descriptors of one photo.
struct PhotoDescriptors {
  std::vector<float> embedding;             ///< shape and colour of the network, side by side
  std::vector<float> histogram;             ///< whole photo, kHistogramDimension shares
  std::vector<float> histogram_foreground;  ///< foreground, kHistogramDimension shares
  int width = 0;                            ///< of the stored photo, upright
  int height = 0;
  ImageFormat format = ImageFormat::kUnknown;
  /// Of the network that made the embedding (network_number); 0: not said.
  std::uint64_t network = 0;
  /// Nobody has seen the photo: the embedding was given, and the histograms only stand where some
  /// have to.
  bool embedding_alone = false;
};

/// A number for a network, by its card: others have other numbers.
std::uint64_t network_number(std::string_view card_json);

/// CPU time spent in each stage, summed over all threads.
struct StageSeconds {
  double decode = 0;
  double histogram = 0;
  double embed = 0;  ///< with preprocessing
};

/// bytes -> pixels -> vectors: the one way in which photos become descriptors, when they are
/// indexed and when they are searched, so that the same bytes give the same vectors. Safe to use
/// from several threads.
class PhotoDescriber {
 public:
  PhotoDescriber(std::unique_ptr<Embedder> embedder, DecodeLimits limits);

  /// Errors: those of decode_image and of Embedder::embed.
  Result<PhotoDescriptors> describe(std::span<const std::byte> bytes) const {
    return describe(bytes, Box{});
  }
  /// Only that part of the photo; the whole of it gives the same numbers as above. Errors: also
  /// kInvalidArgument (check_box).
  Result<PhotoDescriptors> describe(std::span<const std::byte> bytes, const Box& box) const;

  [[nodiscard]] const ModelCard& card() const { return embedder_->card(); }
  [[nodiscard]] const DecodeLimits& limits() const { return options_.limits; }
  [[nodiscard]] StageSeconds stage_seconds() const;

 private:
  std::unique_ptr<Embedder> embedder_;
  DecodeOptions options_;
  mutable std::atomic<std::int64_t> decode_ns_{0};
  mutable std::atomic<std::int64_t> histogram_ns_{0};
  mutable std::atomic<std::int64_t> embed_ns_{0};
};

}  // namespace semblance
