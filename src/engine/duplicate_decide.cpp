#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "engine/collection.h"
#include "engine/collection_files.h"
#include "engine/duplicate_cache.h"
#include "engine/duplicates.h"
#include "engine/open_to_change.h"
#include "engine/photo_place.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

Error no_such_group(std::string_view name) {
  return Error{ErrorCode::kNotFound,
               "no group '" + std::string(name) + "' was found last; look for duplicates again"};
}

/// The group's items must be what they were when it was found.
Status check_members(const Catalogue& catalogue, const FoundGroup& group) {
  Result<Statement> statement = catalogue.database().prepare(
      "SELECT 1 FROM item WHERE key = ? AND content_hash = ? AND status = 'indexed'");
  if (!statement) return statement.error();
  for (const FoundGroup::Member& member : group.members) {
    const Result<bool> same = statement->bind(1, member.item).bind(2, member.content_hash).step();
    if (!same) return same.error();
    statement->reset();
    if (*same) continue;
    return Error{ErrorCode::kNotFound, "item '" + member.id + "' of group '" + group.name +
                                           "' has changed or is gone; look for duplicates again"};
  }
  return {};
}

/// What a path leads to, as far as that can be known.
fs::path real_path(const fs::path& path) {
  std::error_code code;
  fs::path real = fs::canonical(path, code);
  return code ? path : real;
}

/// The places of the photos of all items, by item.
Result<std::map<std::int64_t, fs::path>> photo_paths(const CollectionFiles& files,
                                                     const Catalogue& catalogue) {
  Result<Statement> statement =
      catalogue.database().prepare("SELECT key, path FROM item WHERE path <> x''");
  if (!statement) return statement.error();
  std::map<std::int64_t, fs::path> paths;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) return paths;
    const fs::path path = statement->text(1);
    if (!path.empty()) paths.emplace(statement->integer(0), place_of_photo(files, path));
  }
}

}  // namespace

GroupDecisions::GroupDecisions(std::vector<DuplicateDecision> decisions) {
  for (DuplicateDecision& decision : decisions) {
    Indexed indexed{decision.lane, {std::move(decision.group), decision.verdict, ""}, {}};
    for (DecidedItem& one : decision.items) {
      if (one.item == 0) continue;
      if (one.kept) indexed.decision.keep = std::move(one.id);
      indexed.items.insert(one.item);
      by_item_[one.item].push_back(decisions_.size());
    }
    decisions_.push_back(std::move(indexed));
  }
}

std::optional<GroupDecision> GroupDecisions::about(const DuplicateGroup& group) const {
  if (decisions_.empty() || group.items.empty()) return std::nullopt;
  std::set<std::size_t, std::greater<>> candidates;  // the last one counts
  const auto collect = [&](std::int64_t item) {
    const auto known = by_item_.find(item);
    if (known != by_item_.end()) candidates.insert(known->second.begin(), known->second.end());
  };
  collect(group.items.front().key);
  for (const DuplicateCopy& copy : group.items.front().copies) collect(copy.key);
  for (const std::size_t number : candidates) {
    const Indexed& one = decisions_[number];
    const bool keeps = one.decision.verdict == DuplicateVerdict::kKeepOne;
    if (keeps && (one.lane != group.lane || one.decision.keep.empty())) continue;
    const bool complete =
        std::all_of(group.items.begin(), group.items.end(), [&](const DuplicateItem& item) {
          return one.items.contains(item.key) || std::any_of(item.copies.begin(), item.copies.end(),
                                                             [&](const DuplicateCopy& copy) {
                                                               return one.items.contains(copy.key);
                                                             });
        });
    if (complete) return one.decision;
  }
  return std::nullopt;
}

Result<FoundGroup> group_found_last(const CollectionFiles& files, std::string_view name) {
  const auto cache = DuplicateCache::open_to_read(duplicate_cache_path(files));
  if (!cache) {
    return cache.error().code == ErrorCode::kMissingFile ? no_such_group(name) : cache.error();
  }
  Result<std::optional<FoundGroup>> group = cache->group(name);
  if (!group) return group.error();
  if (!*group) return no_such_group(name);
  return **std::move(group);
}

