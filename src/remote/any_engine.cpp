#include "remote/any_engine.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "describe/model_registry.h"
#include "engine/collection.h"
#include "engine/staging.h"
#include "remote/index_admin.h"
#include "remote/remote_collection.h"
#include "remote/remote_index.h"

namespace semblance::remote {

namespace {

namespace fs = std::filesystem;

bool is_remote(const fs::path& data_folder, std::string_view name) {
  return check_collection_name(name) && remote::is_remote(CollectionFiles(data_folder, name));
}

/// Fills in what the cluster knows.
void ask_cluster(const fs::path& data_folder, CollectionListing& listing) {
  listing.last_change.reset();
  const auto collection = RemoteCollection::open(data_folder, listing.name, {});
  if (!collection) {
    listing.problem = collection.error();
    return;
  }
  const Result<CatalogueCounts> counts = (*collection)->counts();
  if (!counts) {
    listing.problem = counts.error();
    return;
  }
  listing.problem.reset();
  listing.counts = *counts;
  listing.bytes = (*collection)->index_bytes();
  if (const std::optional<ModelCard> card = (*collection)->card()) listing.model = card->name;
}

VectorSet set_of(const ModelCard& card) {
  VectorSet set;
  set.card_json = to_json(card);
  set.card_folder = fs::absolute(card.folder);
  set.shape_dimension = card.shape_dimension();
  set.colour_dimension = card.colour ? card.colour->dimension : 0;
  return set;
}

/// The index that other machines use already.
Result<CreatedRemote> join(const RemoteIndex& index, const std::string& model) {
  const Result<std::shared_ptr<const IndexView>> view = index.view();
  if (!view) return view.error();
  CreatedRemote joined{true, (*view)->description.index, (*view)->card.name, {}};
  if (model.empty()) return joined;
  const Result<ModelChoice> choice = choose_model(model);
  if (!choice) return choice.error();
  if (to_json(choice->card) == (*view)->meta().card_json) return joined;
  return Error{ErrorCode::kConflict, "the index '" + joined.index + "' has vectors of network '" +
                                         joined.model +
                                         "'; leave out --model to use it, or choose another "
                                         "--engine-index"};
}

Result<CreatedRemote> create_index(const RemoteIndex& index, const ClusterFacts& facts,
                                   const std::string& model) {
  Result<ModelChoice> choice = choose_model(model);
  if (!choice) return choice.error();
  const EngineSettings& settings = index.settings();
  const IndexAdmin admin = index.admin(Dialect::of(facts.distribution));
  const Result<std::string> created =
      admin.create_generation(settings.alias, layout_of({}, set_of(choice->card), settings));
  if (!created) return created.error();
  SEMBLANCE_RETURN_IF_ERROR(admin.point_alias(settings.alias, *created, ""));
  return CreatedRemote{false, *created, choice->card.name, choice->notice};
}

}  // namespace

Result<std::unique_ptr<CollectionReader>> open_reader(const fs::path& data_folder,
                                                      std::string_view name) {
  if (is_remote(data_folder, name)) {
    Result<std::unique_ptr<LiveCollection>> opened = RemoteCollection::open(data_folder, name, {});
    if (!opened) return opened.error();
    return std::unique_ptr<CollectionReader>(*std::move(opened));
  }
  Result<Collection> opened = Collection::open(data_folder, name);
  if (!opened) return opened.error();
  return std::unique_ptr<CollectionReader>(std::make_unique<Collection>(*std::move(opened)));
}

Result<std::unique_ptr<LiveCollection>> open_live(const fs::path& data_folder,
                                                  std::string_view name,
                                                  const LiveOptions& options) {
  return is_remote(data_folder, name) ? RemoteCollection::open(data_folder, name, options)
                                      : LiveCollection::open(data_folder, name, options);
}

Result<SyncReport> sync_any(const fs::path& data_folder, std::string_view collection,
                            const SyncOptions& options, const SyncHooks& hooks,
                            const std::optional<SyncPart>& part) {
  if (is_remote(data_folder, collection)) {
    return sync_remote(data_folder, collection, options, hooks, part);
  }
  if (!part) return sync_collection(data_folder, collection, options, hooks);
  return Error{ErrorCode::kInvalidArgument,
               "--part shares the work on a collection in a cluster between machines; collection "
               "'" +
                   std::string(collection) + "' is one of this machine alone"};
}

std::vector<CollectionListing> describe_all(const fs::path& data_folder) {
  std::vector<CollectionListing> listings = describe_collections(data_folder);
  for (CollectionListing& listing : listings) {
    if (is_remote(data_folder, listing.name)) ask_cluster(data_folder, listing);
  }
  return listings;
}

Result<CreatedRemote> create_remote(const fs::path& data_folder, std::string_view name,
                                    const EngineSettings& settings, const std::string& model) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(name));
  SEMBLANCE_RETURN_IF_ERROR(check_alias(settings.alias));
  const CollectionFiles files(data_folder, name);
  remove_leftovers(files);
  const Result<CollectionLock> lock = CollectionLock::acquire(files);
  if (!lock) return lock.error();
  std::error_code ignored;
  if (fs::exists(files.catalogue(), ignored) || fs::exists(files.engine(), ignored)) {
    return Error{ErrorCode::kConflict, "there is a collection '" + std::string(name) + "' already"};
  }
  const Result<std::shared_ptr<const RemoteIndex>> index =
      RemoteIndex::create(settings, std::string(name), kPatienceToAnswer);
  if (!index) return index.error();
  const Result<ClusterFacts> facts = (*index)->facts();
  if (!facts) return facts.error();
  const Result<std::vector<Generation>> generations =
      (*index)->admin(Dialect::of(facts->distribution)).generations(settings.alias);
  if (!generations) return generations.error();
  bool live = false;
  for (const Generation& each : *generations) live = live || each.live;
  Result<CreatedRemote> created =
      live ? join(**index, model) : create_index(**index, *facts, model);
  if (!created) return created;
  SEMBLANCE_RETURN_IF_ERROR(write_engine_settings(files, settings));
  return created;
}

Status delete_any(const fs::path& data_folder, std::string_view name, bool keep_index) {
  if (is_remote(data_folder, name) && !keep_index) {
    const Result<EngineSettings> settings =
        read_engine_settings(CollectionFiles(data_folder, name));
    if (!settings) return settings.error();
    const Result<std::shared_ptr<const RemoteIndex>> index =
        RemoteIndex::create(*settings, std::string(name), kPatienceToAnswer);
    if (!index) return index.error();
    const Result<ClusterFacts> facts = (*index)->facts();
    if (!facts) return facts.error();
    const IndexAdmin admin = (*index)->admin(Dialect::of(facts->distribution));
    const Result<std::vector<Generation>> generations = admin.generations(settings->alias);
    if (!generations) return generations.error();
    for (const Generation& each : *generations) {
      SEMBLANCE_RETURN_IF_ERROR(admin.remove(each.index));
    }
    SEMBLANCE_RETURN_IF_ERROR(admin.remove(photos_index_name(settings->alias)));
  }
  return delete_collection(data_folder, name);
}

}  // namespace semblance::remote
