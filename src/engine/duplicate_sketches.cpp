#include "engine/duplicate_sketches.h"

#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "base/bounded_queue.h"
#include "base/file.h"
#include "image/decode.h"

namespace semblance {

namespace {

constexpr std::size_t kPhotosPerTransaction = 500;

/// Of the size (two int32, little-endian) and all pixels, so that equal pictures of different files
/// are known.
Sha256 hash_of_pixels(const Image& image) {
  std::array<std::uint8_t, 8> size{};
  for (int i = 0; i < 4; ++i) {
    size[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(image.width >> (8 * i));
    size[static_cast<std::size_t>(4 + i)] = static_cast<std::uint8_t>(image.height >> (8 * i));
  }
  Sha256Hasher hasher;
  hasher.add(std::as_bytes(std::span(size)));
  hasher.add(std::as_bytes(std::span(image.pixels)));
  return hasher.finish();
}

/// Nothing where the photo is not what the catalogue knows.
std::optional<DuplicateCache::NewSignature> describe(const PhotoToDescribe& photo) {
  // A photo that is in the catalogue was within the limits of its sync, whatever they were.
  DecodeOptions options;
  options.limits = {1ULL << 31, 1ULL << 31};
  const Result<Bytes> bytes = read_file(photo.path, options.limits.max_bytes);
  if (!bytes || sha256(*bytes) != photo.content_hash) return std::nullopt;
  const Result<DecodedImage> decoded = decode_image(*bytes, options);
  if (!decoded) return std::nullopt;
  DuplicateCache::NewSignature signature;
  signature.content_hash = photo.content_hash;
  signature.pixels = hash_of_pixels(decoded->image);
  signature.sketch = sketch_of(decoded->image);
  signature.hash = hash_of(signature.sketch);
  return signature;
}

/// The threads that decode, and what they have done.
class Describers {
 public:
  Describers(const std::vector<PhotoToDescribe>& photos, int threads) : photos_(photos) {
    left_ = std::max(1, threads);
    for (int i = 0; i < std::max(1, threads); ++i) {
      threads_.emplace_back([this] { work(); });
    }
  }
  Describers(const Describers&) = delete;
  Describers& operator=(const Describers&) = delete;
  ~Describers() {
    stop();
    for (std::thread& thread : threads_) thread.join();
  }

  /// No more photos are begun.
  void stop() {
    stopped_ = true;
    done_.close();
  }
  using Outcome = std::optional<DuplicateCache::NewSignature>;
  /// Nothing at the end.
  std::optional<Outcome> next() { return done_.pop(); }

 private:
  void work() {
    while (!stopped_) {
      const std::size_t index = next_++;
      if (index >= photos_.size()) break;
      Outcome outcome;
      try {
        outcome = describe(photos_[index]);
      } catch (const std::bad_alloc&) {
        outcome.reset();  // a huge picture
      }
      if (!done_.push(std::move(outcome))) break;
    }
    if (--left_ == 0) done_.close();
  }

  const std::vector<PhotoToDescribe>& photos_;
  std::atomic<std::size_t> next_{0};
  std::atomic<int> left_{0};
  std::atomic<bool> stopped_{false};
  BoundedQueue<Outcome> done_{256};
  std::vector<std::thread> threads_;
};

}  // namespace

Result<DescribedPhotos> describe_photos(const std::vector<PhotoToDescribe>& photos, int threads,
                                        const DuplicateHooks& hooks, const DuplicateCache& cache) {
  DescribedPhotos counts;
  if (photos.empty()) return counts;
  const auto total = static_cast<std::int64_t>(photos.size());
  std::vector<DuplicateCache::NewSignature> batch;
  Describers describers(photos, threads);
  while (auto outcome = describers.next()) {
    if (hooks.stop != nullptr && hooks.stop->load()) {
      SEMBLANCE_RETURN_IF_ERROR(cache.put(batch));
      return Error{ErrorCode::kCancelled, "interrupted; what was looked at so far is kept"};
    }
    ++(*outcome ? counts.described : counts.unreadable);
    if (*outcome) batch.push_back(**std::move(outcome));
    if (batch.size() == kPhotosPerTransaction) {
      SEMBLANCE_RETURN_IF_ERROR(cache.put(batch));
      batch.clear();
    }
    if (hooks.progress) {
      hooks.progress("looking at photos", counts.described + counts.unreadable, total);
    }
  }
  SEMBLANCE_RETURN_IF_ERROR(cache.put(batch));
  return counts;
}

}  // namespace semblance
