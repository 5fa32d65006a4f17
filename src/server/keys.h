#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"

namespace semblance::server {

enum class KeyKind {
  kSearch,  ///< may look, and may stand in a web page: bound to origins, and to a rate
  kAdmin,   ///< may do everything
};

std::string_view key_kind_name(KeyKind kind);

/// What is kept of a key: not the key itself.
struct Key {
  std::string id;    ///< to revoke it by, and for the access log
  std::string name;  ///< what its owner calls it; may be empty
  KeyKind kind = KeyKind::kSearch;
  Sha256 hash{};                     ///< of the secret, which has 256 random bits: no salt needed
  std::vector<std::string> origins;  ///< "https://shop.example"; empty: no web page, or any client
  double requests_per_second = 0;    ///< 0: the server's default
  std::string created;               ///< UTC, "2026-01-31T12:00:00Z"
};

/// The keys of a server, as a JSON file that its owner alone can read.
class KeyFile {
 public:
  /// Errors: kMissingFile, kCorrupt, kUnreadable.
  static Result<KeyFile> load(const std::filesystem::path& path);
  /// The same, but a file that is not there has no keys.
  static Result<KeyFile> load_or_begin(const std::filesystem::path& path);
  /// Errors: kIo.
  Status save(const std::filesystem::path& path) const;

  struct Created {
    Key key;
    std::string secret;  ///< to be shown once: it cannot be had again
  };
  /// Errors: kInvalidArgument for an origin that is none.
  Result<Created> create(KeyKind kind, std::string name, std::vector<std::string> origins,
                         double requests_per_second);
  /// False where there is no such key.
  bool revoke(std::string_view id);

  /// The key with this secret; null where there is none. Takes the same time for every secret.
  [[nodiscard]] const Key* find(std::string_view secret) const;

  [[nodiscard]] const std::vector<Key>& keys() const { return keys_; }

 private:
  std::vector<Key> keys_;
};

/// "https://shop.example" or "http://localhost:5173": what browsers send as Origin.
bool is_origin(std::string_view text);

}  // namespace semblance::server
