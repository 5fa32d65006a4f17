#include "base/sha256.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "base/file.h"

namespace semblance {

namespace {

/// Looked up once: OpenSSL takes longer to find it than to hash something short.
const EVP_MD* algorithm() {
  static const EVP_MD* const kFetched = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  return kFetched;
}

}  // namespace

Sha256 sha256(std::span<const std::byte> bytes) {
  Sha256 digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm(), nullptr);
  return digest;
}

void Sha256Hasher::Free::operator()(void* context) const {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

Sha256Hasher::Sha256Hasher() : context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), algorithm(), nullptr);
}

void Sha256Hasher::add(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), bytes.data(), bytes.size());
}

Sha256 Sha256Hasher::finish() {
  Sha256 digest{};
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_.get()), digest.data(), nullptr);
  return digest;
}

Result<Sha256> sha256_of_file(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a named pipe that nobody writes to must not hang the run.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    return Error{errno == ENOENT ? ErrorCode::kMissingFile : ErrorCode::kUnreadable,
                 system_message("cannot open", path, errno)};
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) {
    return Error{ErrorCode::kUnreadable, system_message("cannot stat", path, errno)};
  }
  if (!S_ISREG(info.st_mode)) {
    return Error{ErrorCode::kUnreadable, "'" + path.string() + "' is not a regular file"};
  }
  Sha256Hasher hasher;
  std::vector<std::byte> buffer(1 << 20);
  while (true) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count == 0) break;
    if (count < 0) {
      if (errno == EINTR) continue;
      return Error{ErrorCode::kUnreadable, system_message("cannot read", path, errno)};
    }
    hasher.add(std::span(buffer).first(static_cast<std::size_t>(count)));
  }
  return hasher.finish();
}

std::string to_hex(const Sha256& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(digest.size() * 2);
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace semblance
