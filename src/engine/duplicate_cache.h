#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "catalogue/database.h"
#include "catalogue/duplicate_decisions.h"
#include "duplicates/picture_hash.h"
#include "duplicates/picture_match.h"
#include "duplicates/picture_sketch.h"
#include "engine/collection_files.h"
#include "engine/duplicates.h"

namespace semblance {

/// Where a collection's cache lies.
std::filesystem::path duplicate_cache_path(const CollectionFiles& files);

/// And the closest items of each item, beside the vectors.
std::filesystem::path duplicate_table_path(const CollectionFiles& files, const VectorSet& set);
/// What is the matter with a collection's cache, as far as can be told without making it anew:
/// kCorrupt; nothing where all is well or there is none. Reads all of it. Errors: kIo.
Result<std::optional<Error>> trouble_with_duplicate_cache(const CollectionFiles& files);
void remove_duplicate_cache(const CollectionFiles& files);

/// Sha256 as a key: its bytes are random already.
struct HashOfSha256 {
  std::size_t operator()(const Sha256& digest) const;
};

/// What is kept of a photo to find its copies: by the SHA-256 of its file, so that a renamed photo
/// costs nothing.
struct PhotoSignature {
  std::int64_t key = 0;  ///< of its sketch
  Sha256 pixels{};       ///< of the upright picture's size and pixels
  PictureHash hash;
};

/// How pairs of photos compared, by the keys of their signatures.
class RememberedPairs {
 public:
  /// The numbers of a pair that is one photo, or would be one if it might be grey.
  [[nodiscard]] const PictureMatch* match(std::int64_t a, std::int64_t b, bool mirrored) const;
  /// They were compared, and are no versions of one photo.
  [[nodiscard]] bool differ(std::int64_t a, std::int64_t b, bool mirrored) const;

 private:
  friend class DuplicateCache;
  std::array<std::vector<std::uint64_t>, 2> different_;  ///< ascending; second: mirrored
  std::array<std::unordered_map<std::uint64_t, PictureMatch>, 2> matches_;
};

/// A pair that was compared; no match: they differ.
struct ComparedPair {
  std::int64_t a = 0;
  std::int64_t b = 0;
  bool mirrored = false;
  std::optional<PictureMatch> match;
};

/// `duplicates.sqlite` in a collection's folder: signatures of photos, how pairs of them compared,
/// and the groups found last.
/// A cache: one that is missing, damaged or of another version is begun anew. One connection, one
/// thread.
class DuplicateCache {
 public:
  using Signatures = std::unordered_map<Sha256, PhotoSignature, HashOfSha256>;

  /// For writing. Errors: kIo, kConflict (another process is writing).
  static Result<DuplicateCache> open(const std::filesystem::path& path);
  /// One that is there and of this version. Errors: kMissingFile, kConflict (another version), kIo.
  static Result<DuplicateCache> open_to_read(const std::filesystem::path& path);

  [[nodiscard]] Result<Signatures> signatures() const;
  /// Errors: kNotFound, kCorrupt.
  Result<PictureSketch> sketch(std::int64_t key);

  struct NewSignature {
    Sha256 content_hash{};
    Sha256 pixels{};
    PictureHash hash;
    PictureSketch sketch;
  };
  /// In one transaction.
  Status put(const std::vector<NewSignature>& photos) const;
  /// Forgets the photos of these keys.
  Status remove(const std::vector<std::int64_t>& keys) const;

  /// What remember() was given, but for pairs of removed photos.
  [[nodiscard]] Result<RememberedPairs> remembered() const;
  /// In one transaction.
  Status remember(const std::vector<ComparedPair>& pairs) const;

  /// In place of those of these lanes that were found before.
  Status store_groups(const std::vector<DuplicateLane>& lanes,
                      const std::vector<FoundGroup>& groups) const;
  [[nodiscard]] Result<std::optional<FoundGroup>> group(std::string_view name) const;

 private:
  explicit DuplicateCache(Database database) : database_(std::move(database)) {}

  Database database_;
  Statement select_sketch_;
};

}  // namespace semblance