Status decide_about(const Catalogue& catalogue, const FoundGroup& group,
                    const DuplicateRuling& ruling) {
  SEMBLANCE_RETURN_IF_ERROR(check_members(catalogue, group));
  DuplicateDecision decision;
  decision.group = group.name;
  decision.lane = group.lane;
  decision.verdict = ruling.verdict;
  const bool keeps = ruling.verdict == DuplicateVerdict::kKeepOne;
  bool kept = false;
  for (const FoundGroup::Member& member : group.members) {
    const bool is_kept = keeps && member.id == ruling.keep;
    kept = kept || is_kept;
    decision.items.push_back({member.item, member.id, member.content_hash, is_kept});
  }
  if (keeps && !kept) {
    return Error{ErrorCode::kInvalidArgument,
                 "item '" + ruling.keep + "' is not in group '" + group.name + "'"};
  }
  return store_duplicate_decision(catalogue, decision);
}

Status decide_duplicates(const fs::path& data_folder, std::string_view collection,
                         std::string_view group_name, const DuplicateRuling& ruling,
                         const DuplicateHooks& hooks) {
  const CollectionFiles files(data_folder, collection);
  const auto opened = open_to_change(files, data_folder, collection, hooks.stop, hooks.notice);
  if (!opened) return opened.error();
  const Result<FoundGroup> group = group_found_last(files, group_name);
  if (!group) return group.error();
  return decide_about(opened->catalogue, *group, ruling);
}

Status undecide_duplicates(const fs::path& data_folder, std::string_view collection,
                           std::string_view group, const DuplicateHooks& hooks) {
  const CollectionFiles files(data_folder, collection);
  const auto opened = open_to_change(files, data_folder, collection, hooks.stop, hooks.notice);
  if (!opened) return opened.error();
  return forget_duplicate_decision(opened->catalogue, group);
}

Result<std::vector<fs::path>> duplicates_to_delete(const fs::path& data_folder,
                                                   std::string_view name) {
  const Result<Collection> collection = Collection::open(data_folder, name);
  if (!collection) return collection.error();
  return duplicates_to_delete(CollectionFiles(data_folder, name), collection->catalogue());
}

Result<std::vector<fs::path>> duplicates_to_delete(const CollectionFiles& files,
                                                   const Catalogue& catalogue) {
  const auto decisions = read_duplicate_decisions(catalogue);
  if (!decisions) return decisions.error();
  const auto paths = photo_paths(files, catalogue);
  if (!paths) return paths.error();
  std::set<std::int64_t> kept;
  std::set<std::int64_t> unwanted;
  for (const DuplicateDecision& decision : *decisions) {
    if (decision.verdict != DuplicateVerdict::kKeepOne) continue;
    const auto one = std::find_if(decision.items.begin(), decision.items.end(),
                                  [](const DecidedItem& item) { return item.kept; });
    if (one == decision.items.end()) continue;
    kept.insert(one->item);
    // Better two of them than none.
    const auto path = paths->find(one->item);
    std::error_code ignored;
    if (path == paths->end() || !fs::is_regular_file(path->second, ignored)) continue;
    for (const DecidedItem& item : decision.items) {
      if (!item.kept && item.item != 0) unwanted.insert(item.item);
    }
  }
  for (const std::int64_t key : kept) unwanted.erase(key);
  // Several items may have one file.
  std::set<fs::path> needed;
  std::set<fs::path> free;
  for (const auto& [key, path] : *paths) {
    (unwanted.contains(key) ? free : needed).insert(real_path(path));
  }
  std::vector<fs::path> list;
  std::set_difference(free.begin(), free.end(), needed.begin(), needed.end(),
                      std::back_inserter(list));
  std::error_code ignored;
  std::erase_if(list, [&](const fs::path& path) {
    return path.native().find_first_of("\r\n") != std::string::npos || !fs::exists(path, ignored);
  });
  return list;
}

}  // namespace semblance
