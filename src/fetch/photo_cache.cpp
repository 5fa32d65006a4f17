#include "fetch/photo_cache.h"

#include <sys/stat.h>

#include <algorithm>
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

std::string note_text(std::string_view url, std::uint64_t size_bytes,
                      const Validators& validators) {
  const Json note = {{"url", url},
                     {"answered_by", validators.url},
                     {"bytes", size_bytes},
                     {"etag", validators.etag},
                     {"last_modified", validators.last_modified}};
  // An address or validator that is not UTF-8 must not be an exception.
  return note.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string text_field(const Json& note, const char* name) {
  const auto field = note.find(name);
  if (field == note.end() || !field->is_string()) return {};
  return field->get<std::string>();
}

/// Validators from a note, where it is about `url` and so many bytes.
std::optional<Validators> read_note(std::string_view text, std::string_view url,
                                    std::uint64_t size_bytes) {
  const Json note = Json::parse(text, nullptr, false);
  if (!note.is_object() || text_field(note, "url") != url) return std::nullopt;
  const auto size = note.find("bytes");
  if (size == note.end() || !size->is_number_unsigned() || *size != size_bytes) {
    return std::nullopt;
  }
  return Validators{text_field(note, "answered_by"), text_field(note, "etag"),
                    text_field(note, "last_modified")};
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
  if (::stat(photo.file.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) {
    return std::nullopt;
  }
  photo.size_bytes = static_cast<std::uint64_t>(info.st_size);
  const Result<Bytes> note = read_file(note_of(photo.file), kMaxNoteBytes);
  if (note) {
    photo.validators = read_note(as_text(*note), url, photo.size_bytes).value_or(Validators{});
  }
  return photo;
}

Status PhotoCache::make_folder(const std::filesystem::path& file) const {
  std::error_code error;
  const bool made = std::filesystem::create_directories(file.parent_path(), error);
  if (error) {
    return Error{ErrorCode::kIo, system_message("cannot make", file.parent_path(), error.value())};
  }
  return made ? sync_folder(folder_) : Status();
}

Status PhotoCache::store(std::string_view url, std::span<const std::byte> bytes,
                         const Validators& validators) const {
  const std::filesystem::path path = file(url);
  SEMBLANCE_RETURN_IF_ERROR(make_folder(path));
  // In this order validators never describe other bytes than those beside them.
  SEMBLANCE_RETURN_IF_ERROR(remove_file(note_of(path)));
  SEMBLANCE_RETURN_IF_ERROR(write_file_atomically(path, bytes));
  if (!validators.empty()) {
    SEMBLANCE_RETURN_IF_ERROR(
        write_file_atomically(note_of(path), note_text(url, bytes.size(), validators)));
  }
  return remove_file(partial_of(path));
}

Status PhotoCache::store_partial(std::string_view url, const PartialBody& partial) const {
  const std::filesystem::path path = file(url);
  SEMBLANCE_RETURN_IF_ERROR(make_folder(path));
  const std::string note = note_text(url, partial.bytes.size(), partial.validators);
  std::string content;
  content.reserve(kPartialMagic.size() + note.size() + partial.bytes.size());
  content.append(kPartialMagic).append(note).append(as_text(partial.bytes));
  return write_file_atomically(partial_of(path), content);
}

std::optional<PartialBody> PhotoCache::find_partial(std::string_view url,
                                                    std::uint64_t max_bytes) const {
  const Result<Bytes> content = read_file(partial_of(file(url)), max_bytes + kMaxNoteBytes);
  if (!content || !as_text(*content).starts_with(kPartialMagic)) return std::nullopt;
  const std::string_view rest = as_text(*content).substr(kPartialMagic.size());
  const std::size_t line_end = rest.find('\n');
  if (line_end == std::string_view::npos) return std::nullopt;
  const std::string_view body = rest.substr(line_end + 1);
  std::optional<Validators> validators = read_note(rest.substr(0, line_end), url, body.size());
  if (!validators || validators->empty()) return std::nullopt;
  const auto bytes = std::as_bytes(std::span(body.data(), body.size()));
  return PartialBody{*std::move(validators), Bytes(bytes.begin(), bytes.end())};
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
