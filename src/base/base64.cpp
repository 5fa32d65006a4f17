#include "base/base64.h"

#include <array>
#include <cstdint>

namespace semblance {

namespace {

constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 255;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::uint8_t i = 0; i < kUrlAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kUrlAlphabet[i])] = i;
  }
  values['+'] = 62;
  values['/'] = 63;
  return values;
}
constexpr std::array<std::uint8_t, 256> kValues = make_values();

std::string encode(std::span<const std::byte> bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::byte byte : bytes) {
    bits = bits << 8 | std::to_integer<std::uint32_t>(byte);
    count += 8;
    while (count >= 6) {
      count -= 6;
      text += alphabet[bits >> count & 63];
    }
  }
  if (count > 0) text += alphabet[bits << (6 - count) & 63];
  return text;
}

}  // namespace

Result<Bytes> decode_base64(std::string_view text) {
  constexpr std::string_view kMarker = ";base64,";
  if (text.starts_with("data:")) {
    const std::size_t marker = text.substr(0, 200).find(kMarker);
    if (marker == std::string_view::npos) {
      return Error{ErrorCode::kInvalidArgument, "a data: address without ;base64"};
    }
    text.remove_prefix(marker + kMarker.size());
  }
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char character : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(character)];
    if (value == kNone) return Error{ErrorCode::kInvalidArgument, "this is not base64"};
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::byte>(bits >> count & 0xFF));
    }
  }
  if (count == 6) return Error{ErrorCode::kInvalidArgument, "base64 that breaks off"};
  return bytes;
}

std::string encode_base64url(std::span<const std::byte> bytes) {
  return encode(bytes, kUrlAlphabet);
}

std::string encode_base64(std::span<const std::byte> bytes) {
  std::string text = encode(bytes, kAlphabet);
  text.resize((bytes.size() + 2) / 3 * 4, '=');
  return text;
}

}  // namespace semblance
