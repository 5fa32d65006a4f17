#include "engine/archive_import.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "archive/archive_reader.h"
#include "base/file.h"
#include "catalogue/schema.h"
#include "describe/model_registry.h"
#include "engine/archive_manifest.h"
#include "engine/archive_unpack.h"
#include "engine/catalogue_check.h"
#include "engine/collection_files.h"
#include "engine/photo_roots.h"
#include "engine/projected_set.h"
#include "engine/search_index.h"
#include "engine/set_dimensions.h"
#include "engine/staging.h"

namespace semblance {

namespace {

/// The key of an imported set: one that no set of any collection has, so that nobody who has read
/// the replaced catalogue takes the new vector files for those that it names.
std::int64_t fresh_set_key() {
  using std::chrono::duration_cast, std::chrono::microseconds, std::chrono::system_clock;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

/// One import: the steps in the order in which run() calls them.
class ImportRun {
 public:
  ImportRun(const std::filesystem::path& data_folder, StagingFolder& staging,
            const ImportOptions& options, const ArchiveHooks& hooks)
      : data_folder_(data_folder), staging_(staging), options_(options), hooks_(hooks) {}

  Result<ImportReport> run();

 private:
  Status unpack();
  Status check_target(const CollectionFiles& target);
  Status check_untrusted_catalogue() const;
  Status check_against_manifest(const Catalogue& catalogue);
  Status adapt(const Catalogue& catalogue);
  Status check_stored_vectors(const Catalogue& catalogue) const;
  Status make_durable() const;
  Status put_in_place();
  void find_network();

  const std::filesystem::path& data_folder_;
  StagingFolder& staging_;
  const ImportOptions& options_;
  const ArchiveHooks& hooks_;
  const std::int64_t set_key_ = fresh_set_key();
  ArchiveManifest manifest_;
  std::optional<VectorSet> set_;
  std::filesystem::path card_folder_;  // where the network is; empty: not here
  ImportReport report_;
};

Status ImportRun::unpack() {
  Result<ArchiveReader> reader = ArchiveReader::open(options_.archive);
  if (!reader) return reader.error();
  Result<ArchiveManifest> manifest =
      unpack_archive(*reader, staging_.files(), set_key_, options_.max_bytes, hooks_);
  if (!manifest) return manifest.error();
  manifest_ = *std::move(manifest);
  report_.collection = options_.collection.empty() ? manifest_.collection : options_.collection;
  return {};
}

Status ImportRun::check_target(const CollectionFiles& target) {
  SEMBLANCE_RETURN_IF_ERROR(check_is_local(target));
  std::error_code ignored;
  report_.replaced = std::filesystem::exists(target.catalogue(), ignored);
  if (!report_.replaced || options_.replace) return {};
  return Error{ErrorCode::kConflict,
               "there is a collection '" + report_.collection +
                   "' already; import under another name with --collection, or replace it with "
                   "--replace"};
}

Status ImportRun::check_untrusted_catalogue() const {
  const Result<Database> database =
      Database::open(staging_.files().catalogue(), Database::Mode::kUntrusted);
  if (!database) return database.error();
  SEMBLANCE_RETURN_IF_ERROR(check_schema_is_ours(*database));
  return check_catalogue_content(*database);
}

Status ImportRun::check_against_manifest(const Catalogue& catalogue) {
  const Error mismatch{ErrorCode::kCorrupt,
                       "the archive's catalogue is not what its manifest says"};
  const Result<CatalogueCounts> counts = catalogue.counts();
  if (!counts) return counts.error();
  if (!(*counts == manifest_.counts)) return mismatch;
  report_.counts = *counts;
  const Result<std::optional<VectorSet>> building = catalogue.building_set();
  if (!building) return building.error();
  Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  if (*building || live->has_value() != manifest_.network.has_value()) return mismatch;
  set_ = *std::move(live);
  if (!set_) return {};
  const ArchivedNetwork& network = *manifest_.network;
  if (set_->card_json != to_json(network.card) || set_->rows != network.rows ||
      set_->shape_dimension != network.card.shape_dimension() ||
      set_->colour_dimension != network.colour_dimension()) {
    return mismatch;
  }
  if (const auto projection = projection_of(catalogue, network.card); !projection) {
    return projection.error();
  }
  report_.rows = set_->rows;
  report_.model = network.card.name;
  return {};
}

/// Where this network is on this machine. What the archive says of that counts only where a card
/// with the same text is found there.
void ImportRun::find_network() {
  if (!set_) return;
  const ModelCard& wanted = manifest_.network->card;
  const std::filesystem::path beside =
      set_->card_folder.is_absolute() ? set_->card_folder / wanted.file : std::filesystem::path();
  for (const std::string& place : {wanted.name, beside.string()}) {
    if (place.empty()) continue;
    const Result<ModelChoice> choice = choose_model(place);
    if (!choice || to_json(choice->card) != to_json(wanted.without_projection())) continue;
    std::error_code code;
    card_folder_ = std::filesystem::absolute(choice->card.folder, code);
    report_.model_present = !code;
    return;
  }
}

/// What belongs to the machine on which it was exported.
Status ImportRun::adapt(const Catalogue& catalogue) {
  const Database& database = catalogue.database();
  SEMBLANCE_RETURN_IF_ERROR(database.execute("PRAGMA synchronous=OFF"));
  if (options_.forget_paths) {
    SEMBLANCE_RETURN_IF_ERROR(database.execute("UPDATE item SET path = NULL"));
  }
  // Which folders of this machine may be read is nothing that an archive has to say.
  SEMBLANCE_RETURN_IF_ERROR(forget_roots(catalogue));
  if (!set_) return {};
  find_network();
  SEMBLANCE_RETURN_IF_ERROR(database.execute("PRAGMA foreign_keys=OFF"));
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const std::string key = std::to_string(set_key_);
  SEMBLANCE_RETURN_IF_ERROR(database.execute("UPDATE vector SET vector_set = " + key));
  Result<Statement> statement = database.prepare("UPDATE vector_set SET key = ?, card_folder = ?");
  if (!statement) return statement.error();
  SEMBLANCE_RETURN_IF_ERROR(statement->bind(1, set_key_).bind(2, card_folder_.native()).run());
  SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
  set_->key = set_key_;
  return database.execute("PRAGMA foreign_keys=ON");
}

Status ImportRun::check_stored_vectors(const Catalogue& catalogue) const {
  if (!set_ || set_->rows == 0) return {};
  const Result<VectorStore> store =
      VectorStore::open(staging_.files().vectors(set_key_), dimensions_of(*set_), set_->rows);
  if (!store) return store.error();
  return check_vectors(catalogue, *set_, *store,
                       [this] { return hooks_.stop == nullptr || !hooks_.stop->load(); });
}

/// All at the end: what is refused needs no disk.
Status ImportRun::make_durable() const {
  const std::filesystem::path& folder = staging_.files().folder();
  std::vector<std::filesystem::path> paths = {folder};
  std::error_code code;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, code)) {
    paths.push_back(entry.path());
  }
  for (const std::filesystem::path& path : paths) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open() || ::fsync(file.get()) != 0) {
      return Error{ErrorCode::kIo, system_message("cannot sync", path, errno)};
    }
  }
  if (code) {
    return Error{ErrorCode::kIo, "cannot read '" + folder.string() + "': " + code.message()};
  }
  return {};
}

