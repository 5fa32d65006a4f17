#include "engine/collection_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace semblance {

namespace {

// Often enough to get a turn between those of a process that writes much (live/writer.h).
constexpr std::chrono::milliseconds kLockPoll{10};

/// Whether the open file is the one that `path` names now.
bool is_file_at(int fd, const std::filesystem::path& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

Status check_collection_name(std::string_view name) {
  const auto letter_or_digit = [](char c) { return std::isalnum(static_cast<unsigned char>(c)); };
  const auto allowed = [&](char c) {
    return letter_or_digit(c) || c == '-' || c == '_' || c == '.';
  };
  if (name.empty() || name.size() > 64 || !letter_or_digit(name.front()) ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + std::string(name) +
                     "' is no name for a collection: use 1 to 64 letters, digits, '-', '_' or '.'"};
  }
  return {};
}

Error no_such_collection(const std::filesystem::path& data_folder, std::string_view name) {
  return Error{ErrorCode::kNotFound,
               "no collection '" + std::string(name) + "' in '" + data_folder.string() + "'"};
}

Status check_is_local(const CollectionFiles& files) {
  std::error_code ignored;
  if (!std::filesystem::exists(files.engine(), ignored)) return {};
  const std::string name = files.folder().filename().string();
  return Error{ErrorCode::kInvalidArgument,
               "the vectors of collection '" + name +
                   "' lie in a cluster, where this does not work (docs/opensearch.md lists what "
                   "does); 'semblance copy " +
                   name + " NAME' makes a collection of this machine out of it"};
}

std::vector<std::string> list_collections(const std::filesystem::path& data_folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(data_folder / "collections", code)) {
    std::string name = entry.path().filename().string();
    if (!check_collection_name(name)) continue;
    const CollectionFiles files(data_folder, name);
    std::error_code ignored;
    if (std::filesystem::exists(files.catalogue(), ignored) ||
        std::filesystem::exists(files.engine(), ignored)) {
      names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Nothing where the folder was deleted or replaced just now.
Result<std::optional<CollectionLock>> CollectionLock::try_once(const CollectionFiles& files) {
  FileDescriptor file(::open(files.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<CollectionLock>();
    return Error{ErrorCode::kIo, system_message("cannot open", files.lock(), errno)};
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Error{ErrorCode::kConflict, "another process is changing this collection"};
    }
    return Error{ErrorCode::kIo, system_message("cannot lock", files.lock(), errno)};
  }
  // Deleting and importing put the folder away, lock file and all: what is locked must be what the
  // next process will try to lock.
  if (!is_file_at(file.get(), files.lock())) return std::optional<CollectionLock>();
  return std::optional(CollectionLock(std::move(file)));
}

Result<CollectionLock> CollectionLock::acquire(const CollectionFiles& files) {
  const std::filesystem::path collections = files.folder().parent_path();
  while (true) {
    for (const auto& folder : {collections.parent_path(), collections, files.folder()}) {
      SEMBLANCE_RETURN_IF_ERROR(create_folders_durably(folder));
    }
    Result<std::optional<CollectionLock>> lock = try_once(files);
    if (!lock) return lock.error();
    if (*lock) return **std::move(lock);
  }
}

Result<CollectionLock> CollectionLock::acquire_again(const CollectionFiles& files) {
  while (true) {
    Result<std::optional<CollectionLock>> lock = try_once(files);
    if (!lock) return lock.error();
    if (*lock) return **std::move(lock);
    std::error_code ignored;
    if (!std::filesystem::exists(files.folder(), ignored)) {
      return Error{ErrorCode::kNotFound, "the collection was deleted"};
    }
  }
}

Result<CollectionLock> CollectionLock::wait(const CollectionFiles& files,
                                            const std::atomic<bool>* stop,
                                            const std::function<void(std::string_view)>& notice) {
  bool told = false;
  while (true) {
    Result<CollectionLock> lock = acquire(files);
    if (lock || lock.error().code != ErrorCode::kConflict) return lock;
    if (stop != nullptr && stop->load()) {
      return Error{ErrorCode::kCancelled,
                   "stopped while waiting for another process that changes this collection"};
    }
    if (!told && notice) {
      notice("another process is changing this collection; waiting for it to finish");
    }
    told = true;
    std::this_thread::sleep_for(kLockPoll);
  }
}

Result<std::optional<CollectionLock>> CollectionLock::share(const CollectionFiles& files) {
  FileDescriptor file(::open(files.lock().c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    // Nobody has changed the collection since it was copied here, or nobody may.
    if (errno == ENOENT) return std::optional(CollectionLock(FileDescriptor()));
    return Error{ErrorCode::kIo, system_message("cannot open", files.lock(), errno)};
  }
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) {
    return std::optional(CollectionLock(std::move(file)));
  }
  if (errno == EWOULDBLOCK) return std::optional<CollectionLock>();
  return Error{ErrorCode::kIo, system_message("cannot lock", files.lock(), errno)};
}

}  // namespace semblance
