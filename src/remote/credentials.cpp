#include <sys/stat.h>

#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "remote/cluster.h"

namespace semblance::remote {

namespace {

constexpr std::uint64_t kMaxFileBytes = 64 << 10;

std::string from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r";
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

bool has_control_characters(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

Result<Credentials> checked(Credentials credentials, const std::string& origin) {
  if (!credentials.api_key.empty() && !credentials.user.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 origin + " have both an API key and a user; the cluster wants one of them"};
  }
  if (credentials.user.empty() != credentials.password.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 origin + " have a user without a password, or a password without a user"};
  }
  for (const std::string* text : {&credentials.user, &credentials.password, &credentials.api_key}) {
    // One in a header would begin another header.
    if (has_control_characters(*text)) {
      return Error{ErrorCode::kInvalidArgument, origin + " contain a control character"};
    }
  }
  if (credentials.user.find(':') != std::string::npos) {
    return Error{ErrorCode::kInvalidArgument, origin + " have a user with a colon in its name"};
  }
  return credentials;
}

Status check_is_private(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error{ErrorCode::kInvalidArgument, "'" + path.string() +
                                                  "' holds credentials and can be read by others: "
                                                  "chmod 600 '" +
                                                  path.string() + "'"};
  }
  return {};
}

}  // namespace

Result<Credentials> read_credentials(const std::filesystem::path& path) {
  const Result<Bytes> bytes = read_file(path, kMaxFileBytes);
  if (!bytes) return bytes.error();
  SEMBLANCE_RETURN_IF_ERROR(check_is_private(path));
  std::string_view rest(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  Credentials credentials;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    const std::size_t equals = line.find('=');
    const std::string_view name = trimmed(line.substr(0, equals));
    std::string* const value = name == "user"       ? &credentials.user
                               : name == "password" ? &credentials.password
                               : name == "api_key"  ? &credentials.api_key
                                                    : nullptr;
    if (equals == std::string_view::npos || value == nullptr) {
      // The line itself may be a secret.
      return Error{ErrorCode::kInvalidArgument,
                   path.string() + ":" + std::to_string(number) +
                       ": expected 'user = ...', 'password = ...' or 'api_key = ...'"};
    }
    *value = trimmed(line.substr(equals + 1));
  }
  return checked(std::move(credentials), "the credentials in '" + path.string() + "'");
}

Result<Credentials> credentials_from_environment() {
  Credentials credentials;
  credentials.user = from_environment("SEMBLANCE_ENGINE_USER");
  credentials.password = from_environment("SEMBLANCE_ENGINE_PASSWORD");
  credentials.api_key = from_environment("SEMBLANCE_ENGINE_API_KEY");
  const std::string file = from_environment("SEMBLANCE_ENGINE_CREDENTIALS");
  if (credentials.empty() && credentials.password.empty() && !file.empty()) {
    return read_credentials(file);
  }
  return checked(std::move(credentials), "the credentials in SEMBLANCE_ENGINE_...");
}

}  // namespace semblance::remote
