// Loaded into `semblance` with LD_PRELOAD by the crash tests. Below one folder it journals what is
// done to files (journal.h has the format), and makes one of those operations fail or the last one.
//
//   SEMBLANCE_CRASH_ROOT     the folder
//   SEMBLANCE_CRASH_JOURNAL  file to append to; nothing is journaled without
//   SEMBLANCE_CRASH_FAULT    kill: SIGKILL at operation AT, half done where it can be
//                            full: ENOSPC for write AT (half of which fits) and all behind it
//                            eio-write, eio-sync: EIO for write, sync AT
//   SEMBLANCE_CRASH_AT       counted from 1
//   SEMBLANCE_CRASH_VANISH   a photo that is removed just before it is opened
//   SEMBLANCE_CRASH_SHRINK   a photo that loses its second half when reading begins

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

#include "crash/journal_format.h"

namespace {

using semblance::test::JournalHead;
using semblance::test::Operation;

/// The function of this name behind ours.
template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

using OpenFunction = int(const char*, int, ...);
using WriteFunction = ssize_t(int, const void*, std::size_t);
using PwriteFunction = ssize_t(int, const void*, std::size_t, off_t);
using PathFunction = int(const char*);

ssize_t real_write(int fd, const void* data, std::size_t size) {
  static auto* const kFunction = real<WriteFunction>("write");
  return kFunction(fd, data, size);
}

ssize_t real_pwrite(int fd, const void* data, std::size_t size, off_t offset) {
  static auto* const kFunction = real<PwriteFunction>("pwrite");
  return kFunction(fd, data, size, offset);
}

int real_open(const char* path, int flags, mode_t mode) {
  static auto* const kFunction = real<OpenFunction>("open");
  return kFunction(path, flags, mode);
}

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// What is asked for and what was done so far. Everything is done under its lock, so that the
/// journal has the order in which things happened.
struct Recorder {
  std::recursive_mutex mutex;
  std::string root = setting("SEMBLANCE_CRASH_ROOT");
  std::string fault = setting("SEMBLANCE_CRASH_FAULT");
  std::string vanish = setting("SEMBLANCE_CRASH_VANISH");
  std::string shrink = setting("SEMBLANCE_CRASH_SHRINK");
  long at = std::atol(setting("SEMBLANCE_CRASH_AT").c_str());
  long operations = 0;
  long writes = 0;
  long syncs = 0;
  int journal = -1;
  std::array<std::string, 4096> paths;  // of open files below the root, by descriptor

  Recorder() {
    const std::string path = setting("SEMBLANCE_CRASH_JOURNAL");
    if (!path.empty()) {
      journal = real_open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    }
  }

  [[nodiscard]] bool covers(std::string_view path) const {
    return !root.empty() && path.size() > root.size() && path.substr(0, root.size()) == root &&
           path[root.size()] == '/';
  }
  [[nodiscard]] const std::string& path_of(int fd) const {
    static const std::string kNone;
    return fd < 0 || static_cast<std::size_t>(fd) >= paths.size()
               ? kNone
               : paths[static_cast<std::size_t>(fd)];
  }

  void note(Operation operation, std::string_view path, std::uint64_t offset = 0,
            std::string_view data = {}) {
    if (journal < 0) return;
    const JournalHead head{operation, static_cast<std::uint32_t>(path.size()), offset, data.size()};
    std::string record(reinterpret_cast<const char*>(&head), sizeof head);
    record += path;
    record += data;
    if (real_write(journal, record.data(), record.size()) != static_cast<ssize_t>(record.size())) {
      std::abort();
    }
  }

