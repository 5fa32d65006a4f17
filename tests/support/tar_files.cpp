#include "support/tar_files.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <numeric>

namespace semblance::test {

namespace {

// Source: POSIX.1-1988, "ustar Interchange Format".
constexpr std::size_t kBlock = 512;
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kChecksumAt = 148;
constexpr std::size_t kTypeAt = 156;
constexpr std::size_t kLinkAt = 157;

void put(std::string& header, std::size_t at, std::string_view text) {
  header.replace(at, text.size(), text);
}

std::string octal(std::uint64_t value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*llo", digits, static_cast<unsigned long long>(value));
  return text.data();
}

std::string make_header(const TarMember& member) {
  std::string header(kBlock, '\0');
  put(header, 0, std::string_view(member.name).substr(0, 100));
  put(header, 100, "0000644");
  put(header, 108, "0000000");
  put(header, 116, "0000000");
  const std::uint64_t size = member.said_bytes.value_or(member.content.size());
  if (size < (std::uint64_t{1} << 33)) {
    put(header, kSizeAt, octal(size, 11));
  } else {  // GNU's and star's way of larger numbers: binary, with the first bit set
    header[kSizeAt] = '\x80';
    for (std::size_t i = 0; i < 8; ++i) {
      header[kSizeAt + 11 - i] = static_cast<char>(size >> (8 * i));
    }
  }
  put(header, 136, "00000000000");
  header[kTypeAt] = member.type;
  put(header, kLinkAt, std::string_view(member.link).substr(0, 100));
  put(header, 257, std::string_view("ustar\00000", 8));
  put(header, kChecksumAt, "        ");
  const auto sum = std::accumulate(header.begin(), header.end(), 0U, [](unsigned total, char c) {
    return total + static_cast<unsigned char>(c);
  });
  put(header, kChecksumAt, octal(sum, 6) + std::string("\0 ", 2));
  return header;
}

}  // namespace

std::string make_tar(const std::vector<TarMember>& members) {
  std::string tar;
  for (const TarMember& member : members) {
    tar += make_header(member) + member.content;
    tar.resize((tar.size() + kBlock - 1) / kBlock * kBlock);
  }
  return tar + std::string(2 * kBlock, '\0');
}

std::vector<TarMember> read_tar(std::string_view tar) {
  std::vector<TarMember> members;
  while (tar.size() >= kBlock && tar.front() != '\0') {
    TarMember member;
    member.name = std::string(tar.substr(0, 100)).c_str();
    member.type = tar[kTypeAt];
    const std::size_t size =
        std::strtoull(std::string(tar.substr(kSizeAt, 12)).c_str(), nullptr, 8);
    const std::size_t blocks = (size + kBlock - 1) / kBlock;
    if (member.type != '0' || tar.size() < (1 + blocks) * kBlock) std::abort();
    member.content = tar.substr(kBlock, size);
    members.push_back(member);
    tar.remove_prefix((1 + blocks) * kBlock);
  }
  return members;
}

}  // namespace semblance::test
