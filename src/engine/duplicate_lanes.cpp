#include "engine/duplicate_lanes.h"

#include <algorithm>
#include <set>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "duplicates/complete_link.h"
#include "duplicates/near_hashes.h"
#include "engine/measure.h"
#include "engine/neighbours.h"

namespace semblance {

namespace {

/// Hashes that differ in more bits are not looked at: unrelated pictures begin to come in.
constexpr int kMostBits = 40;
/// Closest items of each item that may be copies of it, or look alike.
constexpr int kNeighbours = 10;
/// Copies score at least so much, also cropped ones.
constexpr double kCopyScore = .95;
/// What is rounded in the lists; and the best versions' score, which counts, is another one.
constexpr double kRounding = .01;

/// Items of equal pixels, put asunder where somebody told some of them apart.
std::vector<PhotoNumbers> parts_of(const DuplicatePhotos& photos, const PhotoNumbers& same) {
  if (!photos.anything_told_apart()) return {same};
  std::vector<Link> links;
  for (std::size_t i = 0; i < same.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!photos.told_apart(same[i], same[j])) links.push_back({same[j], same[i], 1});
    }
  }
  if (links.size() == same.size() * (same.size() - 1) / 2) return {same};
  std::vector<PhotoNumbers> parts =
      complete_link_groups(links, [](std::uint32_t, std::uint32_t) { return false; });
  std::set<std::uint32_t> alone(same.begin(), same.end());
  for (const PhotoNumbers& part : parts) {
    for (const std::uint32_t number : part) alone.erase(number);
  }
  for (const std::uint32_t number : alone) parts.push_back({number});
  return parts;
}

}  // namespace

LaneUnits identical_photos(const DuplicatePhotos& photos) {
  std::unordered_map<Sha256, PhotoNumbers, HashOfSha256> same;
  std::vector<const PhotoNumbers*> order;
  for (std::uint32_t i = 0; i < photos.size(); ++i) {
    const PhotoSignature* signature = photos.signature_of(i);
    PhotoNumbers& numbers =
        same[signature != nullptr ? signature->pixels : photos.item(i).content_hash];
    if (numbers.empty()) order.push_back(&numbers);
    numbers.push_back(i);
  }
  LaneUnits lane;
  lane.of.resize(photos.size());
  for (const PhotoNumbers* numbers : order) {
    const auto kin = static_cast<std::uint32_t>(lane.units.size());
    for (PhotoNumbers& part : parts_of(photos, *numbers)) {
      photos.sort_by_quality(part);
      for (const std::uint32_t number : part) {
        lane.of[number] = static_cast<std::uint32_t>(lane.units.size());
      }
      if (part.size() > 1) lane.groups.push_back(part);
      lane.units.push_back({std::move(part), kin});
    }
  }
  return lane;
}

Result<CloseItems> CloseItems::open(const Collection& collection, const CollectionFiles& files,
                                    const DuplicatePhotos& photos, int threads,
                                    const DuplicateHooks& hooks) {
  CloseItems close;
  const VectorSet& set = collection.set();
  if (set.rows == 0) return close;
  NeighbourHooks neighbour_hooks;
  neighbour_hooks.stop = hooks.stop;
  neighbour_hooks.notice = hooks.notice;
  if (hooks.progress) {
    neighbour_hooks.progress = [&hooks](std::int64_t done, std::int64_t total) {
      hooks.progress("finding look-alikes", done, total);
    };
  }
  NeighbourSettings settings;
  settings.limit = kNeighbours;
  const std::filesystem::path path = duplicate_table_path(files, set);
  const auto refreshed = [&] {
    return refresh_neighbour_file(files, collection.catalogue(), set, settings, threads,
                                  neighbour_hooks, path);
  };
  Result<NeighbourFile> file = refreshed();
  if (file && !file->verify()) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    file = refreshed();
  }
  if (!file) return file.error();
  SEMBLANCE_RETURN_IF_ERROR(file->verify());  // its rows are used as they stand there
  close.file_ = *std::move(file);
  close.item_of_row_.assign(static_cast<std::size_t>(set.rows), kNoItem);
  for (std::uint32_t i = 0; i < photos.size(); ++i) {
    close.rows_.push_back(photos.row(i));
    close.item_of_row_[static_cast<std::size_t>(photos.row(i))] = i;
  }
  return close;
}