  /// Counts an operation; ends the process where that was asked for. `half` does half of it.
  template <typename Half>
  void count(Half half) {
    ++operations;
    if (fault != "kill" || operations != at) return;
    half();
    ::kill(::getpid(), SIGKILL);
  }
  void count() {
    count([] {});
  }
};

Recorder& recorder() {
  static auto* const kRecorder = new Recorder;  // outlives every other static object
  return *kRecorder;
}

using Lock = std::lock_guard<std::recursive_mutex>;

std::string absolute(const char* path) {
  if (path[0] == '/') return path;
  char folder[PATH_MAX];
  if (::getcwd(folder, sizeof folder) == nullptr) return path;
  return std::string(folder) + "/" + path;
}

std::string absolute_at(int folder, const char* path) {
  if (path[0] == '/' || folder == AT_FDCWD) return absolute(path);
  const std::string link = "/proc/self/fd/" + std::to_string(folder);
  char target[PATH_MAX];
  const ssize_t size = ::readlink(link.c_str(), target, sizeof target);
  return std::string(target, static_cast<std::size_t>(size < 0 ? 0 : size)) + "/" + path;
}

int open_file(const std::string& path, int flags, mode_t mode) {
  Recorder& rec = recorder();
  const Lock lock(rec.mutex);
  if (path == rec.vanish) ::unlink(path.c_str());
  const bool covered = rec.covers(path) || path == rec.root;
  struct stat info {};
  const bool there = covered && ::stat(path.c_str(), &info) == 0;
  const bool makes = covered && !there && (flags & O_CREAT) != 0;
  const bool cuts = covered && there && (flags & O_TRUNC) != 0;
  if (makes || cuts) {
    rec.count();
    if (rec.fault == "full" && rec.writes >= rec.at && makes) {
      errno = ENOSPC;
      return -1;
    }
  }
  const int fd = real_open(path.c_str(), flags, mode);
  if (fd < 0 || static_cast<std::size_t>(fd) >= rec.paths.size()) return fd;
  rec.paths[static_cast<std::size_t>(fd)] = covered || path == rec.shrink ? path : "";
  if (makes) rec.note(Operation::kCreate, path);
  if (cuts) rec.note(Operation::kTruncate, path, 0);
  return fd;
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

ssize_t write_at(int fd, const void* data, std::size_t size, off_t offset) {
  Recorder& rec = recorder();
  const Lock lock(rec.mutex);
  const std::string& path = rec.path_of(fd);
  if (path.empty()) return real_pwrite(fd, data, size, offset);
  rec.count([&] { (void)!real_pwrite(fd, data, size / 2, offset); });
  ++rec.writes;
  if (rec.fault == "full" && rec.writes >= rec.at) {
    if (rec.writes > rec.at || size < 2) {
      errno = ENOSPC;
      return -1;
    }
    size /= 2;
  }
  if (rec.fault == "eio-write" && rec.writes == rec.at) {
    errno = EIO;
    return -1;
  }
  const ssize_t count = real_pwrite(fd, data, size, offset);
  if (count > 0) {
    rec.note(Operation::kWrite, path, static_cast<std::uint64_t>(offset),
             {static_cast<const char*>(data), static_cast<std::size_t>(count)});
  }
  return count;
}

int truncate_file(int fd, off_t size) {
  static auto* const kFunction = real<int(int, off_t)>("ftruncate");
  Recorder& rec = recorder();
  const Lock lock(rec.mutex);
  const std::string& path = rec.path_of(fd);
  if (path.empty()) return kFunction(fd, size);
  rec.count();
  const int result = kFunction(fd, size);
  if (result == 0) rec.note(Operation::kTruncate, path, static_cast<std::uint64_t>(size));
  return result;
}

int sync_file(int fd, const char* name) {
  Recorder& rec = recorder();
  const Lock lock(rec.mutex);
  const std::string& path = rec.path_of(fd);
  auto* const function = real<int(int)>(name);
  if (path.empty()) return function(fd);
  rec.count();
  if (++rec.syncs == rec.at && rec.fault == "eio-sync") {
    errno = EIO;
    return -1;
  }
  const int result = function(fd);
  if (result == 0) rec.note(Operation::kSync, path);
  return result;
}

int path_operation(const std::string& path, Operation operation, const char* name) {
  Recorder& rec = recorder();
  const Lock lock(rec.mutex);
  auto* const function = real<PathFunction>(name);
  if (!rec.covers(path)) return function(path.c_str());
  rec.count();
  const int result = function(path.c_str());
  if (result == 0) rec.note(operation, path);
  return result;
}

int make_folder(const std::string& path, mode_t mode) {
  static auto* const kFunction = real<int(const char*, mode_t)>("mkdir");
  Recorder& rec = recorder();
  const Lock lock(rec.mutex);
  if (!rec.covers(path)) return kFunction(path.c_str(), mode);
  rec.count();
  const int result = kFunction(path.c_str(), mode);
  if (result == 0) rec.note(Operation::kMakeFolder, path);
  return result;
}

int rename_file(const std::string& from, const std::string& to) {
  static auto* const kFunction = real<int(const char*, const char*)>("rename");
  Recorder& rec = recorder();
  const Lock lock(rec.mutex);
  if (!rec.covers(from) && !rec.covers(to)) return kFunction(from.c_str(), to.c_str());
  rec.count();
  const int result = kFunction(from.c_str(), to.c_str());
  if (result == 0) rec.note(Operation::kRename, from, 0, to);
  return result;
}

}  // namespace

// What the program, libstdc++ and SQLite call; the ...64 names are the same functions here.
extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file(absolute(path), flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file(absolute(path), flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file(absolute_at(folder, path), flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file(absolute_at(folder, path), flags, mode);
}

int close(int fd) {
  static auto* const kFunction = real<int(int)>("close");
  Recorder& rec = recorder();
  const Lock lock(rec.mutex);
  if (!rec.path_of(fd).empty()) rec.paths[static_cast<std::size_t>(fd)].clear();
  return kFunction(fd);
}

ssize_t read(int fd, void* data, size_t size) {
  static auto* const kFunction = real<ssize_t(int, void*, std::size_t)>("read");
  Recorder& rec = recorder();
  {
    const Lock lock(rec.mutex);
    if (!rec.shrink.empty() && rec.path_of(fd) == rec.shrink) {
      struct stat info {};
      if (::stat(rec.shrink.c_str(), &info) == 0) {
        (void)!::truncate(rec.shrink.c_str(), info.st_size / 2);
      }
      rec.shrink.clear();
    }
  }
  return kFunction(fd, data, size);
}

ssize_t write(int fd, const void* data, size_t size) {
  Recorder& rec = recorder();
  const Lock lock(rec.mutex);
  if (rec.path_of(fd).empty()) return real_write(fd, data, size);
  const ssize_t count = write_at(fd, data, size, ::lseek(fd, 0, SEEK_CUR));
  if (count > 0) ::lseek(fd, count, SEEK_CUR);
  return count;
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return write_at(fd, data, size, offset);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off_t offset) {
  return write_at(fd, data, size, offset);
}

int ftruncate(int fd, off_t size) noexcept {
  return truncate_file(fd, size);
}
int ftruncate64(int fd, off_t size) noexcept {
  return truncate_file(fd, size);
}

int fsync(int fd) {
  return sync_file(fd, "fsync");
}
int fdatasync(int fd) {
  return sync_file(fd, "fdatasync");
}

int unlink(const char* path) noexcept {
  return path_operation(absolute(path), Operation::kRemove, "unlink");
}
int rmdir(const char* path) noexcept {
  return path_operation(absolute(path), Operation::kRemove, "rmdir");
}
int remove(const char* path) noexcept {
  return path_operation(absolute(path), Operation::kRemove, "remove");
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  return path_operation(absolute_at(folder, path), Operation::kRemove,
                        (flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink");
}

int mkdir(const char* path, mode_t mode) noexcept {
  return make_folder(absolute(path), mode);
}

int rename(const char* from, const char* to) noexcept {
  return rename_file(absolute(from), absolute(to));
}
}
