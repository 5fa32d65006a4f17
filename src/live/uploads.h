#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/sha256.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"

namespace semblance {

// Photos that were put into a collection one by one: files named by the SHA-256 of their bytes, so
// that the same photo is stored once. They are stored and swept by who holds the collection's lock.

struct StoredUpload {
  std::filesystem::path path;
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;
};

/// Makes their folder; to be called once before the first store_upload. Errors: kIo.
Status prepare_uploads(const CollectionFiles& files);
/// Durable when it returns. Errors: kIo.
Result<StoredUpload> store_upload(const CollectionFiles& files, const Sha256& content_hash,
                                  std::span<const std::byte> photo);

/// Removes those that no item of the catalogue has. Errors: kIo.
Status sweep_uploads(const CollectionFiles& files, const Catalogue& catalogue);

}  // namespace semblance
