#include "fetch/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

namespace semblance {

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
  std::array<std::uint8_t, 16> all{};
  std::copy(bytes.begin(), bytes.end(), all.begin());
  return {all, true};
}

std::optional<IpAddress> IpAddress::parse(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return IpAddress(bytes, true);
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return IpAddress(bytes, false);
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::from(const sockaddr& address) {
  std::array<std::uint8_t, 16> bytes{};
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    std::memcpy(bytes.data(), &v4.sin_addr, 4);
    return IpAddress(bytes, true);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    std::memcpy(bytes.data(), &v6.sin6_addr, 16);
    return IpAddress(bytes, false);
  }
  return std::nullopt;
}

bool IpAddress::starts_with(std::initializer_list<std::uint8_t> prefix, int bits) const {
  std::size_t at = 0;
  for (const std::uint8_t expected : prefix) {
    const int left = bits - static_cast<int>(at) * 8;
    if (left <= 0) return true;
    const auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xFF : 0xFF << (8 - left));
    if ((bytes_[at] & mask) != (expected & mask)) return false;
    ++at;
  }
  return true;
}

IpAddress IpAddress::embedded(std::size_t at) const {
  return v4({bytes_[at], bytes_[at + 1], bytes_[at + 2], bytes_[at + 3]});
}

bool IpAddress::is_public() const {
  if (is_v4_) {
    return !(starts_with({0}, 8) || starts_with({10}, 8) || starts_with({100, 64}, 10) ||
             starts_with({127}, 8) || starts_with({169, 254}, 16) || starts_with({172, 16}, 12) ||
             starts_with({192, 0, 0}, 24) || starts_with({192, 0, 2}, 24) ||
             starts_with({192, 88, 99}, 24) || starts_with({192, 168}, 16) ||
             starts_with({198, 18}, 15) || starts_with({198, 51, 100}, 24) ||
             starts_with({203, 0, 113}, 24) ||
             starts_with({224}, 3));  // multicast, reserved, broadcast
  }
  if (starts_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96)) return embedded(12).is_public();
  if (starts_with({0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0}, 96)) {  // NAT64
    return embedded(12).is_public();
  }
  if (starts_with({0x20, 0x02}, 16)) return embedded(2).is_public();  // 6to4
  return starts_with({0x20}, 3) &&                                    // global unicast without
         !starts_with({0x20, 0x01, 0x00}, 23) &&                      // Teredo, ORCHID, benchmarks,
         !starts_with({0x20, 0x01, 0x0D, 0xB8}, 32) &&                // documentation,
         !starts_with({0x3F, 0xFF, 0x00}, 20);                        // and documentation again
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(is_v4_ ? AF_INET : AF_INET6, bytes_.data(), buffer, sizeof(buffer));
  return buffer;
}

}  // namespace semblance
