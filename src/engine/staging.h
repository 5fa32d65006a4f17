#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "engine/collection_files.h"

namespace semblance {

/// A folder beside the collections in which one is made, or a file of one is prepared, before
/// anybody may see it. Other processes leave it alone while its owner lives.
class StagingFolder {
 public:
  /// Errors: kIo.
  static Result<StagingFolder> create(const std::filesystem::path& data_folder);
  StagingFolder(StagingFolder&& other) noexcept;
  StagingFolder& operator=(StagingFolder&&) = delete;
  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;
  /// Removes whatever stands in its place: what was staged, or what was exchanged for it.
  ~StagingFolder();

  /// Laid out as a collection.
  [[nodiscard]] const CollectionFiles& files() const { return files_; }

  /// Puts the folder in the place of the collection, whose lock the caller holds, and the
  /// collection in the folder's: in one step where the file system can exchange two folders, else
  /// in two, of which remove_leftovers() undoes the first if a crash came between. Errors: kIo.
  Status exchange_with(const CollectionFiles& collection);

 private:
  StagingFolder(CollectionFiles files, CollectionLock lock)
      : files_(std::move(files)), lock_(std::move(lock)) {}

  CollectionFiles files_;
  CollectionLock lock_;
  bool owned_ = true;
};

/// Removes a collection's folder, whose lock the caller holds: for others it is gone in one step.
/// Errors: kIo.
Status remove_collection_folder(const CollectionFiles& collection);

/// Removes what crashed imports, exports and deletions left beside this collection, and brings a
/// collection back whose replacement was interrupted.
void remove_leftovers(const CollectionFiles& any_collection);

/// Puts `fresh` in the place of `old` for file systems that cannot exchange two folders.
/// Errors: kIo; the old one is then where it was.
Status replace_in_two_steps(const std::filesystem::path& fresh, const std::filesystem::path& old);

}  // namespace semblance
