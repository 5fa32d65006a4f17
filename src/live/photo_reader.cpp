#include "live/photo_reader.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <system_error>

#include "engine/photo_place.h"
#include "engine/photo_roots.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

Error outside(const fs::path& path) {
  return Error{ErrorCode::kUnreadable,
               "'" + path.string() +
                   "' lies outside the folders that the collection's photos may "
                   "be read from"};
}

/// Opens a file below `root` where no part of the way is a symbolic link, so that nothing can be
/// put in its place between looking at the path and opening it.
FileDescriptor open_below(const fs::path& root, const fs::path& real_path) {
  const FileDescriptor folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return {};
  const std::string rest = real_path.lexically_relative(root).string();
  struct open_how how {};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, folder.get(), rest.c_str(), &how, sizeof how);
  if (fd >= 0) return FileDescriptor(static_cast<int>(fd));
  if (errno != ENOSYS && errno != EPERM) return {};
  // A kernel without it, or a sandbox that does not know it: look where the open file really is.
  FileDescriptor file(::open(real_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  std::error_code code;
  const fs::path link = "/proc/self/fd/" + std::to_string(file.get());
  if (file.is_open() && fs::read_symlink(link, code) != real_path) {
    file.close();
    errno = ELOOP;
  }
  return file;
}

Result<Bytes> read_open(const FileDescriptor& file, const fs::path& path, std::uint64_t max_bytes) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return Error{ErrorCode::kUnreadable, "'" + path.string() + "' is not a regular file"};
  }
  if (static_cast<std::uint64_t>(info.st_size) > max_bytes) {
    return Error{ErrorCode::kTooLarge,
                 "'" + path.string() + "' has more than " + std::to_string(max_bytes) + " bytes"};
  }
  Bytes bytes(static_cast<std::size_t>(info.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        ::pread(file.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return Error{ErrorCode::kUnreadable, system_message("cannot read", path, errno)};
    }
    if (count == 0) break;  // it was cut meanwhile
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

Result<Bytes> read_photo(const CollectionFiles& files, const std::optional<PhotoRoots>& stored,
                         const Item& item, std::uint64_t max_bytes) {
  if (item.path.empty()) {
    return Error{ErrorCode::kNotFound, "item '" + item.id + "' has no photo that is kept here"};
  }
  PhotoRoots roots = stored.value_or(PhotoRoots());
  roots.add(files.uploads());
  roots.add(files.photos());
  const fs::path path = place_of_photo(files, item.path);
  std::error_code code;
  const fs::path real = fs::canonical(path, code);
  if (code) {
    const bool missing = code == std::errc::no_such_file_or_directory;
    return Error{missing ? ErrorCode::kMissingFile : ErrorCode::kUnreadable,
                 "cannot open '" + path.string() + "': " + code.message()};
  }
  const fs::path* root = roots.root_of(real);
  if (root == nullptr && !stored) {
    return Error{ErrorCode::kUnreadable,
                 "it is not known from which folders the collection's photos may be read; run "
                 "'semblance sync SOURCE' once"};
  }
  if (root == nullptr) return outside(path);
  const FileDescriptor file = open_below(*root, real);
  if (!file.is_open()) {
    if (errno == ELOOP || errno == EXDEV) return outside(path);
    return Error{errno == ENOENT ? ErrorCode::kMissingFile : ErrorCode::kUnreadable,
                 system_message("cannot open", path, errno)};
  }
  return read_open(file, path, max_bytes);
}

}  // namespace semblance
