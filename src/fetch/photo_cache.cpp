#include "fetch/photo_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/sha256.h"

namespace semblance {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kKeyLength = 64;
constexpr std::uint64_t kMaxNoteBytes = 64 << 10;
constexpr std::string_view kPartialMagic = "semblance-partial-1\n";

std::filesystem::path with_ending(std::filesystem::path file, std::string_view ending) {
  file += ending;
  return file;
}

std::filesystem::path note_of(const std::filesystem::path& file) {
  return with_ending(file, ".json");
}

std::filesystem::path partial_of(const std::filesystem::path& file) {
  return with_ending(file, ".part");
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What is known of the bytes in a file.
struct Note {
  std::uint64_t size_bytes = 0;
  std::string sha256;
  Validators validators;
};

std::string note_text(std::string_view url, const Note& note) {
  const Json json = {{"url", url},
                     {"bytes", note.size_bytes},
                     {"sha256", note.sha256},
                     {"answered_by", note.validators.url},
                     {"etag", note.validators.etag},
                     {"last_modified", note.validators.last_modified}};
  // An address or validator that is not UTF-8 must not be an exception.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string text_field(const Json& json, const char* name) {
  const auto field = json.find(name);
  if (field == json.end() || !field->is_string()) return {};
  return field->get<std::string>();
}

/// A note, where it is about `size_bytes` bytes.
std::optional<Note> read_note(std::string_view text, std::uint64_t size_bytes) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto size = json.find("bytes");
  if (size == json.end() || !size->is_number_unsigned() || *size != size_bytes) {
    return std::nullopt;
  }
  return Note{size_bytes,
              text_field(json, "sha256"),
              {text_field(json, "answered_by"), text_field(json, "etag"),
               text_field(json, "last_modified")}};
}

std::optional<Sha256> parse_hash(std::string_view text) {
  Sha256 hash{};
  if (text.size() != hash.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const char* digits = text.data() + i * 2;
    const auto [end, error] = std::from_chars(digits, digits + 2, hash[i], 16);
    if (error != std::errc{} || end != digits + 2) return std::nullopt;
  }
  return hash;
}

/// Makes the folder and replaces the file in one step, without waiting for the disk.
Status write_file(const std::filesystem::path& path, std::string_view content) {
  static std::atomic<unsigned> counter{0};
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    return Error{ErrorCode::kIo, system_message("cannot make", path.parent_path(), error.value())};
  }
  const std::filesystem::path temporary = with_ending(
      path, ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1)));
  FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.is_open()) {
    return Error{ErrorCode::kIo, system_message("cannot create", temporary, errno)};
  }
  Status status = write_all_at(file.get(), std::as_bytes(std::span(content.data(), content.size())),
                               0, temporary);
  file.close();
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0) {
    status = Error{ErrorCode::kIo, system_message("cannot rename to", path, errno)};
  }
  if (!status) ::unlink(temporary.c_str());
  return status;
}

Status remove_file(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) return Error{ErrorCode::kIo, system_message("cannot remove", path, error.value())};
  return {};
}

