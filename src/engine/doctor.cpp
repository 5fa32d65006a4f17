#include "engine/doctor.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "engine/duplicate_cache.h"
#include "engine/neighbours.h"
#include "engine/search_index.h"
#include "engine/set_examination.h"

namespace semblance {

namespace {

using Severity = Finding::Severity;

constexpr const char* kStartAgain =
    "move the collection's folder away and sync again: all that it holds comes from the source";

/// One look at a collection.
class Examination {
 public:
  Examination(const CollectionFiles& files, bool repair) : files_(files), repair_(repair) {}

  Result<DoctorReport> run();

 private:
  // In the order of their use.
  Status take_lock();
  void list_leftovers();
  Result<bool> open_catalogue();
  Result<bool> check_database();
  Result<std::vector<std::string>> integrity_messages() const;
  Status check_references();
  Status check_sets();
  Status check_coverage(const std::optional<VectorSet>& live, bool building);
  Status check_search_index();
  Status check_neighbours();
  Status check_duplicates();
  Status check_leftovers();

  void add(Severity severity, const char* check, std::string message, std::string remedy) {
    report_.findings.push_back({severity, check, std::move(message), std::move(remedy)});
  }
  /// A finding that --repair has mended, if that was asked for.
  void add_repairable(Severity severity, const char* check, std::string message,
                      std::string remedy) {
    report_.findings.push_back(
        {severity, check, std::move(message), std::move(remedy), true, repair_});
  }

  const CollectionFiles& files_;
  const bool repair_;
  std::optional<CollectionLock> lock_;  // empty: another process is changing the collection
  std::optional<Catalogue> catalogue_;
  std::vector<std::filesystem::path> set_folders_;  // below vectors/
  std::vector<std::filesystem::path> temporary_files_;
  DoctorReport report_;
};

Status Examination::take_lock() {
  if (repair_) {
    Result<CollectionLock> lock = CollectionLock::acquire(files_);
    if (!lock) {
      if (lock.error().code != ErrorCode::kConflict) return lock.error();
      return Error{ErrorCode::kConflict,
                   "another process is changing this collection; repair it when that has ended"};
    }
    lock_ = *std::move(lock);
    return {};
  }
  Result<std::optional<CollectionLock>> lock = CollectionLock::share(files_);
  if (!lock) return lock.error();
  lock_ = *std::move(lock);
  if (!lock_) {
    add(Severity::kNote, "lock", "another process is changing this collection right now",
        "what it has not finished is left out; run again when it has ended");
  }
  return {};
}

/// Before the catalogue is read: a set's folder is made after the set, and removed after it, so
/// that what no set explains afterwards is left over.
void Examination::list_leftovers() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(files_.vectors(), ignored)) {
    set_folders_.push_back(entry.path());
  }
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(files_.folder(), ignored)) {
    if (entry.path().filename().native().find(".tmp-") != std::string::npos) {
      temporary_files_.push_back(entry.path());
    }
  }
}

/// False when there is nothing more to examine.
Result<bool> Examination::open_catalogue() {
  std::error_code ignored;
  const bool present = std::filesystem::exists(files_.catalogue(), ignored);
  if (!present && !set_folders_.empty()) {
    add(Severity::kError, "database", "there are vectors but no catalogue", kStartAgain);
    return false;
  }
  const auto mode = repair_ ? Database::Mode::kWrite : Database::Mode::kRead;
  if (present) {
    const Result<Database> database = Database::open(files_.catalogue(), mode);
    const Result<std::int64_t> version = database ? database->integer("PRAGMA user_version")
                                                  : Result<std::int64_t>(database.error());
    if (!version) {
      add(Severity::kError, "database", version.error().message, kStartAgain);
      return false;
    }
    if (*version != 0) {
      Result<Catalogue> catalogue = Catalogue::open(files_.catalogue(), mode);
      if (!catalogue) {
        add(Severity::kError, "database", catalogue.error().message, "");
        return false;
      }
      catalogue_ = *std::move(catalogue);
      return true;
    }
  }
  add(Severity::kNote, "database", "nothing was synced into this collection yet", "sync");
  return false;
}

Result<std::vector<std::string>> Examination::integrity_messages() const {
  Result<Statement> statement = catalogue_->database().prepare("PRAGMA integrity_check(100)");
  if (!statement) return statement.error();
  std::vector<std::string> messages;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    if (statement->text_view(0) != "ok") messages.push_back(statement->text(0));
  }
  return messages;
}

