#include "engine/archive_unpack.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/sha256.h"

namespace semblance {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

Error corrupt(std::string message) {
  return Error{ErrorCode::kCorrupt, "the archive " + std::move(message)};
}

/// The next member, which must be this one.
Result<std::uint64_t> expect_member(ArchiveReader& reader, std::string_view name) {
  const Result<std::optional<ArchiveReader::Member>> member = reader.next();
  if (!member) return member.error();
  if (!*member) return corrupt("ends before '" + std::string(name) + "'");
  // The other name may be anything, so it is not shown.
  if ((*member)->name != name) {
    return corrupt("holds another file where '" + std::string(name) + "' must be");
  }
  return (*member)->bytes;
}

Result<ArchiveManifest> read_manifest(ArchiveReader& reader) {
  const Result<std::uint64_t> bytes = expect_member(reader, kManifestMember);
  if (!bytes) return bytes.error();
  if (*bytes > kLargestManifest) return corrupt("has a manifest that is too long");
  std::string text(*bytes, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const Result<std::size_t> count =
        reader.read(std::as_writable_bytes(std::span(text)).subspan(filled));
    if (!count) return count.error();
    if (*count == 0) return corrupt("ends within its manifest");
    filled += *count;
  }
  return parse_archive_manifest(text);
}

/// Before anything is written: what the manifest says must be allowed, and there must be room.
Result<std::uint64_t> check_total(const ArchiveManifest& manifest,
                                  const std::filesystem::path& folder, std::uint64_t max_bytes) {
  std::uint64_t total = 0;
  for (const ArchivedFile& file : manifest.files) {
    if (file.bytes > max_bytes || total > max_bytes - file.bytes) {
      return Error{ErrorCode::kTooLarge, "the archive holds more than " +
                                             std::to_string(max_bytes) +
                                             " bytes; if that is right, say so with --max-bytes"};
    }
    total += file.bytes;
  }
  std::error_code code;
  const std::filesystem::space_info space = std::filesystem::space(folder, code);
  if (!code && space.available < total) {
    return Error{ErrorCode::kTooLarge, "the archive needs " + std::to_string(total) +
                                           " bytes, but '" + folder.string() + "' has only " +
                                           std::to_string(space.available) + " left"};
  }
  return total;
}

/// Where a member's content goes. The manifest was checked: there are no other names.
std::filesystem::path place_of(const ArchivedFile& file, const CollectionFiles& target,
                               std::int64_t set_key) {
  if (file.name == kCatalogueMember) return target.catalogue();
  return target.vectors(set_key) / file.name.substr(kVectorsMember.size());
}

class Unpacker {
 public:
  Unpacker(ArchiveReader& reader, std::uint64_t total, const ArchiveHooks& hooks)
      : reader_(reader), total_(total), hooks_(hooks), piece_(kPieceBytes) {}

  Status unpack(const ArchivedFile& file, const std::filesystem::path& path);

 private:
  ArchiveReader& reader_;
  std::uint64_t total_;
  const ArchiveHooks& hooks_;
  Bytes piece_;
  std::uint64_t done_ = 0;
};

Status Unpacker::unpack(const ArchivedFile& file, const std::filesystem::path& path) {
  const Result<std::uint64_t> bytes = expect_member(reader_, file.name);
  if (!bytes) return bytes.error();
  if (*bytes != file.bytes) return corrupt("holds '" + file.name + "' in another length");
  const FileDescriptor output(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!output.is_open()) return Error{ErrorCode::kIo, system_message("cannot create", path, errno)};
  Sha256Hasher hasher;
  std::uint64_t offset = 0;
  while (true) {
    const Result<std::size_t> count = reader_.read(piece_);
    if (!count) return count.error();
    if (*count == 0) break;
    if (*count > file.bytes - offset) return corrupt("holds '" + file.name + "' in another length");
    const auto content = std::span(piece_).first(*count);
    hasher.add(content);
    SEMBLANCE_RETURN_IF_ERROR(write_all_at(output.get(), content, offset, path));
    offset += *count;
    done_ += *count;
    if (hooks_.progress) hooks_.progress(done_, total_);
    if (hooks_.stop != nullptr && hooks_.stop->load()) {
      return Error{ErrorCode::kCancelled, "stopped; nothing was changed"};
    }
  }
  if (offset != file.bytes) return corrupt("ends within '" + file.name + "'");
  if (to_hex(hasher.finish()) != file.sha256) {
    return corrupt("is damaged: '" + file.name + "' has another SHA-256 than its manifest says");
  }
  return {};
}

}  // namespace

Result<ArchiveManifest> unpack_archive(ArchiveReader& reader, const CollectionFiles& target,
                                       std::int64_t set_key, std::uint64_t max_bytes,
                                       const ArchiveHooks& hooks) {
  Result<ArchiveManifest> manifest = read_manifest(reader);
  if (!manifest) return manifest;
  const Result<std::uint64_t> total = check_total(*manifest, target.folder(), max_bytes);
  if (!total) return total.error();
  std::error_code code;
  std::filesystem::create_directories(target.vectors(set_key), code);
  if (code) {
    return Error{ErrorCode::kIo, "cannot make folder '" + target.vectors(set_key).string() +
                                     "': " + code.message()};
  }
  Unpacker unpacker(reader, *total, hooks);
  for (const ArchivedFile& file : manifest->files) {
    SEMBLANCE_RETURN_IF_ERROR(unpacker.unpack(file, place_of(file, target, set_key)));
  }
  const Result<std::optional<ArchiveReader::Member>> more = reader.next();
  if (!more) return more.error();
  if (*more) return corrupt("holds more files than its manifest names");
  return manifest;
}

}  // namespace semblance
