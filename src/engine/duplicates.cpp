#include "engine/duplicates.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "duplicates/complete_link.h"
#include "duplicates/near_hashes.h"
#include "engine/collection.h"
#include "engine/collection_files.h"
#include "engine/duplicate_cache.h"
#include "engine/duplicate_pairs.h"
#include "engine/duplicate_sketches.h"
#include "engine/measure.h"
#include "engine/neighbours.h"
#include "engine/photo_place.h"

namespace semblance {

namespace {

using Clock = std::chrono::steady_clock;
using Numbers = std::vector<std::uint32_t>;

/// Hashes that differ in more bits are not looked at: unrelated pictures begin to come in.
constexpr int kMostBits = 40;
/// Closest items of each item that may be copies of it, or look alike.
constexpr int kNeighbours = 10;
/// Copies score at least so much, also cropped ones.
constexpr float kCopyScore = .95F;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint64_t>(std::min(a, b)) << 32 | std::max(a, b);
}

struct LoadedItem {
  DuplicateItem item;
  std::int64_t row = -1;  ///< of its vectors
};

/// Best first: most pixels, most bytes, then by id.
bool is_better(const DuplicateItem& a, const DuplicateItem& b) {
  const auto pixels = [](const DuplicateItem& item) {
    return static_cast<std::int64_t>(item.width) * item.height;
  };
  if (pixels(a) != pixels(b)) return pixels(a) > pixels(b);
  if (a.size_bytes != b.size_bytes) return a.size_bytes > b.size_bytes;
  return a.id < b.id;
}

/// By content, so that neither ids nor rows have a say in which groups there are.
Result<std::vector<LoadedItem>> load_items(const Catalogue& catalogue, const VectorSet& set) {
  Result<Statement> statement = catalogue.database().prepare(
      "SELECT item.key, id, product, path, url, width, height, size_bytes, item.content_hash, row "
      "FROM item JOIN vector ON vector.item = item.key AND vector_set = ? AND row < ? "
      "WHERE status = 'indexed' ORDER BY item.content_hash, id");
  if (!statement) return statement.error();
  statement->bind(1, set.key).bind(2, set.rows);  // a sync may have added more since
  std::vector<LoadedItem> items;
  while (true) {
    const Result<bool> more = statement->step();
    if (!more) return more.error();
    if (!*more) return items;
    LoadedItem loaded;
    DuplicateItem& item = loaded.item;
    item.key = statement->integer(0);
    item.id = statement->text(1);
    item.product = statement->text(2);
    item.path = statement->text(3);
    item.url = statement->text(4);
    item.width = static_cast<int>(statement->integer(5));
    item.height = static_cast<int>(statement->integer(6));
    item.size_bytes = statement->integer(7);
    const auto hash = statement->blob(8);
    if (hash.size() != item.content_hash.size()) continue;
    std::copy(hash.begin(), hash.end(), item.content_hash.begin());
    loaded.row = statement->integer(9);
    items.push_back(std::move(loaded));
  }
}

/// Items that stand for one thing: identical ones, or versions of one photo.
struct Unit {
  Numbers items;          ///< the best one first
  std::uint32_t kin = 0;  ///< equal for units of identical pixels that somebody told apart
  [[nodiscard]] std::uint32_t best() const { return items.front(); }
};

/// One search for the duplicates of a collection: step by step in the order of find().
class DuplicateFinder {
 public:
  DuplicateFinder(const Collection& collection, const CollectionFiles& files,
                  const DuplicateOptions& options, const DuplicateHooks& hooks)
      : collection_(collection), files_(files), options_(options), hooks_(hooks) {}

  Result<DuplicateReport> find();

 private:
  [[nodiscard]] bool wants(DuplicateLane lane) const {
    return !options_.lane || *options_.lane == lane;
  }
  [[nodiscard]] std::filesystem::path cache_path() const {
    return files_.folder() / "duplicates.sqlite";
  }
  [[nodiscard]] const DuplicateItem& item(std::uint32_t number) const {
    return items_[number].item;
  }
  [[nodiscard]] const PhotoSignature* signature_of(std::uint32_t number) const {
    const auto known = signatures_.find(item(number).content_hash);
    return known == signatures_.end() ? nullptr : &known->second;
  }
  [[nodiscard]] bool told_apart(const Unit& a, const Unit& b) const;

