#pragma once

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
#include "duplicates/picture_sketch.h"

namespace semblance {

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

/// A group as it was last found, as far as a decision about it needs it.
struct FoundGroup {
  struct Member {
    std::int64_t item = 0;
    std::string id;
    Sha256 content_hash{};
  };
  std::string name;
  DuplicateLane lane = DuplicateLane::kIdentical;
  std::vector<Member> members;  ///< the best one first
};

/// `duplicates.sqlite` in a collection's folder: signatures of photos and the groups found last.
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
