#include "engine/duplicates.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/collection.h"
#include "engine/collection_files.h"
#include "engine/duplicate_cache.h"
#include "engine/duplicate_groups.h"
#include "engine/duplicate_lanes.h"
#include "engine/duplicate_pairs.h"
#include "engine/duplicate_photos.h"
#include "engine/duplicate_sketches.h"
#include "engine/photo_place.h"

namespace semblance {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

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
  Status load_photos();
  Status bring_signatures_up_to_date(const DuplicateCache& cache);
  Result<std::vector<MatchedPair>> matches(const LaneUnits& identical, const CloseItems& close,
                                           DuplicateCache& cache);
  Status find_lanes(DuplicateCache& cache);
  Status report(DuplicateLane lane, const std::vector<PhotoNumbers>& groups,
                const std::vector<PhotoUnit>& units, const DuplicateGroups& maker);
  Status store(const DuplicateCache& cache) const;

  const Collection& collection_;
  const CollectionFiles& files_;
  const DuplicateOptions& options_;
  const DuplicateHooks& hooks_;
  DuplicatePhotos photos_;
  DuplicateReport report_;
};

Status DuplicateFinder::load_photos() {
  Result<DuplicatePhotos> photos =
      DuplicatePhotos::load(collection_.catalogue(), collection_.set());
  if (!photos) return photos.error();
  photos_ = *std::move(photos);
  report_.items = photos_.size();
  report_.items_digest = photos_.digest(collection_.set());
  for (const DuplicateDecision& decision : photos_.decisions()) {
    if (decision.verdict == DuplicateVerdict::kNotDuplicates) {
      report_.kept_apart.insert(decision.group);
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
  for (std::uint32_t i = 0; i < photos_.size(); ++i) {
    const Sha256& content = photos_.item(i).content_hash;
    unused.erase(content);
    if (last != nullptr && *last == content) continue;
    last = &content;
    if (!known->contains(content)) {
      missing.push_back({content, place_of_photo(files_, photos_.item(i).path)});
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
  photos_.set_signatures(*std::move(known));
  report_.describe_seconds = seconds_since(start);
  return {};
}

Result<std::vector<MatchedPair>> DuplicateFinder::matches(const LaneUnits& identical,
                                                          const CloseItems& close,
                                                          DuplicateCache& cache) {
  const std::vector<PhotoPair> pairs =
      candidate_pairs(photos_, identical, close, options_.mirrored);
  std::vector<PairedPhoto> photos;
  for (const PhotoUnit& unit : identical.units) {
    const PhotoSignature* signature = photos_.signature_of(unit.best());
    photos.push_back(
        {signature != nullptr ? signature->key : 0, &photos_.item(unit.best()).content_hash});
  }
  Result<PairMatches> matched =
      matching_pairs(duplicate_cache_path(files_), cache, photos, pairs, options_, hooks_);
  if (!matched) return matched.error();
  report_.compared = matched->compared;
  report_.remembered = static_cast<std::int64_t>(pairs.size()) - matched->compared;
  return std::move(matched->pairs);
}

Status DuplicateFinder::report(DuplicateLane lane, const std::vector<PhotoNumbers>& groups,
                               const std::vector<PhotoUnit>& units, const DuplicateGroups& maker) {
  if (!wants(lane)) return {};
  Result<std::vector<DuplicateGroup>> made = maker.make(lane, groups, units);
  if (!made) return made.error();
  for (DuplicateGroup& group : *made) report_.groups.push_back(std::move(group));
  return {};
}

Status DuplicateFinder::find_lanes(DuplicateCache& cache) {
  const LookAlikes look_alikes(photos_, collection_, options_.look_alike_score);
  const DuplicateGroups maker(photos_, options_, look_alikes, cache);
  const LaneUnits identical = identical_photos(photos_);
  SEMBLANCE_RETURN_IF_ERROR(
      report(DuplicateLane::kIdentical, identical.groups, identical.units, maker));
  if (!wants(DuplicateLane::kSamePhoto) && !wants(DuplicateLane::kLookAlike)) return {};
  const Result<CloseItems> close =
      CloseItems::open(collection_, files_, photos_, options_.threads, hooks_);
  if (!close) return close.error();
  const auto matched = matches(identical, *close, cache);
  if (!matched) return matched.error();
  const Result<LaneUnits> versions = same_photos(photos_, identical, *matched, options_, cache);
  if (!versions) return versions.error();
  SEMBLANCE_RETURN_IF_ERROR(
      report(DuplicateLane::kSamePhoto, versions->groups, identical.units, maker));
  if (!wants(DuplicateLane::kLookAlike)) return {};
  return report(DuplicateLane::kLookAlike, look_alikes.find(*versions, *close), versions->units,
                maker);
}

Status DuplicateFinder::store(const DuplicateCache& cache) const {
  std::vector<DuplicateLane> lanes;
  for (const auto lane :
       {DuplicateLane::kIdentical, DuplicateLane::kSamePhoto, DuplicateLane::kLookAlike}) {
    if (wants(lane)) lanes.push_back(lane);
  }
  std::vector<FoundGroup> found;
  for (const DuplicateGroup& group : report_.groups) found.push_back(found_group(group));
  return cache.store_groups(lanes, found);
}

Result<DuplicateReport> DuplicateFinder::find() {
  const Clock::time_point start = Clock::now();
  SEMBLANCE_RETURN_IF_ERROR(load_photos());
  Result<DuplicateCache> cache = DuplicateCache::open(duplicate_cache_path(files_));
  if (!cache) return cache.error();
  SEMBLANCE_RETURN_IF_ERROR(bring_signatures_up_to_date(*cache));
  SEMBLANCE_RETURN_IF_ERROR(find_lanes(*cache));
  SEMBLANCE_RETURN_IF_ERROR(store(*cache));
  report_.seconds = seconds_since(start);
  return std::move(report_);
}

}  // namespace

FoundGroup found_group(const DuplicateGroup& group) {
  FoundGroup found{group.name, group.lane, {}};
  for (const DuplicateItem& each : group.items) {
    found.members.push_back({each.key, each.id, each.content_hash});
  }
  return found;
}

Result<Sha256> digest_of_items(const Catalogue& catalogue) {
  const Result<std::optional<VectorSet>> set = catalogue.live_set();
  if (!set) return set.error();
  const VectorSet live = *set ? **set : VectorSet();
  const Result<DuplicatePhotos> photos = DuplicatePhotos::load(catalogue, live);
  if (!photos) return photos.error();
  return photos->digest(live);
}

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