  Status load_decisions();
  Status bring_signatures_up_to_date(const DuplicateCache& cache);
  Status find_identical();
  Status add_identical_units(const Numbers& same);
  Status find_neighbours();
  [[nodiscard]] std::vector<PhotoPair> candidate_pairs() const;
  Status find_same_photos(DuplicateCache& cache);
  Status find_look_alikes();
  [[nodiscard]] double score(std::uint32_t a, std::uint32_t b) const;
  void sort_by_quality(Numbers& numbers) const;

  Result<DuplicateGroup> group_of(DuplicateLane lane, const Numbers& units, DuplicateCache& cache);
  Status add_evidence(DuplicateGroup& group, const Numbers& units, DuplicateCache& cache) const;
  void add_keep(DuplicateGroup& group, const Numbers& units) const;
  Status report_lane(DuplicateLane lane, const std::vector<Numbers>& groups, DuplicateCache& cache);
  Status store(const DuplicateCache& cache) const;

  const Collection& collection_;
  const CollectionFiles& files_;
  const DuplicateOptions& options_;
  const DuplicateHooks& hooks_;
  std::vector<LoadedItem> items_;
  DuplicateCache::Signatures signatures_;
  std::vector<DuplicateDecision> decisions_;
  std::set<std::uint64_t> apart_;  ///< pairs of items that are no duplicates, somebody said

  std::vector<Unit> units_;             ///< of identical items
  std::vector<std::uint32_t> unit_of_;  ///< by item
  std::vector<Unit> photos_;            ///< of versions of one photo
  std::vector<Numbers> identical_;      ///< groups, of numbers of items
  std::vector<Numbers> same_photo_;     ///< of numbers of units_
  std::vector<Numbers> look_alike_;     ///< of numbers of photos_
  std::optional<NeighbourFile> neighbours_;
  std::vector<std::uint32_t> item_of_row_;
  DuplicateReport report_;
};

constexpr std::uint32_t kNoItem = 0xffffffff;

bool DuplicateFinder::told_apart(const Unit& a, const Unit& b) const {
  if (apart_.empty()) return false;
  return std::any_of(a.items.begin(), a.items.end(), [&](std::uint32_t one) {
    return std::any_of(b.items.begin(), b.items.end(),
                       [&](std::uint32_t other) { return apart_.contains(pair_key(one, other)); });
  });
}

Status DuplicateFinder::load_decisions() {
  Result<std::vector<DuplicateDecision>> decisions =
      read_duplicate_decisions(collection_.catalogue());
  if (!decisions) return decisions.error();
  decisions_ = *std::move(decisions);
  std::unordered_map<std::int64_t, std::uint32_t> numbers;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    numbers.emplace(items_[i].item.key, static_cast<std::uint32_t>(i));
  }
  for (const DuplicateDecision& decision : decisions_) {
    if (decision.verdict != DuplicateVerdict::kNotDuplicates) continue;
    Numbers about;
    for (const DecidedItem& one : decision.items) {
      if (const auto known = numbers.find(one.item); known != numbers.end()) {
        about.push_back(known->second);
      }
    }
    for (std::size_t i = 0; i < about.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) apart_.insert(pair_key(about[i], about[j]));
    }
  }
  return {};
}

Status DuplicateFinder::bring_signatures_up_to_date(const DuplicateCache& cache) {
  const Clock::time_point start = Clock::now();
  Result<DuplicateCache::Signatures> known = cache.signatures();
  if (!known) return known.error();
  std::vector<PhotoToDescribe> missing;
  DuplicateCache::Signatures unused = *known;
  const Sha256* last = nullptr;
  for (const LoadedItem& loaded : items_) {
    const Sha256& content = loaded.item.content_hash;
    unused.erase(content);
    if (last != nullptr && *last == content) continue;
    last = &content;
    if (!known->contains(content)) {
      missing.push_back({content, place_of_photo(files_, loaded.item.path)});
    }
  }
  std::vector<std::int64_t> unused_keys;
  for (const auto& [content, signature] : unused) unused_keys.push_back(signature.key);
  SEMBLANCE_RETURN_IF_ERROR(cache.remove(unused_keys));
  const Result<DescribedPhotos> described =
      describe_photos(missing, options_.threads, hooks_, cache);
  if (!described) return described.error();
  report_.described = described->described;
  report_.unreadable = described->unreadable;
  if (described->described > 0) known = cache.signatures();
  if (!known) return known.error();
  signatures_ = *std::move(known);
  report_.describe_seconds = seconds_since(start);
  return {};
}