/// False when the database is too damaged to be asked further.
Result<bool> Examination::check_database() {
  Result<std::vector<std::string>> messages = integrity_messages();
  if (!messages && messages.error().code != ErrorCode::kCorrupt) return messages.error();
  if (!messages) messages = std::vector<std::string>{messages.error().message};
  if (messages->empty()) return true;
  // Indices are made from tables and can be made again; a damaged table has lost something.
  const bool indices_only =
      std::all_of(messages->begin(), messages->end(), [](const std::string& message) {
        return message.find(" from index ") != std::string::npos ||
               message.find("entries in index ") != std::string::npos ||
               message.find("entry in index ") != std::string::npos;
      });
  const std::string what = "the database is damaged: " + messages->front();
  if (!indices_only) {
    add(Severity::kError, "database", what, kStartAgain);
    return false;
  }
  bool mended = false;
  if (repair_ && catalogue_->database().execute("REINDEX")) {
    const Result<std::vector<std::string>> left = integrity_messages();
    mended = left && left->empty();
  }
  report_.findings.push_back({Severity::kError, "database", what,
                              repair_ && !mended ? kStartAgain : "--repair makes its indices again",
                              true, mended});
  return mended;
}

Status Examination::check_references() {
  Result<Statement> statement = catalogue_->database().prepare("PRAGMA foreign_key_check");
  if (!statement) return statement.error();
  std::int64_t count = 0;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    ++count;
  }
  if (count == 0) return {};
  if (repair_) {
    statement->reset();
    Result<Transaction> transaction = Transaction::begin(catalogue_->database());
    if (!transaction) return transaction.error();
    SEMBLANCE_RETURN_IF_ERROR(catalogue_->database().execute(
        "DELETE FROM vector WHERE item NOT IN (SELECT key FROM item) "
        "OR vector_set NOT IN (SELECT key FROM vector_set);"
        "DELETE FROM attribute WHERE item NOT IN (SELECT key FROM item) "
        "OR name NOT IN (SELECT key FROM attribute_name);"));
    SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
  }
  add_repairable(Severity::kError, "references",
                 std::to_string(count) + " vectors or attributes belong to nothing",
                 "--repair removes them");
  return {};
}

/// Items that search cannot find though they are indexed.
Status Examination::check_coverage(const std::optional<VectorSet>& live, bool building) {
  const Result<CatalogueCounts> counts = catalogue_->counts();
  if (!counts) return counts.error();
  report_.items = counts->items;
  const Result<std::int64_t> bare = catalogue_->database().integer(
      "SELECT count(*) FROM item WHERE status = 'indexed' AND NOT EXISTS (SELECT 1 FROM vector "
      "WHERE vector.item = item.key AND vector_set = " +
      std::to_string(live ? live->key : 0) + ")");
  if (!bare) return bare.error();
  if (*bare == 0) return {};
  add(building ? Severity::kNote : Severity::kWarning, "coverage",
      std::to_string(*bare) + " items have no vectors: search does not find them",
      building ? "the change of network that is under way embeds them"
               : "the next sync embeds them");
  return {};
}

Status Examination::check_sets() {
  const Result<std::optional<VectorSet>> live = catalogue_->live_set();
  if (!live) return live.error();
  const Result<std::optional<VectorSet>> building = catalogue_->building_set();
  if (!building) return building.error();
  const bool changing = building->has_value();
  if (changing) {
    add(Severity::kNote, "network", "a change of network is not finished",
        "sync with the same --model to go on");
  }
  for (const std::optional<VectorSet>* set : {&*live, &*building}) {
    if (!*set) continue;
    SetExamination examination(*catalogue_, **set, files_.vectors((*set)->key),
                               changing && (*set)->live, repair_);
    SEMBLANCE_RETURN_IF_ERROR(examination.run(report_));
  }
  // What belongs to no set; while another process changes sets, nobody can tell.
  const auto belongs = [&](const std::filesystem::path& folder) {
    return (*live && folder == files_.vectors((*live)->key)) ||
           (*building && folder == files_.vectors((*building)->key));
  };
  std::erase_if(set_folders_, belongs);
  return check_coverage(*live, changing);
}

/// Caches of the vectors, which searches trust after a look at their headers.
Status Examination::check_search_index() {
  const Result<std::vector<std::string>> damaged = damaged_caches(files_, *catalogue_);
  if (!damaged) return damaged.error();
  if (damaged->empty()) return {};
  if (repair_) {
    const Result<std::optional<VectorSet>> live = catalogue_->live_set();
    if (!live) return live.error();
    if (*live) remove_search_index(files_, **live);
  }
  for (const std::string& message : *damaged) {
    add_repairable(Severity::kError, "search-index", message,
                   "--repair removes it; the next sync makes it anew");
  }
  return {};
}

