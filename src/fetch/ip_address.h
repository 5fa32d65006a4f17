#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

struct sockaddr;

namespace semblance {

/// An IPv4 or IPv6 address.
class IpAddress {
 public:
  static IpAddress v4(std::array<std::uint8_t, 4> bytes);
  static IpAddress v6(std::array<std::uint8_t, 16> bytes) { return IpAddress(bytes, false); }

  /// Reads "192.0.2.1" or "2001:db8::1"; nothing where the text is no address.
  static std::optional<IpAddress> parse(const std::string& text);

  /// Of a socket address; nothing where it is of another family than IPv4 and IPv6.
  static std::optional<IpAddress> from(const sockaddr& address);

  [[nodiscard]] bool is_v4() const { return is_v4_; }
  /// True where anybody on the internet would reach the same machine: not loopback, private,
  /// link-local, shared (CGNAT), multicast, unspecified, reserved or for documentation, nor an IPv6
  /// address that stands for such an IPv4 address (mapped, 6to4, NAT64). After the special-purpose
  /// address registries of RFC 6890; IPv6 outside 2000::/3 is not public.
  [[nodiscard]] bool is_public() const;

  [[nodiscard]] std::string text() const;

 private:
  IpAddress(std::array<std::uint8_t, 16> bytes, bool is_v4) : bytes_(bytes), is_v4_(is_v4) {}

  [[nodiscard]] bool starts_with(std::initializer_list<std::uint8_t> prefix, int bits) const;
  /// The IPv4 address in bytes `at` to `at` + 3.
  [[nodiscard]] IpAddress embedded(std::size_t at) const;

  std::array<std::uint8_t, 16> bytes_;  ///< an IPv4 address is in the first four
  bool is_v4_;
};

}  // namespace semblance