void DuplicateFinder::sort_by_quality(Numbers& numbers) const {
  std::sort(numbers.begin(), numbers.end(),
            [this](std::uint32_t a, std::uint32_t b) { return is_better(item(a), item(b)); });
}

/// Items of equal pixels become one unit, or several where somebody told them apart.
Status DuplicateFinder::add_identical_units(const Numbers& same) {
  const auto kin = static_cast<std::uint32_t>(units_.size());
  const auto are_apart = [this](std::uint32_t a, std::uint32_t b) {
    return apart_.contains(pair_key(a, b));
  };
  bool split = false;
  for (std::size_t i = 0; i < same.size() && !apart_.empty(); ++i) {
    for (std::size_t j = 0; j < i; ++j) split = split || are_apart(same[i], same[j]);
  }
  std::vector<Numbers> parts;
  if (split) {
    std::vector<Link> links;
    for (std::size_t i = 0; i < same.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (!are_apart(same[i], same[j])) links.push_back({same[j], same[i], 1});
      }
    }
    parts = complete_link_groups(links, [](std::uint32_t, std::uint32_t) { return false; });
    std::set<std::uint32_t> alone(same.begin(), same.end());
    for (const Numbers& part : parts) {
      for (const std::uint32_t number : part) alone.erase(number);
    }
    for (const std::uint32_t number : alone) parts.push_back({number});
  } else {
    parts.push_back(same);
  }
  for (Numbers& part : parts) {
    sort_by_quality(part);
    for (const std::uint32_t number : part) {
      unit_of_[number] = static_cast<std::uint32_t>(units_.size());
    }
    if (part.size() > 1) identical_.push_back(part);
    units_.push_back({std::move(part), kin});
  }
  return {};
}

Status DuplicateFinder::find_identical() {
  std::unordered_map<Sha256, Numbers, HashOfSha256> same;
  std::vector<Sha256> order;
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    const PhotoSignature* signature = signature_of(i);
    const Sha256& pixels = signature != nullptr ? signature->pixels : item(i).content_hash;
    Numbers& numbers = same[pixels];
    if (numbers.empty()) order.push_back(pixels);
    numbers.push_back(i);
  }
  unit_of_.resize(items_.size());
  for (const Sha256& pixels : order) SEMBLANCE_RETURN_IF_ERROR(add_identical_units(same[pixels]));
  return {};
}

/// Lists of the closest items of each item, kept in a file of their own beside the vectors.
Status DuplicateFinder::find_neighbours() {
  const VectorSet& set = collection_.set();
  if (set.rows == 0) return {};
  NeighbourHooks hooks;
  hooks.stop = hooks_.stop;
  hooks.notice = hooks_.notice;
  if (hooks_.progress) {
    hooks.progress = [this](std::int64_t done, std::int64_t total) {
      hooks_.progress("finding look-alikes", done, total);
    };
  }
  NeighbourSettings settings;
  settings.limit = kNeighbours;
  Result<NeighbourFile> file =
      refresh_neighbour_file(files_, collection_.catalogue(), set, settings, options_.threads,
                             hooks, files_.vectors(set.key) / "duplicates.table");
  if (!file) return file.error();
  neighbours_ = *std::move(file);
  item_of_row_.assign(static_cast<std::size_t>(set.rows), kNoItem);
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    const std::int64_t row = items_[i].row;
    if (row >= 0 && row < set.rows) item_of_row_[static_cast<std::size_t>(row)] = i;
  }
  return {};
}

