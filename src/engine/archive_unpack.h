#pragma once

#include <cstdint>
#include <filesystem>

#include "archive/archive_reader.h"
#include "base/result.h"
#include "engine/archive_export.h"
#include "engine/archive_manifest.h"
#include "engine/collection_files.h"

namespace semblance {

/// Unpacks an archive from an untrusted hand into `target`, which is laid out as a collection whose
/// vectors have the key `set_key`. Only the files that the format knows are made, under names that
/// are this program's and not the archive's, and no longer than the manifest says; their hashes are
/// checked. They are not yet durable, and what is in them is not looked at.
/// Errors: kCorrupt (whatever is not as the manifest says), kConflict (newer format), kTooLarge
/// (more than `max_bytes` in all, or more than the disk has room for), kIo, kCancelled.
Result<ArchiveManifest> unpack_archive(ArchiveReader& reader, const CollectionFiles& target,
                                       std::int64_t set_key, std::uint64_t max_bytes,
                                       const ArchiveHooks& hooks);

}  // namespace semblance