/// Photos that were put into the collection one by one are nowhere else: the archive's items may be
/// of them. Where links cannot be made, they are copied.
Status keep_uploads(const CollectionFiles& from, const CollectionFiles& to) {
  namespace fs = std::filesystem;
  std::error_code code;
  if (!fs::exists(from.uploads(), code)) return {};
  SEMBLANCE_RETURN_IF_ERROR(create_folders_durably(to.uploads()));
  for (const auto& entry : fs::directory_iterator(from.uploads(), code)) {
    const fs::path link = to.uploads() / entry.path().filename();
    fs::create_hard_link(entry.path(), link, code);
    if (!code) continue;
    const Result<Bytes> photo = read_file(entry.path(), std::numeric_limits<std::uint64_t>::max());
    if (!photo) return photo.error();
    SEMBLANCE_RETURN_IF_ERROR(write_file_atomically(link, *photo));
  }
  return sync_folder(to.uploads());
}

Status ImportRun::put_in_place() {
  const CollectionFiles target(data_folder_, report_.collection);
  const Result<CollectionLock> lock = CollectionLock::wait(target, hooks_.stop, hooks_.notice);
  if (!lock) return lock.error();
  // Again under the lock: somebody may have made it meanwhile.
  SEMBLANCE_RETURN_IF_ERROR(check_target(target));
  SEMBLANCE_RETURN_IF_ERROR(keep_uploads(target, staging_.files()));
  SEMBLANCE_RETURN_IF_ERROR(staging_.exchange_with(target));
  // Photos that were fetched for the old one are a cache, and mostly the same.
  std::error_code ignored;
  std::filesystem::rename(staging_.files().photos(), target.photos(), ignored);
  return {};
}

Result<ImportReport> ImportRun::run() {
  if (!options_.collection.empty()) {
    SEMBLANCE_RETURN_IF_ERROR(check_collection_name(options_.collection));
    report_.collection = options_.collection;
    SEMBLANCE_RETURN_IF_ERROR(check_target(CollectionFiles(data_folder_, report_.collection)));
  }
  SEMBLANCE_RETURN_IF_ERROR(unpack());
  SEMBLANCE_RETURN_IF_ERROR(check_target(CollectionFiles(data_folder_, report_.collection)));
  SEMBLANCE_RETURN_IF_ERROR(check_untrusted_catalogue());
  {
    const Result<Catalogue> catalogue =
        Catalogue::open(staging_.files().catalogue(), Database::Mode::kWrite);
    if (!catalogue) return catalogue.error();
    SEMBLANCE_RETURN_IF_ERROR(check_against_manifest(*catalogue));
    SEMBLANCE_RETURN_IF_ERROR(adapt(*catalogue));
    SEMBLANCE_RETURN_IF_ERROR(check_stored_vectors(*catalogue));
    // A cache: without it searches are slower, that is all.
    (void)update_search_index(staging_.files(), *catalogue, {}).ok();
  }
  SEMBLANCE_RETURN_IF_ERROR(make_durable());
  SEMBLANCE_RETURN_IF_ERROR(put_in_place());
  return report_;
}

}  // namespace

Result<ImportReport> import_collection(const std::filesystem::path& data_folder,
                                       const ImportOptions& options, const ArchiveHooks& hooks) {
  remove_leftovers(CollectionFiles(data_folder, ""));
  Result<StagingFolder> staging = StagingFolder::create(data_folder);
  if (!staging) return staging.error();
  return ImportRun(data_folder, *staging, options, hooks).run();
}

}  // namespace semblance