/// Pairs of units that are worth comparing: of near hashes, and of near embeddings, which find
/// crops that change a hash.
std::vector<PhotoPair> DuplicateFinder::candidate_pairs() const {
  std::vector<PictureHash> hashes;
  Numbers numbers;
  for (std::uint32_t i = 0; i < units_.size(); ++i) {
    const PhotoSignature* signature = signature_of(units_[i].best());
    if (signature == nullptr) continue;
    hashes.push_back(signature->hash);
    numbers.push_back(i);
  }
  std::vector<PhotoPair> pairs;
  const auto add = [&](std::uint32_t a, std::uint32_t b, bool mirrored) {
    pairs.push_back({std::min(a, b), std::max(a, b), mirrored});
  };
  for (const HashPair& pair : near_hashes(hashes, kMostBits)) {
    add(numbers[pair.a], numbers[pair.b], false);
  }
  if (options_.mirrored) {
    for (const HashPair& pair : near_mirrored_hashes(hashes, kMostBits)) {
      add(numbers[pair.a], numbers[pair.b], true);
    }
  }
  for (std::uint32_t i = 0; i < items_.size() && neighbours_; ++i) {
    if (items_[i].row < 0 || signature_of(units_[unit_of_[i]].best()) == nullptr) continue;
    for (const Neighbour& one : neighbours_->view().of(items_[i].row)) {
      if (one.score < kCopyScore) break;
      const std::uint32_t other = item_of_row_.at(static_cast<std::size_t>(one.row));
      if (other == kNoItem || signature_of(units_[unit_of_[other]].best()) == nullptr) continue;
      add(unit_of_[i], unit_of_[other], false);
      if (options_.mirrored) add(unit_of_[i], unit_of_[other], true);
    }
  }
  std::erase_if(pairs, [this](const PhotoPair& pair) {
    const Unit& a = units_[pair.a];
    const Unit& b = units_[pair.b];
    return pair.a == pair.b || a.kin == b.kin || told_apart(a, b);
  });
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

Status DuplicateFinder::find_same_photos(DuplicateCache& cache) {
  std::vector<std::int64_t> sketches(units_.size());
  for (std::size_t i = 0; i < units_.size(); ++i) {
    const PhotoSignature* signature = signature_of(units_[i].best());
    sketches[i] = signature != nullptr ? signature->key : 0;
  }
  const std::vector<PhotoPair> pairs = candidate_pairs();
  report_.compared = static_cast<std::int64_t>(pairs.size());
  const auto matches = matching_pairs(cache_path(), sketches, pairs, options_, hooks_);
  if (!matches) return matches.error();
  std::vector<Link> links;
  for (const MatchedPair& match : *matches) {
    links.push_back({match.pair.a, match.pair.b, match.match.correlation});
  }
  Status trouble;
  const auto linked = [&](std::uint32_t a, std::uint32_t b) {
    if (told_apart(units_[a], units_[b]) || units_[a].kin == units_[b].kin) return false;
    for (const bool mirrored : {false, true}) {
      if (mirrored && !options_.mirrored) break;
      const auto match = match_pair(cache, sketches[a], sketches[b], mirrored);
      if (!match) trouble = match.error();
      if (match && is_same_photo(*match, options_)) return true;
    }
    return false;
  };
  same_photo_ = complete_link_groups(std::move(links), linked);
  SEMBLANCE_RETURN_IF_ERROR(trouble);
  return {};
}

/// As a search for the one gives the other.
double DuplicateFinder::score(std::uint32_t a, std::uint32_t b) const {
  const VectorStore& vectors = collection_.vectors();
  const Scorer scorer(neighbour_measure(0), collection_.set().shape_dimension,
                      vectors.row(items_[a].row));
  return scorer.compare(vectors.row(items_[b].row)).score;
}

/// Versions of one photo are one thing here, and so are the photos of one product.
Status DuplicateFinder::find_look_alikes() {
  std::vector<std::uint32_t> photo_of_unit(units_.size(), kNoItem);
  for (const Numbers& group : same_photo_) {
    Unit photo;
    for (const std::uint32_t unit : group) {
      photo_of_unit[unit] = static_cast<std::uint32_t>(photos_.size());
      photo.items.insert(photo.items.end(), units_[unit].items.begin(), units_[unit].items.end());
    }
    sort_by_quality(photo.items);
    photo.kin = units_[group.front()].kin;
    photos_.push_back(std::move(photo));
  }
  for (std::size_t unit = 0; unit < units_.size(); ++unit) {
    if (photo_of_unit[unit] != kNoItem) continue;
    photo_of_unit[unit] = static_cast<std::uint32_t>(photos_.size());
    photos_.push_back(units_[unit]);
  }
  if (!neighbours_) return {};
  const auto may_be = [this](std::uint32_t a, std::uint32_t b) {
    const Unit& one = photos_[a];
    const Unit& other = photos_[b];
    return a != b && one.kin != other.kin &&
           item(one.best()).product != item(other.best()).product && !told_apart(one, other);
  };
  std::map<std::uint64_t, double> found;
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    for (const Neighbour& one : neighbours_->view().of(items_[i].row)) {
      // What is rounded in the list; and the best versions' score, which counts, is another one.
      if (one.score < options_.look_alike_score - .01) break;
      const std::uint32_t other = item_of_row_.at(static_cast<std::size_t>(one.row));
      if (other == kNoItem) continue;
      const std::uint32_t a = photo_of_unit[unit_of_[i]];
      const std::uint32_t b = photo_of_unit[unit_of_[other]];
      if (may_be(a, b)) found.try_emplace(pair_key(a, b), 0);
    }
  }
  std::vector<Link> links;
  for (const auto& [key, unknown] : found) {
    const auto a = static_cast<std::uint32_t>(key >> 32);
    const auto b = static_cast<std::uint32_t>(key);
    const double close = score(photos_[a].best(), photos_[b].best());
    if (close >= options_.look_alike_score) links.push_back({a, b, close});
  }
  look_alike_ = complete_link_groups(std::move(links), [&](std::uint32_t a, std::uint32_t b) {
    return may_be(a, b) && score(photos_[a].best(), photos_[b].best()) >= options_.look_alike_score;
  });
  return {};
}

