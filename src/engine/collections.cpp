#include "engine/collections.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "describe/model_registry.h"
#include "engine/collection_files.h"
#include "engine/staging.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

bool exists(const CollectionFiles& files) {
  std::error_code ignored;
  return fs::exists(files.catalogue(), ignored) || fs::exists(files.engine(), ignored);
}

/// When the catalogue last changed. The log counts only with something in it: readers make empty
/// ones.
std::chrono::system_clock::time_point last_change(const CollectionFiles& files) {
  fs::path log = files.catalogue();
  log += "-wal";
  std::chrono::system_clock::time_point latest;
  for (const fs::path& path : {files.catalogue(), log}) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || info.st_size == 0) continue;
    latest = std::max(latest, std::chrono::system_clock::from_time_t(info.st_mtime));
  }
  return latest;
}

Status read_catalogue(const CollectionFiles& files, CollectionListing& listing) {
  const Result<Catalogue> catalogue = Catalogue::open(files.catalogue(), Database::Mode::kRead);
  if (!catalogue) return catalogue.error();
  const Result<CatalogueCounts> counts = catalogue->counts();
  if (!counts) return counts.error();
  listing.counts = *counts;
  const Result<std::optional<VectorSet>> set = catalogue->live_set();
  if (!set) return set.error();
  if (!*set) return {};
  const Result<ModelCard> card = parse_model_card((*set)->card_json, "the collection's card");
  if (!card) return card.error();
  listing.model = card->name;
  return {};
}

}  // namespace

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
    std::error_code code;
    const std::uint64_t size = entry.is_regular_file(code) ? entry.file_size(code) : 0;
    if (!code) bytes += size;
  }
  return bytes;
}

std::vector<CollectionListing> describe_collections(const fs::path& data_folder) {
  remove_leftovers(CollectionFiles(data_folder, ""));
  std::vector<CollectionListing> listings;
  for (std::string& name : list_collections(data_folder)) {
    const CollectionFiles files(data_folder, name);
    CollectionListing listing;
    listing.last_change = last_change(files);
    listing.bytes = bytes_below(files.folder());
    const Status read = read_catalogue(files, listing);
    if (!read) listing.problem = read.error();
    listing.name = std::move(name);
    listings.push_back(std::move(listing));
  }
  return listings;
}

Status create_collection(const fs::path& data_folder, std::string_view name,
                         const std::string& model) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(name));
  VectorSet set;
  if (!model.empty()) {
    const Result<ModelChoice> choice = choose_model(model);
    if (!choice) return choice.error();
    const ModelCard& card = choice->card;
    set.live = true;
    set.card_json = to_json(card);
    set.card_folder = fs::absolute(card.folder);
    set.shape_dimension = card.output.dimension;
    set.colour_dimension = card.colour ? card.colour->dimension : 0;
  }
  const CollectionFiles files(data_folder, name);
  remove_leftovers(files);
  const Result<CollectionLock> lock = CollectionLock::acquire(files);
  if (!lock) return lock.error();
  if (exists(files)) {
    return Error{ErrorCode::kConflict, "there is a collection '" + std::string(name) + "' already"};
  }
  const Result<Catalogue> catalogue = Catalogue::open(files.catalogue(), Database::Mode::kWrite);
  if (!catalogue) return catalogue.error();
  if (model.empty()) return {};
  const Result<VectorSet> created = catalogue->create_set(set);
  if (!created) return created.error();
  return {};
}

Status delete_collection(const fs::path& data_folder, std::string_view name) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(name));
  const CollectionFiles files(data_folder, name);
  remove_leftovers(files);
  const Error missing = no_such_collection(data_folder, name);
  std::error_code ignored;
  if (!fs::exists(files.folder(), ignored)) return missing;
  const Result<CollectionLock> lock = CollectionLock::acquire(files);
  if (!lock) return lock.error();
  if (!exists(files)) return missing;
  return remove_collection_folder(files);
}

}  // namespace semblance
