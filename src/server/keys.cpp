#include "server/keys.h"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/file.h"
#include "server/clock_text.h"
#include "server/random_id.h"

namespace semblance::server {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kLargestFile = 4 << 20;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kIdBytes = 6;

std::optional<Sha256> parse_hex(std::string_view hex) {
  Sha256 hash{};
  if (hex.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const char* const at = hex.data() + 2 * i;
    const auto [end, error] = std::from_chars(at, at + 2, hash[i], 16);
    if (error != std::errc() || end != at + 2) return std::nullopt;
  }
  return hash;
}

Json json_of(const Key& key) {
  return {{"id", key.id},
          {"name", key.name},
          {"kind", key_kind_name(key.kind)},
          {"sha256", to_hex(key.hash)},
          {"origins", key.origins},
          {"requests_per_second", key.requests_per_second},
          {"created", key.created}};
}

std::optional<Key> parse_key(const Json& json) {
  try {
    Key key;
    key.id = json.at("id").get<std::string>();
    key.name = json.value("name", "");
    const auto kind = json.at("kind").get<std::string>();
    if (kind != "admin" && kind != "search") return std::nullopt;
    key.kind = kind == "admin" ? KeyKind::kAdmin : KeyKind::kSearch;
    const std::optional<Sha256> hash = parse_hex(json.at("sha256").get<std::string>());
    if (!hash) return std::nullopt;
    key.hash = *hash;
    key.origins = json.value("origins", std::vector<std::string>());
    key.requests_per_second = json.value("requests_per_second", 0.0);
    key.created = json.value("created", "");
    return key;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

std::string_view key_kind_name(KeyKind kind) {
  return kind == KeyKind::kAdmin ? "admin" : "search";
}

bool is_origin(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view host = text.substr(scheme.size());
    return !host.empty() && host.size() <= 300 && std::all_of(host.begin(), host.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             std::string_view(".-:[]").find(c) != std::string_view::npos;
    });
  }
  return false;
}

Result<KeyFile> KeyFile::load(const fs::path& path) {
  const Result<Bytes> bytes = read_file(path, kLargestFile);
  if (!bytes) return bytes.error();
  const auto* text = reinterpret_cast<const char*>(bytes->data());
  const Json json = Json::parse(text, text + bytes->size(), nullptr, false);
  const Error wrong{ErrorCode::kCorrupt, "'" + path.string() +
                                             "' is no file of keys; 'semblance keys create' makes "
                                             "one"};
  if (!json.is_object() || !json.contains("keys") || !json["keys"].is_array()) return wrong;
  KeyFile file;
  for (const Json& each : json["keys"]) {
    std::optional<Key> key = parse_key(each);
    if (!key) return wrong;
    file.keys_.push_back(*std::move(key));
  }
  return file;
}

Result<KeyFile> KeyFile::load_or_begin(const fs::path& path) {
  Result<KeyFile> file = load(path);
  if (!file && file.error().code == ErrorCode::kMissingFile) return KeyFile();
  return file;
}

Status KeyFile::save(const fs::path& path) const {
  Json list = Json::array();
  for (const Key& key : keys_) list.push_back(json_of(key));
  const ::mode_t mask = ::umask(0077);
  const Status written =
      write_file_atomically(path, Json{{"keys", std::move(list)}}.dump(1) + "\n");
  ::umask(mask);
  return written;
}

Result<KeyFile::Created> KeyFile::create(KeyKind kind, std::string name,
                                         std::vector<std::string> origins,
                                         double requests_per_second) {
  for (const std::string& origin : origins) {
    if (!is_origin(origin)) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + origin +
                       "' is no origin: it looks like https://shop.example, without a "
                       "path"};
    }
  }
  Created created;
  created.secret = "semblance_" + std::string(key_kind_name(kind)) + "_" + random_id(kSecretBytes);
  created.key = {"k_" + random_id(kIdBytes),
                 std::move(name),
                 kind,
                 sha256(std::as_bytes(std::span(created.secret))),
                 std::move(origins),
                 requests_per_second,
                 utc_now()};
  keys_.push_back(created.key);
  return created;
}

bool KeyFile::revoke(std::string_view id) {
  return std::erase_if(keys_, [&](const Key& key) { return key.id == id; }) > 0;
}

const Key* KeyFile::find(std::string_view secret) const {
  const Sha256 hash = sha256(std::as_bytes(std::span(secret)));
  const Key* found = nullptr;
  for (const Key& key : keys_) {
    if (CRYPTO_memcmp(key.hash.data(), hash.data(), hash.size()) == 0) found = &key;
  }
  return found;
}

}  // namespace semblance::server