/// Of the lane and the different contents in it: stable whatever the items are called.
std::string name_of(const DuplicateGroup& group) {
  std::set<Sha256> contents;
  for (const DuplicateItem& each : group.items) contents.insert(each.content_hash);
  Sha256Hasher hasher;
  hasher.add(std::as_bytes(std::span(lane_name(group.lane))));
  for (const Sha256& content : contents) hasher.add(std::as_bytes(std::span(content)));
  return std::string(1, lane_name(group.lane).front()) + "-" +
         to_hex(hasher.finish()).substr(0, 10);
}

Status DuplicateFinder::add_evidence(DuplicateGroup& group, const Numbers& units,
                                     DuplicateCache& cache) const {
  const DuplicateItem& best = group.items.front();
  for (std::size_t i = 1; i < group.items.size(); ++i) {
    DuplicateItem& other = group.items[i];
    DuplicateEvidence& evidence = other.evidence;
    if (group.lane == DuplicateLane::kIdentical) {
      evidence.equal_bytes = other.content_hash == best.content_hash;
    } else if (group.lane == DuplicateLane::kLookAlike) {
      evidence.score = score(photos_[units.front()].best(), photos_[units[i]].best());
    } else {
      const PhotoSignature& a = signatures_.at(best.content_hash);
      const PhotoSignature& b = signatures_.at(other.content_hash);
      for (const bool mirrored : {false, true}) {
        if (mirrored && !options_.mirrored) break;
        const auto match = match_pair(cache, a.key, b.key, mirrored);
        if (!match) return match.error();
        if (mirrored && match->correlation <= evidence.match.correlation) continue;
        evidence.match = *match;
        evidence.mirrored = mirrored;
      }
      evidence.hash_distance =
          hash_distance(a.hash, evidence.mirrored ? semblance::mirrored(b.hash) : b.hash);
    }
  }
  return {};
}

/// Somebody decided which one to keep, and nothing has come into the group since.
void DuplicateFinder::add_keep(DuplicateGroup& group, const Numbers& units) const {
  const std::vector<Unit>& all = group.lane == DuplicateLane::kLookAlike ? photos_ : units_;
  for (const DuplicateDecision& decision : decisions_) {
    if (decision.verdict != DuplicateVerdict::kKeepOne || decision.lane != group.lane) continue;
    std::set<std::int64_t> about;
    std::string kept;
    for (const DecidedItem& one : decision.items) {
      about.insert(one.item);
      if (one.kept && one.item != 0) kept = one.id;
    }
    const auto is_about = [&](std::uint32_t number) { return about.contains(item(number).key); };
    const bool complete =
        !kept.empty() && std::all_of(units.begin(), units.end(), [&](std::uint32_t number) {
          if (group.lane == DuplicateLane::kIdentical) return is_about(number);
          return std::any_of(all[number].items.begin(), all[number].items.end(), is_about);
        });
    if (complete) group.keep = kept;  // the last one counts
  }
}

Result<DuplicateGroup> DuplicateFinder::group_of(DuplicateLane lane, const Numbers& members,
                                                 DuplicateCache& cache) {
  const std::vector<Unit>& all = lane == DuplicateLane::kLookAlike ? photos_ : units_;
  DuplicateGroup group;
  group.lane = lane;
  Numbers units = members;
  if (lane != DuplicateLane::kIdentical) {
    std::sort(units.begin(), units.end(), [&](std::uint32_t a, std::uint32_t b) {
      return is_better(item(all[a].best()), item(all[b].best()));
    });
  }
  for (const std::uint32_t number : units) {
    if (lane == DuplicateLane::kIdentical) {
      group.items.push_back(item(number));
      continue;
    }
    const Numbers& versions = all[number].items;
    group.items.push_back(item(versions.front()));
    for (std::size_t i = 1; i < versions.size(); ++i) {
      group.items.back().copies.push_back(item(versions[i]).id);
    }
  }
  group.name = name_of(group);
  SEMBLANCE_RETURN_IF_ERROR(add_evidence(group, units, cache));
  add_keep(group, units);
  return group;
}

