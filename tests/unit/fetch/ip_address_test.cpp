#include "fetch/ip_address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace semblance {
namespace {

bool is_public(const char* text) {
  const std::optional<IpAddress> address = IpAddress::parse(text);
  EXPECT_TRUE(address) << text;
  return address && address->is_public();
}

TEST(IpAddress, PublicOnesArePublic) {
  for (const char* text :
       {"1.1.1.1",         "8.8.8.8",          "93.184.216.34",    "9.255.255.255",
        "11.0.0.0",        "100.63.255.255",   "100.128.0.0",      "126.255.255.255",
        "128.0.0.0",       "169.253.255.255",  "169.255.0.0",      "172.15.255.255",
        "172.32.0.0",      "192.0.1.0",        "192.0.3.0",        "192.88.98.1",
        "192.167.255.255", "192.169.0.0",      "198.17.255.255",   "198.20.0.0",
        "198.51.99.1",     "203.0.112.1",      "203.0.114.1",      "223.255.255.255",
        "2606:4700::1111", "2a00:1450:4001::", "2001:200::1",      "2001:4860::8888",
        "3ffe::1",         "::ffff:8.8.8.8",   "64:ff9b::8.8.8.8", "2002:808:808::1"}) {
    EXPECT_TRUE(is_public(text)) << text;
  }
}

TEST(IpAddress, AllOthersAreNot) {
  for (const char* text :
       {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
        "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255",
        "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.0",
        "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        // IPv6: unspecified, loopback, link-local, site-local, unique local, multicast, discard,
        // documentation, Teredo, ORCHID, segment routing, IPv4-compatible
        "::", "::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fdff::1", "ff02::1", "100::1",
        "2001:db8::1", "3fff::1", "3fff:fff::1", "2001::1", "2001:20::1", "2001:2::1", "5f00::1",
        "::8.8.8.8",
        // and those that stand for a private IPv4 address
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::127.0.0.1",
        "64:ff9b::a00:1", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:c0a8:101::1",
        "2002:a9fe:a9fe::1"}) {
    EXPECT_FALSE(is_public(text)) << text;
  }
}

TEST(IpAddress, IsReadAndWritten) {
  for (const char* text : {"192.0.2.1", "2001:db8::1", "::1", "0.0.0.0"}) {
    EXPECT_EQ(IpAddress::parse(text)->text(), text);
  }
  for (const char* text : {"", "localhost", "1.2.3", "1.2.3.256", "::1%lo", "[::1]"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_TRUE(IpAddress::v4({1, 2, 3, 4}).is_v4());
  EXPECT_EQ(IpAddress::v4({1, 2, 3, 4}).text(), "1.2.3.4");
}

TEST(IpAddress, IsTakenFromSockets) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0x7F000001);
  EXPECT_EQ(IpAddress::from(reinterpret_cast<const sockaddr&>(v4))->text(), "127.0.0.1");
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  EXPECT_EQ(IpAddress::from(reinterpret_cast<const sockaddr&>(v6))->text(), "::1");
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(IpAddress::from(reinterpret_cast<const sockaddr&>(local)));
}

}  // namespace
}  // namespace semblance
