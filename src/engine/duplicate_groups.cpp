#include "engine/duplicate_groups.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace semblance {

namespace {

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

}  // namespace

Result<std::vector<DuplicateGroup>> DuplicateGroups::make(
    DuplicateLane lane, const std::vector<PhotoNumbers>& groups,
    const std::vector<PhotoUnit>& units) const {
  const GroupDecisions decisions(photos_.decisions());
  std::vector<DuplicateGroup> made;
  for (const PhotoNumbers& members : groups) {
    Result<DuplicateGroup> group = group_of(lane, members, units);
    if (!group) return group.error();
    const auto decision = decisions.about(*group);
    if (decision && decision->verdict == DuplicateVerdict::kKeepOne) group->keep = decision->keep;
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
  }
  return made;
}

Result<DuplicateGroup> DuplicateGroups::group_of(DuplicateLane lane, PhotoNumbers members,
                                                 const std::vector<PhotoUnit>& units) const {
  DuplicateGroup group;
  group.lane = lane;
  PhotoNumbers best_items;
  if (lane == DuplicateLane::kIdentical) {
    best_items = std::move(members);
    for (const std::uint32_t number : best_items) group.items.push_back(photos_.item(number));
  } else {
    std::sort(members.begin(), members.end(), [&](std::uint32_t a, std::uint32_t b) {
      return photos_.is_better(units[a].best(), units[b].best());
    });
    for (const std::uint32_t number : members) {
      const PhotoNumbers& versions = units[number].items;
      best_items.push_back(versions.front());
      DuplicateItem& item = group.items.emplace_back(photos_.item(versions.front()));
      for (std::size_t i = 1; i < versions.size(); ++i) {
        item.copies.push_back({photos_.item(versions[i]).key, photos_.item(versions[i]).id});
      }
    }
  }
  group.name = name_of(group);
  SEMBLANCE_RETURN_IF_ERROR(add_evidence(group, best_items));
  return group;
}

Status DuplicateGroups::add_evidence(DuplicateGroup& group, const PhotoNumbers& best_items) const {
  const DuplicateItem& best = group.items.front();
  for (std::size_t i = 1; i < group.items.size(); ++i) {
    DuplicateItem& other = group.items[i];
    if (group.lane == DuplicateLane::kIdentical) {
      other.evidence.equal_bytes = other.content_hash == best.content_hash;
    } else if (group.lane == DuplicateLane::kLookAlike) {
      other.evidence.score = look_alikes_.score(best_items.front(), best_items[i]);
    } else {
      const auto evidence = evidence_of_same_photo(best_items.front(), best_items[i]);
      if (!evidence) return evidence.error();
      other.evidence = *evidence;
    }
  }
  return {};
}

Result<DuplicateEvidence> DuplicateGroups::evidence_of_same_photo(std::uint32_t best,
                                                                  std::uint32_t other) const {
  const PhotoSignature& a = *photos_.signature_of(best);
  const PhotoSignature& b = *photos_.signature_of(other);
  DuplicateEvidence evidence;
  for (const bool mirror : {false, true}) {
    if (mirror && !options_.mirrored) break;
    const auto match = match_pair(cache_, a.key, b.key, mirror);
    if (!match) return match.error();
    if (mirror && match->correlation <= evidence.match.correlation) continue;
    evidence.match = *match;
    evidence.mirrored = mirror;
  }
  evidence.hash_distance = hash_distance(a.hash, evidence.mirrored ? mirrored(b.hash) : b.hash);
  return evidence;
}

}  // namespace semblance