Status DuplicateFinder::report_lane(DuplicateLane lane, const std::vector<Numbers>& groups,
                                    DuplicateCache& cache) {
  if (!wants(lane)) return {};
  std::vector<DuplicateGroup> made;
  for (const Numbers& members : groups) {
    Result<DuplicateGroup> group = group_of(lane, members, cache);
    if (!group) return group.error();
    made.push_back(*std::move(group));
  }
  std::sort(made.begin(), made.end(), [](const DuplicateGroup& a, const DuplicateGroup& b) {
    return a.items.size() != b.items.size() ? a.items.size() > b.items.size()
                                            : a.items.front().id < b.items.front().id;
  });
  // Identical items that somebody told apart can be several groups of the same contents.
  std::map<std::string, int> seen;
  for (DuplicateGroup& group : made) {
    const int number = ++seen[group.name];
    if (number > 1) group.name += "-" + std::to_string(number);
    report_.groups.push_back(std::move(group));
  }
  return {};
}

Status DuplicateFinder::store(const DuplicateCache& cache) const {
  std::vector<DuplicateLane> lanes;
  for (const auto lane :
       {DuplicateLane::kIdentical, DuplicateLane::kSamePhoto, DuplicateLane::kLookAlike}) {
    if (wants(lane)) lanes.push_back(lane);
  }
  std::vector<FoundGroup> found;
  for (const DuplicateGroup& group : report_.groups) {
    FoundGroup& one = found.emplace_back(FoundGroup{group.name, group.lane, {}});
    for (const DuplicateItem& each : group.items) {
      one.members.push_back({each.key, each.id, each.content_hash});
    }
  }
  return cache.store_groups(lanes, found);
}

Result<DuplicateReport> DuplicateFinder::find() {
  const Clock::time_point start = Clock::now();
  Result<std::vector<LoadedItem>> items = load_items(collection_.catalogue(), collection_.set());
  if (!items) return items.error();
  items_ = *std::move(items);
  report_.items = static_cast<std::int64_t>(items_.size());
  SEMBLANCE_RETURN_IF_ERROR(load_decisions());
  Result<DuplicateCache> cache = DuplicateCache::open(cache_path());
  if (!cache) return cache.error();
  SEMBLANCE_RETURN_IF_ERROR(bring_signatures_up_to_date(*cache));
  SEMBLANCE_RETURN_IF_ERROR(find_identical());
  if (!options_.lane || *options_.lane != DuplicateLane::kIdentical) {
    SEMBLANCE_RETURN_IF_ERROR(find_neighbours());
    SEMBLANCE_RETURN_IF_ERROR(find_same_photos(*cache));
  }
  if (wants(DuplicateLane::kLookAlike)) SEMBLANCE_RETURN_IF_ERROR(find_look_alikes());
  SEMBLANCE_RETURN_IF_ERROR(report_lane(DuplicateLane::kIdentical, identical_, *cache));
  SEMBLANCE_RETURN_IF_ERROR(report_lane(DuplicateLane::kSamePhoto, same_photo_, *cache));
  SEMBLANCE_RETURN_IF_ERROR(report_lane(DuplicateLane::kLookAlike, look_alike_, *cache));
  SEMBLANCE_RETURN_IF_ERROR(store(*cache));
  report_.seconds = seconds_since(start);
  return std::move(report_);
}

}  // namespace

Result<DuplicateReport> find_duplicates(const std::filesystem::path& data_folder,
                                        std::string_view name, const DuplicateOptions& options,
                                        const DuplicateHooks& hooks) {
  if (!(options.look_alike_score >= 0 && options.look_alike_score <= 1)) {
    return Error{ErrorCode::kInvalidArgument, "the least score must be between 0 and 1"};
  }
  const Result<Collection> collection = Collection::open(data_folder, name);
  if (!collection) return collection.error();
  const CollectionFiles files(data_folder, name);
  return DuplicateFinder(*collection, files, options, hooks).find();
}

}  // namespace semblance