Status Examination::check_neighbours() {
  const Result<std::optional<Error>> trouble = trouble_with_neighbours(files_, *catalogue_);
  if (!trouble) return trouble.error();
  if (!*trouble) return {};
  if ((*trouble)->code != ErrorCode::kCorrupt) {
    add(Severity::kNote, "neighbours", (*trouble)->message,
        "searches do without it; 'semblance neighbours' or the next sync brings it up to date");
    return {};
  }
  if (repair_) {
    const Result<std::optional<VectorSet>> live = catalogue_->live_set();
    if (!live) return live.error();
    std::error_code ignored;
    if (*live) std::filesystem::remove(neighbour_path(files_, **live), ignored);
  }
  add_repairable(Severity::kError, "neighbours", (*trouble)->message,
                 "--repair removes it; the next sync makes it anew");
  return {};
}

/// What the search for duplicates keeps.
Status Examination::check_duplicates() {
  const Result<std::optional<Error>> trouble = trouble_with_duplicate_cache(files_);
  if (!trouble) return trouble.error();
  if (*trouble) {
    if (repair_) remove_duplicate_cache(files_);
    add_repairable(Severity::kError, "duplicates", (*trouble)->message,
                   "--repair removes it; the next search for duplicates makes it anew");
  }
  const Result<std::optional<VectorSet>> live = catalogue_->live_set();
  if (!live) return live.error();
  if (!*live) return {};
  const std::filesystem::path path = duplicate_table_path(files_, **live);
  const Result<NeighbourFile> table = NeighbourFile::open(path);
  if (!table && table.error().code == ErrorCode::kMissingFile) return {};
  const Status sound = table ? table->verify() : Status(table.error());
  if (sound) return {};
  std::error_code ignored;
  if (repair_) std::filesystem::remove(path, ignored);
  add_repairable(Severity::kError, "duplicates", sound.error().message,
                 "--repair removes it; the next search for duplicates makes it anew");
  return {};
}

Status Examination::check_leftovers() {
  if (!lock_) return {};
  if (repair_) {
    for (const auto* paths : {&set_folders_, &temporary_files_}) {
      for (const std::filesystem::path& path : *paths) {
        std::error_code code;
        std::filesystem::remove_all(path, code);
        if (code) {
          return Error{ErrorCode::kIo, "cannot remove '" + path.string() + "': " + code.message()};
        }
      }
    }
  }
  if (!set_folders_.empty()) {
    add_repairable(Severity::kNote, "leftovers",
                   std::to_string(set_folders_.size()) +
                       " folders of vectors that nothing needs ('" + set_folders_.front().string() +
                       "')",
                   "--repair removes them");
  }
  if (!temporary_files_.empty()) {
    add_repairable(Severity::kNote, "leftovers",
                   std::to_string(temporary_files_.size()) + " temporary files ('" +
                       temporary_files_.front().string() + "')",
                   "--repair removes them");
  }
  return {};
}

Result<DoctorReport> Examination::run() {
  const auto start = std::chrono::steady_clock::now();
  SEMBLANCE_RETURN_IF_ERROR(take_lock());
  list_leftovers();
  const Result<bool> opened = open_catalogue();
  if (!opened) return opened.error();
  if (*opened) {
    const Result<bool> usable = check_database();
    if (!usable) return usable.error();
    if (*usable) {
      std::optional<Transaction> snapshot;
      if (!repair_) {  // one consistent state, whatever another process does
        Result<Transaction> transaction = Transaction::begin_read(catalogue_->database());
        if (!transaction) return transaction.error();
        snapshot.emplace(*std::move(transaction));
      }
      SEMBLANCE_RETURN_IF_ERROR(check_references());
      SEMBLANCE_RETURN_IF_ERROR(check_sets());
      SEMBLANCE_RETURN_IF_ERROR(check_search_index());
      SEMBLANCE_RETURN_IF_ERROR(check_neighbours());
      SEMBLANCE_RETURN_IF_ERROR(check_duplicates());
      SEMBLANCE_RETURN_IF_ERROR(check_leftovers());
    }
  }
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report_;
}

}  // namespace

std::string_view severity_name(Finding::Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

bool DoctorReport::healthy() const {
  return std::all_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::kNote || finding.repaired;
  });
}

Result<DoctorReport> examine_collection(const std::filesystem::path& data_folder,
                                        std::string_view collection, bool repair) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(collection));
  const CollectionFiles files(data_folder, collection);
  std::error_code ignored;
  if (!std::filesystem::is_directory(files.folder(), ignored)) {
    return no_such_collection(data_folder, collection);
  }
  return Examination(files, repair).run();
}

}  // namespace semblance
