#include "engine/duplicate_pairs.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace semblance {

namespace {

/// Pairs that a thread takes at once: those of one photo stand together, and its sketch is read
/// once.
constexpr std::size_t kPairsAtOnce = 512;

PictureMatch match_sketches(const PictureSketch& a, const PictureSketch& b, bool mirror) {
  return mirror ? match_pictures(a, mirrored(b)) : match_pictures(a, b);
}

/// Work that several threads share.
class PairMatcher {
 public:
  PairMatcher(const std::filesystem::path& path, const std::vector<std::int64_t>& sketches,
              const std::vector<PhotoPair>& pairs, const DuplicateOptions& options)
      : path_(path),
        sketches_(sketches),
        pairs_(pairs),
        options_(options),
        found_((pairs.size() + kPairsAtOnce - 1) / kPairsAtOnce) {}

  /// Of one thread. Errors are the thread's own.
  Status work() {
    Result<DuplicateCache> cache = DuplicateCache::open_to_read(path_);
    if (!cache) return cache.error();
    std::int64_t known = -1;
    PictureSketch first;
    while (!stopped_) {
      const std::size_t block = next_++;
      if (block >= found_.size()) break;
      const std::size_t end = std::min(pairs_.size(), (block + 1) * kPairsAtOnce);
      for (std::size_t i = block * kPairsAtOnce; i < end; ++i) {
        const PhotoPair& pair = pairs_[i];
        if (known != pair.a) {
          Result<PictureSketch> sketch = cache->sketch(sketches_[pair.a]);
          if (!sketch) return sketch.error();
          first = *sketch;
          known = pair.a;
        }
        const Result<PictureSketch> second = cache->sketch(sketches_[pair.b]);
        if (!second) return second.error();
        const PictureMatch match = match_sketches(first, *second, pair.mirrored);
        if (is_same_photo(match, options_)) found_[block].push_back({pair, match});
      }
      done_ += end - block * kPairsAtOnce;
    }
    return {};
  }

  void stop() { stopped_ = true; }
  [[nodiscard]] std::size_t done() const { return done_; }
  [[nodiscard]] std::vector<MatchedPair> found() const {
    std::vector<MatchedPair> all;
    for (const auto& block : found_) all.insert(all.end(), block.begin(), block.end());
    return all;
  }

 private:
  const std::filesystem::path& path_;
  const std::vector<std::int64_t>& sketches_;
  const std::vector<PhotoPair>& pairs_;
  const DuplicateOptions& options_;
  std::vector<std::vector<MatchedPair>> found_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> done_{0};
  std::atomic<bool> stopped_{false};
};

}  // namespace

Result<PictureMatch> match_pair(DuplicateCache& cache, std::int64_t sketch_a, std::int64_t sketch_b,
                                bool mirror) {
  const Result<PictureSketch> a = cache.sketch(sketch_a);
  if (!a) return a.error();
  const Result<PictureSketch> b = cache.sketch(sketch_b);
  if (!b) return b.error();
  return match_sketches(*a, *b, mirror);
}

bool is_same_photo(const PictureMatch& match, const DuplicateOptions& options) {
  return is_same_photo(match, MatchOptions{options.grey});
}

Result<std::vector<MatchedPair>> matching_pairs(const std::filesystem::path& path,
                                                const std::vector<std::int64_t>& sketches,
                                                const std::vector<PhotoPair>& pairs,
                                                const DuplicateOptions& options,
                                                const DuplicateHooks& hooks) {
  if (pairs.empty()) return std::vector<MatchedPair>();
  PairMatcher matcher(path, sketches, pairs, options);
  const auto count = static_cast<std::size_t>(std::max(1, options.threads));
  std::vector<Status> outcomes(count);
  std::vector<std::thread> threads;
  std::atomic<std::size_t> running{count};
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      outcomes[i] = matcher.work();
      if (!outcomes[i]) matcher.stop();
      --running;
    });
  }
  bool cancelled = false;
  while (running > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (hooks.progress) {
      hooks.progress("comparing pixels", static_cast<std::int64_t>(matcher.done()),
                     static_cast<std::int64_t>(pairs.size()));
    }
    if (hooks.stop != nullptr && hooks.stop->load()) {
      cancelled = true;
      matcher.stop();
    }
  }
  for (std::thread& thread : threads) thread.join();
  if (cancelled) return Error{ErrorCode::kCancelled, "interrupted"};
  for (const Status& outcome : outcomes) SEMBLANCE_RETURN_IF_ERROR(outcome);
  return matcher.found();
}

}  // namespace semblance
