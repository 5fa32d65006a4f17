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

/// With the options that take the most pairs.
bool may_be_same_photo(const PictureMatch& match) {
  return is_same_photo(match, MatchOptions{true});
}

/// Work that several threads share.
class PairMatcher {
 public:
  PairMatcher(const std::filesystem::path& path, const std::vector<PairedPhoto>& photos,
              const std::vector<PhotoPair>& pairs)
      : path_(path),
        photos_(photos),
        pairs_(pairs),
        blocks_((pairs.size() + kPairsAtOnce - 1) / kPairsAtOnce) {}

  /// Of one thread. Errors are the thread's own.
  Status work() {
    Result<DuplicateCache> cache = DuplicateCache::open_to_read(path_);
    if (!cache) return cache.error();
    while (!stopped_) {
      const std::size_t block = next_++;
      if (block >= blocks_.size()) break;
      SEMBLANCE_RETURN_IF_ERROR(compare_block(block, *cache));
    }
    return {};
  }

  void stop() { stopped_ = true; }
  [[nodiscard]] std::size_t done() const { return done_; }
  /// Of the blocks that were finished, in the order of pairs. When all threads have ended.
  [[nodiscard]] std::vector<std::pair<PhotoPair, std::optional<PictureMatch>>> compared() const {
    std::vector<std::pair<PhotoPair, std::optional<PictureMatch>>> all;
    for (std::size_t block = 0; block < blocks_.size(); ++block) {
      if (!blocks_[block].finished) continue;
      auto match = blocks_[block].matches.begin();
      for (std::size_t i = block * kPairsAtOnce; i < end_of(block); ++i) {
        all.emplace_back(pairs_[i], std::nullopt);
        if (match == blocks_[block].matches.end() || match->pair != pairs_[i]) continue;
        all.back().second = (match++)->match;
      }
    }
    return all;
  }

 private:
  struct Block {
    std::vector<MatchedPair> matches;
    bool finished = false;
  };

  [[nodiscard]] std::size_t end_of(std::size_t block) const {
    return std::min(pairs_.size(), (block + 1) * kPairsAtOnce);
  }

  Status compare_block(std::size_t block, DuplicateCache& cache) {
    std::int64_t known = -1;
    PictureSketch sketch_a;
    for (std::size_t i = block * kPairsAtOnce; i < end_of(block); ++i) {
      const PhotoPair& pair = pairs_[i];
      const PairedPhoto& a = photos_[pair.a];
      const PairedPhoto& b = photos_[pair.b];
      if (known != a.sketch) {
        Result<PictureSketch> sketch = cache.sketch(a.sketch);
        if (!sketch) return sketch.error();
        sketch_a = *sketch;
        known = a.sketch;
      }
      const Result<PictureSketch> sketch_b = cache.sketch(b.sketch);
      if (!sketch_b) return sketch_b.error();
      // By content, so that what is remembered does not depend on what else was there.
      const bool in_order = *a.content < *b.content;
      const PictureMatch match = match_sketches(in_order ? sketch_a : *sketch_b,
                                                in_order ? *sketch_b : sketch_a, pair.mirrored);
      if (may_be_same_photo(match)) blocks_[block].matches.push_back({pair, match});
    }
    blocks_[block].finished = true;
    done_ += end_of(block) - block * kPairsAtOnce;
    return {};
  }

  const std::filesystem::path& path_;
  const std::vector<PairedPhoto>& photos_;
  const std::vector<PhotoPair>& pairs_;
  std::vector<Block> blocks_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> done_{0};
  std::atomic<bool> stopped_{false};
};

/// Runs until all is compared, or somebody asks to stop. Errors: kCancelled, those of the threads.
Status run(PairMatcher& matcher, std::size_t pairs, int threads_wanted,
           const DuplicateHooks& hooks) {
  const auto count = static_cast<std::size_t>(std::max(1, threads_wanted));
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
                     static_cast<std::int64_t>(pairs));
    }
    if (hooks.stop != nullptr && hooks.stop->load()) {
      cancelled = true;
      matcher.stop();
    }
  }
  for (std::thread& thread : threads) thread.join();
  if (cancelled) return Error{ErrorCode::kCancelled, "interrupted"};
  for (const Status& outcome : outcomes) SEMBLANCE_RETURN_IF_ERROR(outcome);
  return {};
}

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

Result<PairMatches> matching_pairs(const std::filesystem::path& path, const DuplicateCache& cache,
                                   const std::vector<PairedPhoto>& photos,
                                   const std::vector<PhotoPair>& pairs,
                                   const DuplicateOptions& options, const DuplicateHooks& hooks) {
  PairMatches matches;
  if (pairs.empty()) return matches;
  const Result<RememberedPairs> remembered = cache.remembered();
  if (!remembered) return remembered.error();
  std::vector<PhotoPair> unknown;
  for (const PhotoPair& pair : pairs) {
    const std::int64_t a = photos[pair.a].sketch;
    const std::int64_t b = photos[pair.b].sketch;
    if (const PictureMatch* match = remembered->match(a, b, pair.mirrored)) {
      if (is_same_photo(*match, options)) matches.pairs.push_back({pair, *match});
    } else if (!remembered->differ(a, b, pair.mirrored)) {
      unknown.push_back(pair);
    }
  }
  if (unknown.empty()) return matches;
  PairMatcher matcher(path, photos, unknown);
  const Status outcome = run(matcher, unknown.size(), options.threads, hooks);
  std::vector<ComparedPair> compared;
  for (const auto& [pair, match] : matcher.compared()) {
    compared.push_back({photos[pair.a].sketch, photos[pair.b].sketch, pair.mirrored, match});
    if (match && is_same_photo(*match, options)) matches.pairs.push_back({pair, *match});
  }
  SEMBLANCE_RETURN_IF_ERROR(cache.remember(compared));
  SEMBLANCE_RETURN_IF_ERROR(outcome);
  matches.compared = static_cast<std::int64_t>(compared.size());
  std::sort(matches.pairs.begin(), matches.pairs.end(),
            [](const MatchedPair& a, const MatchedPair& b) { return a.pair < b.pair; });
  return matches;
}

}  // namespace semblance
