#include "engine/photo_describer.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/sha256.h"
#include "describe/histogram.h"

namespace semblance {

namespace {

std::int64_t thread_cpu_ns() {
  ::timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

/// Adds this thread's CPU time until destruction to a counter. Networks compute in the thread that
/// asks them.
class Stopwatch {
 public:
  explicit Stopwatch(std::atomic<std::int64_t>& total_ns) : total_ns_(total_ns) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { total_ns_ += thread_cpu_ns() - start_ns_; }

 private:
  std::atomic<std::int64_t>& total_ns_;
  const std::int64_t start_ns_ = thread_cpu_ns();
};

/// The least width and height that every consumer of the decoded picture is content with.
void set_minimum_size(const ModelInput& input, DecodeOptions& options) {
  const bool crop = input.resize == ResizeRule::kCrop;
  options.min_width = std::max(crop ? input.short_side : input.width, kHistogramSide);
  options.min_height = std::max(crop ? input.short_side : input.height, kHistogramSide);
}

/// `side` for the whole of which `share` is a part; no more than any picture has.
int enlarged(int side, double share) {
  return static_cast<int>(std::min(std::ceil(side / std::min(share, 1.0)), 1e6));
}

double seconds(const std::atomic<std::int64_t>& total_ns) {
  return static_cast<double>(total_ns.load()) * 1e-9;
}

}  // namespace

std::uint64_t network_number(std::string_view card_json) {
  const Sha256 digest = sha256(std::as_bytes(std::span(card_json)));
  std::uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return std::max<std::uint64_t>(number, 1);
}

PhotoDescriber::PhotoDescriber(std::unique_ptr<Embedder> embedder, DecodeLimits limits)
    : embedder_(std::move(embedder)) {
  options_.limits = limits;
  set_minimum_size(embedder_->card().input, options_);
}

Result<PhotoDescriptors> PhotoDescriber::describe(std::span<const std::byte> bytes,
                                                  const Box& box) const {
  SEMBLANCE_RETURN_IF_ERROR(check_box(box));
  const bool whole = box.width >= 1 && box.height >= 1;
  // The box must have as many pixels as the whole photo would.
  DecodeOptions options = options_;
  options.min_width = enlarged(options.min_width, box.width);
  options.min_height = enlarged(options.min_height, box.height);
  PhotoDescriptors descriptors;
  Image image;
  {
    const Stopwatch watch(decode_ns_);
    Result<DecodedImage> decoded = decode_image(bytes, options);
    if (!decoded) return decoded.error();
    image = whole ? std::move(decoded->image) : crop(decoded->image, box);
    descriptors.width = decoded->stored_width;
    descriptors.height = decoded->stored_height;
    descriptors.format = decoded->format;
  }
  {
    const Stopwatch watch(histogram_ns_);
    Histograms histograms = hsv_histograms(image);
    descriptors.histogram = std::move(histograms.whole);
    descriptors.histogram_foreground = std::move(histograms.foreground);
  }
  const Stopwatch watch(embed_ns_);
  Result<Embedding> embedding = embedder_->embed(image);
  if (!embedding) return embedding.error();
  descriptors.embedding = std::move(embedding->shape);
  descriptors.embedding.insert(descriptors.embedding.end(), embedding->colour.begin(),
                               embedding->colour.end());
  return descriptors;
}

StageSeconds PhotoDescriber::stage_seconds() const {
  return {seconds(decode_ns_), seconds(histogram_ns_), seconds(embed_ns_)};
}

}  // namespace semblance
