#include "engine/change_of_network.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "describe/model_card.h"
#include "engine/staging.h"

namespace semblance {

Result<std::optional<UnfinishedChange>> unfinished_change(const Catalogue& catalogue) {
  const Result<std::optional<VectorSet>> set = catalogue.building_set();
  if (!set) return set.error();
  if (!*set) return std::optional<UnfinishedChange>();
  const Result<ModelCard> card = parse_model_card((*set)->card_json, "the new network's card");
  if (!card) return card.error();
  UnfinishedChange change;
  change.model = card->name;
  const std::pair<std::int64_t*, std::string> questions[] = {
      {&change.embedded,
       "SELECT count(*) FROM vector JOIN item ON item.key = vector.item "
       "AND item.content_hash = vector.content_hash WHERE vector_set = " +
           std::to_string((*set)->key)},
      {&change.items, "SELECT count(*) FROM item WHERE status = 'indexed'"}};
  for (const auto& [count, sql] : questions) {
    const Result<std::int64_t> number = catalogue.database().integer(sql);
    if (!number) return number.error();
    *count = *number;
  }
  return std::optional(std::move(change));
}

Result<UnfinishedChange> discard_change(const std::filesystem::path& data_folder,
                                        std::string_view collection, const SyncHooks& hooks) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(collection));
  const CollectionFiles files(data_folder, collection);
  SEMBLANCE_RETURN_IF_ERROR(check_is_local(files));
  std::error_code ignored;
  if (!std::filesystem::exists(files.catalogue(), ignored)) {
    return no_such_collection(data_folder, collection);
  }
  const Result<CollectionLock> lock = CollectionLock::wait(files, hooks.stop, hooks.notice);
  if (!lock) return lock.error();
  const Result<Catalogue> catalogue = Catalogue::open(files.catalogue(), Database::Mode::kWrite);
  if (!catalogue) return catalogue.error();
  Result<std::optional<UnfinishedChange>> change = unfinished_change(*catalogue);
  if (!change) return change.error();
  const Result<std::optional<VectorSet>> set = catalogue->building_set();
  if (!set) return set.error();
  if (!*change || !*set) {
    return Error{ErrorCode::kNotFound, "collection '" + std::string(collection) +
                                           "' has no unfinished change of network"};
  }
  SEMBLANCE_RETURN_IF_ERROR(catalogue->drop_set(**set));
  SEMBLANCE_RETURN_IF_ERROR(remove_unused_vectors(files, *catalogue));
  return **std::move(change);
}

Status remove_unused_vectors(const CollectionFiles& files, const Catalogue& catalogue) {
  std::vector<std::filesystem::path> used;
  for (const auto& set : {catalogue.live_set(), catalogue.building_set()}) {
    if (!set) return set.error();
    if (*set) used.push_back(files.vectors((*set)->key));
  }
  std::error_code ignored;
  std::vector<std::filesystem::path> unused;
  for (const auto& entry : std::filesystem::directory_iterator(files.vectors(), ignored)) {
    if (std::find(used.begin(), used.end(), entry.path()) == used.end()) {
      unused.push_back(entry.path());
    }
  }
  for (const std::filesystem::path& folder : unused) std::filesystem::remove_all(folder, ignored);
  return {};
}

}  // namespace semblance
