#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace semblance {

/// Where a collection keeps its files below the data directory (docs/formats.md).
class CollectionFiles {
 public:
  CollectionFiles(const std::filesystem::path& data_folder, std::string_view collection)
      : folder_(data_folder / "collections" / collection) {}

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path catalogue() const { return folder_ / "catalogue.sqlite"; }
  [[nodiscard]] std::filesystem::path vectors() const { return folder_ / "vectors"; }
  [[nodiscard]] std::filesystem::path vectors(std::int64_t set_key) const {
    return vectors() / std::to_string(set_key);
  }
  /// Photos that were downloaded.
  [[nodiscard]] std::filesystem::path photos() const { return folder_ / "photos"; }
  /// Photos that another machine downloaded, fetched again to be shown.
  [[nodiscard]] std::filesystem::path fetched() const { return folder_ / "fetched"; }
  /// Photos that were put into the collection one by one, under the SHA-256 of their bytes.
  [[nodiscard]] std::filesystem::path uploads() const { return folder_ / "uploads"; }
  /// Which cluster searches the collection's vectors; absent where this program does.
  [[nodiscard]] std::filesystem::path engine() const { return folder_ / "engine.json"; }
  [[nodiscard]] std::filesystem::path lock() const { return folder_ / "lock"; }

 private:
  std::filesystem::path folder_;
};

/// 1 to 64 letters, digits, '-', '_' and '.', beginning with a letter or digit: a name that is safe
/// as a folder. Errors: kInvalidArgument.
Status check_collection_name(std::string_view name);

/// kNotFound: "no collection 'name' in 'folder'".
Error no_such_collection(const std::filesystem::path& data_folder, std::string_view name);

/// For what needs a collection's own vectors. Errors: kInvalidArgument where a cluster has them,
/// saying what to do.
Status check_is_local(const CollectionFiles& files);

/// Names of the collections in a data directory, sorted.
std::vector<std::string> list_collections(const std::filesystem::path& data_folder);

/// The right to change a collection: held by one process at a time, released on destruction and
/// when the process ends, however it ends.
class CollectionLock {
 public:
  /// Makes the collection's folder where it is missing. Errors: kConflict when another process
  /// holds the lock, kIo.
  static Result<CollectionLock> acquire(const CollectionFiles& files);
  /// The same for a process that acquired the lock of this collection before, without a look at
  /// whether its folders are durable. Errors: also kNotFound when the collection was deleted.
  static Result<CollectionLock> acquire_again(const CollectionFiles& files);
  /// Keeps others from changing the collection while it is looked at, without changing anything
  /// itself: empty when another process is changing it right now. Errors: kIo.
  static Result<std::optional<CollectionLock>> share(const CollectionFiles& files);

  /// The same, but waits for the other process, after one line to `notice`. Errors: kCancelled when
  /// `*stop` is set meanwhile, kIo. Both may be empty.
  static Result<CollectionLock> wait(const CollectionFiles& files, const std::atomic<bool>* stop,
                                     const std::function<void(std::string_view)>& notice);

 private:
  static Result<std::optional<CollectionLock>> try_once(const CollectionFiles& files);
  explicit CollectionLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace semblance