std::vector<PhotoPair> candidate_pairs(const DuplicatePhotos& photos, const LaneUnits& identical,
                                       const CloseItems& close, bool mirrored) {
  std::vector<PictureHash> hashes;
  PhotoNumbers numbers;
  std::vector<bool> known;
  for (std::uint32_t i = 0; i < identical.units.size(); ++i) {
    const PhotoSignature* signature = photos.signature_of(identical.units[i].best());
    known.push_back(signature != nullptr);
    if (signature == nullptr) continue;
    hashes.push_back(signature->hash);
    numbers.push_back(i);
  }
  std::vector<PhotoPair> pairs;
  const auto add = [&](std::uint32_t a, std::uint32_t b, bool mirror) {
    pairs.push_back({std::min(a, b), std::max(a, b), mirror});
  };
  for (const HashPair& pair : near_hashes(hashes, kMostBits)) {
    add(numbers[pair.a], numbers[pair.b], false);
  }
  if (mirrored) {
    for (const HashPair& pair : near_mirrored_hashes(hashes, kMostBits)) {
      add(numbers[pair.a], numbers[pair.b], true);
    }
  }
  for (std::uint32_t i = 0; i < photos.size(); ++i) {
    const std::uint32_t unit = identical.of[i];
    if (!known[unit]) continue;
    close.for_each(i, kCopyScore, [&](std::uint32_t number) {
      const std::uint32_t other = identical.of[number];
      if (!known[other]) return;
      add(unit, other, false);
      if (mirrored) add(unit, other, true);
    });
  }
  std::erase_if(pairs, [&](const PhotoPair& pair) {
    const PhotoUnit& a = identical.units[pair.a];
    const PhotoUnit& b = identical.units[pair.b];
    return pair.a == pair.b || a.kin == b.kin || photos.told_apart(a, b);
  });
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

namespace {

/// Units of identical items whose groups are versions of one photo become one unit each.
void join_versions(const DuplicatePhotos& photos, const LaneUnits& identical, LaneUnits& versions) {
  constexpr std::uint32_t kNone = 0xffffffff;
  std::vector<std::uint32_t> version_of(identical.units.size(), kNone);
  for (const PhotoNumbers& group : versions.groups) {
    PhotoUnit photo;
    for (const std::uint32_t unit : group) {
      version_of[unit] = static_cast<std::uint32_t>(versions.units.size());
      const PhotoNumbers& items = identical.units[unit].items;
      photo.items.insert(photo.items.end(), items.begin(), items.end());
    }
    photos.sort_by_quality(photo.items);
    photo.kin = identical.units[group.front()].kin;
    versions.units.push_back(std::move(photo));
  }
  for (std::size_t unit = 0; unit < identical.units.size(); ++unit) {
    if (version_of[unit] != kNone) continue;
    version_of[unit] = static_cast<std::uint32_t>(versions.units.size());
    versions.units.push_back(identical.units[unit]);
  }
  for (const std::uint32_t unit : identical.of) versions.of.push_back(version_of[unit]);
}

}  // namespace

Result<LaneUnits> same_photos(const DuplicatePhotos& photos, const LaneUnits& identical,
                              const std::vector<MatchedPair>& matches,
                              const DuplicateOptions& options, DuplicateCache& cache) {
  std::vector<Link> links;
  for (const MatchedPair& match : matches) {
    links.push_back({match.pair.a, match.pair.b, match.match.correlation});
  }
  Status trouble;
  const auto linked = [&](std::uint32_t a, std::uint32_t b) {
    const PhotoUnit& one = identical.units[a];
    const PhotoUnit& other = identical.units[b];
    if (photos.told_apart(one, other) || one.kin == other.kin) return false;
    const std::int64_t first = photos.signature_of(one.best())->key;
    const std::int64_t second = photos.signature_of(other.best())->key;
    for (const bool mirrored : {false, true}) {
      if (mirrored && !options.mirrored) break;
      const auto match = match_pair(cache, first, second, mirrored);
      if (!match) trouble = match.error();
      if (match && is_same_photo(*match, options)) return true;
    }
    return false;
  };
  LaneUnits versions;
  versions.groups = complete_link_groups(std::move(links), linked);
  SEMBLANCE_RETURN_IF_ERROR(trouble);
  join_versions(photos, identical, versions);
  return versions;
}

double LookAlikes::score(std::uint32_t a, std::uint32_t b) const {
  const VectorStore& vectors = collection_.vectors();
  const Scorer scorer(neighbour_measure(0), collection_.set().shape_dimension,
                      vectors.row(photos_.row(a)));
  return scorer.compare(vectors.row(photos_.row(b))).score;
}

bool LookAlikes::may_be(const PhotoUnit& a, const PhotoUnit& b) const {
  return &a != &b && a.kin != b.kin &&
         photos_.item(a.best()).product != photos_.item(b.best()).product &&
         !photos_.told_apart(a, b);
}

std::vector<PhotoNumbers> LookAlikes::find(const LaneUnits& versions,
                                           const CloseItems& close) const {
  std::vector<std::uint64_t> found;
  for (std::uint32_t i = 0; i < photos_.size(); ++i) {
    const std::uint32_t a = versions.of[i];
    close.for_each(i, least_score_ - kRounding, [&](std::uint32_t other) {
      const std::uint32_t b = versions.of[other];
      if (may_be(versions.units[a], versions.units[b])) found.push_back(pair_key(a, b));
    });
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  const auto close_enough = [&](std::uint32_t a, std::uint32_t b) {
    return score(versions.units[a].best(), versions.units[b].best());
  };
  std::vector<Link> links;
  for (const std::uint64_t key : found) {
    const auto a = static_cast<std::uint32_t>(key >> 32);
    const auto b = static_cast<std::uint32_t>(key);
    const double closeness = close_enough(a, b);
    if (closeness >= least_score_) links.push_back({a, b, closeness});
  }
  return complete_link_groups(std::move(links), [&](std::uint32_t a, std::uint32_t b) {
    return may_be(versions.units[a], versions.units[b]) && close_enough(a, b) >= least_score_;
  });
}

}  // namespace semblance
