#include "engine/archive_export.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "archive/archive_writer.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/utc_time.h"
#include "catalogue/schema.h"
#include "describe/histogram.h"
#include "engine/archive_manifest.h"
#include "engine/catalogue_check.h"
#include "engine/staging.h"

namespace semblance {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr int kSnapshotAttempts = 5;

/// One export: the steps in the order in which run() calls them.
class ExportRun {
 public:
  ExportRun(CollectionFiles files, StagingFolder& staging, const ArchiveHooks& hooks)
      : files_(std::move(files)), staging_(staging), hooks_(hooks) {}

  Result<ExportReport> run(std::string_view collection, const std::filesystem::path& archive,
                           const std::string& program_version);

 private:
  /// The catalogue's copy and the vectors that belong to it.
  Status take_snapshot();
  Status copy_catalogue() const;
  Status open_vectors();
  Status check_snapshot();
  Status list_files();
  Status write(const std::filesystem::path& archive);
  [[nodiscard]] bool stopped() const { return hooks_.stop != nullptr && hooks_.stop->load(); }

  CollectionFiles files_;
  StagingFolder& staging_;
  const ArchiveHooks& hooks_;
  ArchiveManifest manifest_;
  std::optional<VectorSet> set_;
  // Mapped, so that they stay although a sync may switch to another network and remove them.
  MappedFile catalogue_;
  std::vector<MappedFile> vectors_;
  std::optional<VectorStore> store_;
};

/// The items with the live vectors only: an unfinished change of network starts again.
Status ExportRun::copy_catalogue() const {
  const std::filesystem::path path = staging_.files().catalogue();
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  {
    const Result<Catalogue> original = Catalogue::open(files_.catalogue(), Database::Mode::kRead);
    if (!original) return original.error();
    SEMBLANCE_RETURN_IF_ERROR(original->database().copy_to(path));
  }
  const Result<Database> copy = Database::open(path, Database::Mode::kWrite);
  if (!copy) return copy.error();
  // In WAL mode, which kWrite sets, VACUUM would leave its result in the log.
  return copy->execute(
      "PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF; "
      "DELETE FROM vector_set WHERE state = 'building'; "
      "DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4; VACUUM");
}

Status ExportRun::open_vectors() {
  vectors_.clear();
  store_.reset();
  if (!set_ || set_->rows == 0) return {};
  const std::filesystem::path folder = files_.vectors(set_->key);
  const DescriptorDimensions dimensions = manifest_.network->dimensions();
  Result<VectorStore> store = VectorStore::open(folder, dimensions, set_->rows);
  if (!store) return store.error();
  for (const VectorFilePlace& file : vector_files({}, dimensions)) {
    Result<MappedFile> mapped = MappedFile::open(folder / file.path);
    if (!mapped) return mapped.error();
    if (mapped->bytes().size() < vector_file_bytes(set_->rows, file.dimension)) {
      return Error{ErrorCode::kMissingFile, "the collection was replaced meanwhile"};
    }
    vectors_.push_back(*std::move(mapped));
  }
  store_ = *std::move(store);
  return {};
}

Status ExportRun::take_snapshot() {
  for (int attempt = 1;; ++attempt) {
    SEMBLANCE_RETURN_IF_ERROR(copy_catalogue());
    const Result<Catalogue> copy =
        Catalogue::open(staging_.files().catalogue(), Database::Mode::kRead);
    if (!copy) return copy.error();
    Result<std::optional<VectorSet>> set = copy->live_set();
    if (!set) return set.error();
    set_ = *std::move(set);
    manifest_.network.reset();
    if (set_) {
      Result<ModelCard> card = parse_model_card(set_->card_json, "the collection's card");
      if (!card) return card.error();
      manifest_.network = ArchivedNetwork{*std::move(card), set_->rows, kHistogramDimension};
    }
    const Status opened = open_vectors();
    if (opened) return {};
    // Another network may have become the live one since the catalogue was copied.
    if (opened.error().code != ErrorCode::kMissingFile || attempt == kSnapshotAttempts) {
      return opened;
    }
  }
}

/// An archive that could not be imported again is no backup.
Status ExportRun::check_snapshot() {
  const std::filesystem::path path = staging_.files().catalogue();
  {
    const Result<Database> database = Database::open(path, Database::Mode::kUntrusted);
    if (!database) return database.error();
    SEMBLANCE_RETURN_IF_ERROR(check_schema_is_ours(*database));
    SEMBLANCE_RETURN_IF_ERROR(check_catalogue_content(*database));
  }
  const Result<Catalogue> copy = Catalogue::open(path, Database::Mode::kRead);
  if (!copy) return copy.error();
  const Result<CatalogueCounts> counts = copy->counts();
  if (!counts) return counts.error();
  manifest_.counts = *counts;
  if (!store_) return {};
  return check_vectors(*copy, *set_, *store_, [this] { return !stopped(); });
}

Status ExportRun::list_files() {
  Result<MappedFile> catalogue = MappedFile::open(staging_.files().catalogue());
  if (!catalogue) return catalogue.error();
  catalogue_ = *std::move(catalogue);
  manifest_.files = expected_files(manifest_.network);
  for (std::size_t i = 0; i < manifest_.files.size(); ++i) {
    ArchivedFile& file = manifest_.files[i];
    if (i == 0) file.bytes = catalogue_.bytes().size();
    const std::span<const std::byte> all = i == 0 ? catalogue_.bytes() : vectors_[i - 1].bytes();
    file.sha256 = to_hex(sha256(all.first(file.bytes)));
    if (stopped()) return Error{ErrorCode::kCancelled, "stopped; nothing was written"};
  }
  return {};
}

Status ExportRun::write(const std::filesystem::path& archive) {
  Result<ArchiveWriter> writer = ArchiveWriter::create(archive);
  if (!writer) return writer.error();
  const std::time_t now = std::time(nullptr);
  manifest_.created = iso_time(now);
  const std::string text = to_json(manifest_);
  SEMBLANCE_RETURN_IF_ERROR(writer->begin(std::string(kManifestMember), text.size(), now));
  SEMBLANCE_RETURN_IF_ERROR(writer->write(std::as_bytes(std::span(text))));
  std::uint64_t total = 0;
  for (const ArchivedFile& file : manifest_.files) total += file.bytes;
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < manifest_.files.size(); ++i) {
    const ArchivedFile& file = manifest_.files[i];
    SEMBLANCE_RETURN_IF_ERROR(writer->begin(file.name, file.bytes, now));
    std::span<const std::byte> rest =
        (i == 0 ? catalogue_.bytes() : vectors_[i - 1].bytes()).first(file.bytes);
    while (!rest.empty()) {
      const std::span<const std::byte> piece = rest.first(std::min(rest.size(), kPieceBytes));
      SEMBLANCE_RETURN_IF_ERROR(writer->write(piece));
      rest = rest.subspan(piece.size());
      done += piece.size();
      if (hooks_.progress) hooks_.progress(done, total);
      if (stopped()) return Error{ErrorCode::kCancelled, "stopped; nothing was written"};
    }
  }
  return writer->finish();
}

