#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "base/sha256.h"
#include "fetch/downloader.h"

namespace semblance {

/// A photo that was downloaded before.
struct CachedPhoto {
  std::filesystem::path file;
  std::uint64_t size_bytes = 0;
  Sha256 content_hash{};  ///< of the bytes that were stored
  Validators validators;  ///< empty: it can only be downloaded anew
};

/// The photos that were downloaded for a collection, as they came, each in a file named by the hash
/// of its address with a note beside it (docs/formats.md). However a process ends, a photo is there
/// whole or not at all, and the note belongs to the bytes beside it. Nothing is synced to the disk,
/// which would cost more than most downloads: what a power failure takes is found by its length
/// (find) or its hash (read) and downloaded again. Different photos may be handled by several
/// threads at once. It grows with the collection; sweep() removes what is no longer in it.
class PhotoCache {
 public:
  explicit PhotoCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The name under which an address is kept: 64 hexadecimal digits.
  static std::string key(std::string_view url);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// Where the photo of an address lies, or will.
  [[nodiscard]] std::filesystem::path file(std::string_view url) const;

  /// Without reading the photo: note and length must agree.
  [[nodiscard]] std::optional<CachedPhoto> find(std::string_view url) const;

  /// Reads a photo that find() gave. Errors: kMissingFile, kUnreadable, kTooLarge (it has grown),
  /// kCorrupt (other bytes than were stored).
  static Result<Bytes> read(const CachedPhoto& photo);

  /// Replaces the photo; what is left of a broken download goes. Errors: kIo, and the old version
  /// may be gone then.
  Status store(std::string_view url, std::span<const std::byte> bytes, const Sha256& content_hash,
               const Validators& validators) const;

  /// Keeps the beginning of a photo for a later run. Errors: kIo.
  Status store_partial(std::string_view url, const PartialBody& partial) const;

  /// `max_bytes`: a larger one is not worth its memory.
  [[nodiscard]] std::optional<PartialBody> find_partial(std::string_view url,
                                                        std::uint64_t max_bytes) const;

  /// Errors: kIo.
  Status remove(std::string_view url) const;

  /// Removes the photos whose key is not wanted, with all that belongs to them, and what a killed
  /// process left half-written. No other process may be using the cache. Returns how many photos
  /// went. Errors: kIo.
  [[nodiscard]] Result<std::int64_t> sweep(
      const std::function<bool(const std::string& key)>& is_wanted) const;

 private:
  [[nodiscard]] std::filesystem::path file_of_key(const std::string& key) const;

  std::filesystem::path folder_;
};

}  // namespace semblance