bool is_key(std::string_view name) {
  return name.size() == kKeyLength && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::string PhotoCache::key(std::string_view url) {
  return to_hex(sha256(std::as_bytes(std::span(url.data(), url.size()))));
}

std::filesystem::path PhotoCache::file_of_key(const std::string& key) const {
  return folder_ / key.substr(0, 2) / key;
}

std::filesystem::path PhotoCache::file(std::string_view url) const {
  return file_of_key(key(url));
}

std::optional<CachedPhoto> PhotoCache::find(std::string_view url) const {
  CachedPhoto photo;
  photo.file = file(url);
  struct stat info {};
  if (::stat(photo.file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  photo.size_bytes = static_cast<std::uint64_t>(info.st_size);
  const Result<Bytes> text = read_file(note_of(photo.file), kMaxNoteBytes);
  if (!text) return std::nullopt;
  std::optional<Note> note = read_note(as_text(*text), photo.size_bytes);
  if (!note) return std::nullopt;
  const std::optional<Sha256> hash = parse_hash(note->sha256);
  if (!hash) return std::nullopt;
  photo.content_hash = *hash;
  photo.validators = std::move(note->validators);
  return photo;
}

Result<Bytes> PhotoCache::read(const CachedPhoto& photo) {
  Result<Bytes> bytes = read_file(photo.file, photo.size_bytes);
  if (bytes && sha256(*bytes) != photo.content_hash) {
    return Error{ErrorCode::kCorrupt, "'" + photo.file.string() + "' has been damaged"};
  }
  return bytes;
}

Status PhotoCache::store(std::string_view url, std::span<const std::byte> bytes,
                         const Sha256& content_hash, const Validators& validators) const {
  const std::filesystem::path path = file(url);
  // In this order a note never describes other bytes than those beside it.
  SEMBLANCE_RETURN_IF_ERROR(remove_file(note_of(path)));
  SEMBLANCE_RETURN_IF_ERROR(write_file(path, as_text(bytes)));
  const std::string note = note_text(url, {bytes.size(), to_hex(content_hash), validators});
  SEMBLANCE_RETURN_IF_ERROR(write_file(note_of(path), note));
  return remove_file(partial_of(path));
}

Status PhotoCache::store_partial(std::string_view url, const PartialBody& partial) const {
  const std::string note =
      note_text(url, {partial.bytes.size(), to_hex(sha256(partial.bytes)), partial.validators});
  std::string content;
  content.reserve(kPartialMagic.size() + note.size() + partial.bytes.size());
  content.append(kPartialMagic).append(note).append(as_text(partial.bytes));
  return write_file(partial_of(file(url)), content);
}

std::optional<PartialBody> PhotoCache::find_partial(std::string_view url,
                                                    std::uint64_t max_bytes) const {
  const Result<Bytes> content = read_file(partial_of(file(url)), max_bytes + kMaxNoteBytes);
  if (!content || !as_text(*content).starts_with(kPartialMagic)) return std::nullopt;
  const std::string_view rest = as_text(*content).substr(kPartialMagic.size());
  const std::size_t line_end = rest.find('\n');
  if (line_end == std::string_view::npos) return std::nullopt;
  const std::string_view body = rest.substr(line_end + 1);
  std::optional<Note> note = read_note(rest.substr(0, line_end), body.size());
  const auto bytes = std::as_bytes(std::span(body.data(), body.size()));
  if (!note || note->validators.empty() || note->sha256 != to_hex(sha256(bytes))) {
    return std::nullopt;
  }
  return PartialBody{std::move(note->validators), Bytes(bytes.begin(), bytes.end())};
}

Status PhotoCache::remove(std::string_view url) const {
  const std::filesystem::path path = file(url);
  SEMBLANCE_RETURN_IF_ERROR(remove_file(note_of(path)));
  SEMBLANCE_RETURN_IF_ERROR(remove_file(partial_of(path)));
  return remove_file(path);
}

Result<std::int64_t> PhotoCache::sweep(
    const std::function<bool(const std::string& key)>& is_wanted) const {
  std::int64_t removed = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(folder_, error);
  if (error == std::errc::no_such_file_or_directory) return removed;
  for (; !error && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const std::string key = name.substr(0, kKeyLength);
    if (!is_key(key)) continue;  // a folder, or nothing of ours
    const std::string_view ending = std::string_view(name).substr(kKeyLength);
    const bool half_written = ending.find(".tmp-") != std::string_view::npos;
    const bool ours = half_written || ending.empty() || ending == ".json" || ending == ".part";
    if (!ours || (!half_written && is_wanted(key))) continue;
    SEMBLANCE_RETURN_IF_ERROR(remove_file(entry->path()));
    if (ending.empty()) ++removed;
  }
  if (error) return Error{ErrorCode::kIo, system_message("cannot read", folder_, error.value())};
  return removed;
}

}  // namespace semblance