Result<ExportReport> ExportRun::run(std::string_view collection,
                                    const std::filesystem::path& archive,
                                    const std::string& program_version) {
  manifest_.collection = collection;
  manifest_.program = program_version;
  SEMBLANCE_RETURN_IF_ERROR(take_snapshot());
  SEMBLANCE_RETURN_IF_ERROR(check_snapshot());
  SEMBLANCE_RETURN_IF_ERROR(list_files());
  SEMBLANCE_RETURN_IF_ERROR(write(archive));
  std::error_code ignored;
  return ExportReport{manifest_.counts, set_ ? set_->rows : 0,
                      std::filesystem::file_size(archive, ignored)};
}

}  // namespace

Result<ExportReport> export_collection(const std::filesystem::path& data_folder,
                                       std::string_view collection,
                                       const std::filesystem::path& archive,
                                       const std::string& program_version,
                                       const ArchiveHooks& hooks) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(collection));
  const Result<ArchiveCompression> compression = compression_for(archive);
  if (!compression) return compression.error();
  CollectionFiles files(data_folder, collection);
  std::error_code ignored;
  if (!std::filesystem::exists(files.catalogue(), ignored)) {
    return no_such_collection(data_folder, collection);
  }
  remove_leftovers(files);
  Result<StagingFolder> staging = StagingFolder::create(data_folder);
  if (!staging) return staging.error();
  return ExportRun(std::move(files), *staging, hooks).run(collection, archive, program_version);
}

}  // namespace semblance
