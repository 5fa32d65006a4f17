#include "engine/staging.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

// Names that no collection can have, beside the collections and so on the same file system.
constexpr std::string_view kNew = ".semblance-new-";      // being made; locked by its maker
constexpr std::string_view kTrash = ".semblance-trash-";  // nobody needs it
constexpr std::string_view kOld = ".semblance-old-";      // NAME, while NAME is being replaced

/// A name that no other process or thread uses.
std::string unique_name(std::string_view prefix) {
  static std::atomic<unsigned> counter{0};
  return std::string(prefix) + std::to_string(::getpid()) + "-" +
         std::to_string(counter.fetch_add(1));
}

Status rename_folder(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return Error{ErrorCode::kIo,
               system_message("cannot rename '" + from.string() + "' to", to, errno)};
}

/// Gone under its name in one step, then removed piece by piece.
Status throw_away(const fs::path& folder) {
  fs::path trash;
  do {
    trash = folder.parent_path() / unique_name(kTrash);
  } while (fs::exists(fs::symlink_status(trash)));
  SEMBLANCE_RETURN_IF_ERROR(rename_folder(folder, trash));
  std::error_code ignored;  // the rest goes with the next clean-up
  fs::remove_all(trash, ignored);
  return {};
}

/// A replacement in two steps was interrupted: after the first the old collection goes back, after
/// the second it is trash.
void settle_old(const fs::path& old, const std::string& name) {
  const fs::path collection = old.parent_path() / name;
  std::error_code ignored;
  if (fs::exists(collection / "catalogue.sqlite", ignored)) {
    (void)throw_away(old).ok();
    return;
  }
  fs::remove(collection / "lock", ignored);
  fs::remove(collection, ignored);
  (void)rename_folder(old, collection).ok();
}

}  // namespace

Result<StagingFolder> StagingFolder::create(const fs::path& data_folder) {
  while (true) {
    CollectionFiles files(data_folder, unique_name(kNew));
    std::error_code ignored;
    // Of a crashed process that had our number.
    if (fs::exists(files.folder(), ignored)) continue;
    Result<CollectionLock> lock = CollectionLock::acquire(files);
    if (lock) return StagingFolder(std::move(files), *std::move(lock));
    if (lock.error().code != ErrorCode::kConflict) return lock.error();
  }
}

StagingFolder::StagingFolder(StagingFolder&& other) noexcept
    : files_(std::move(other.files_)),
      lock_(std::move(other.lock_)),
      owned_(std::exchange(other.owned_, false)) {}

StagingFolder::~StagingFolder() {
  if (owned_) (void)throw_away(files_.folder()).ok();
}

Status replace_in_two_steps(const fs::path& fresh, const fs::path& old) {
  const fs::path aside = old.parent_path() / (std::string(kOld) + old.filename().string());
  SEMBLANCE_RETURN_IF_ERROR(rename_folder(old, aside));
  const Status replaced = rename_folder(fresh, old);
  if (!replaced) {
    SEMBLANCE_RETURN_IF_ERROR(rename_folder(aside, old));
    return replaced;
  }
  return rename_folder(aside, fresh);
}

Status StagingFolder::exchange_with(const CollectionFiles& collection) {
  const fs::path& fresh = files_.folder();
  const fs::path& old = collection.folder();
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, old.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) {
      return Error{ErrorCode::kIo, system_message("cannot put in place", old, errno)};
    }
    SEMBLANCE_RETURN_IF_ERROR(replace_in_two_steps(fresh, old));
  }
  return sync_folder(old.parent_path());
}

Status remove_collection_folder(const CollectionFiles& collection) {
  SEMBLANCE_RETURN_IF_ERROR(throw_away(collection.folder()));
  return sync_folder(collection.folder().parent_path());
}

void remove_leftovers(const CollectionFiles& any_collection) {
  const fs::path collections = any_collection.folder().parent_path();
  std::error_code code;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(collections, code)) {
    names.push_back(entry.path().filename().string());
  }
  for (const std::string& name : names) {
    const fs::path folder = collections / name;
    if (name.starts_with(kTrash)) fs::remove_all(folder, code);
    if (!name.starts_with(kNew) && !name.starts_with(kOld)) continue;
    // Whoever made it, or replaces it, holds its lock as long as he lives.
    const Result<CollectionLock> lock =
        CollectionLock::acquire(CollectionFiles(collections.parent_path(), name));
    if (!lock) continue;
    if (name.starts_with(kNew)) {
      (void)throw_away(folder).ok();
    } else {
      settle_old(folder, name.substr(kOld.size()));
    }
  }
}

}  // namespace semblance
