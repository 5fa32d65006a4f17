#include "server/cursor.h"

#include <bit>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>

#include "base/base64.h"
#include "base/utf8.h"

namespace semblance::server {

namespace {

using nlohmann::json;

constexpr std::size_t kLongest = 16'000;
constexpr std::int64_t kMostHits = 1'000'000;

}  // namespace

std::string make_cursor(const PagePlace& last, std::string_view request) {
  // The score's bits, since its digits could round to another place in the order.
  const json place = {{"s", std::bit_cast<std::uint64_t>(last.score)},
                      {"i", last.id},
                      {"n", last.hits},
                      {"r", request}};
  const std::string text = place.dump();
  return encode_base64url(std::as_bytes(std::span(text)));
}

Result<PagePlace> read_cursor(std::string_view cursor, std::string_view request) {
  const Error wrong{ErrorCode::kInvalidArgument, "'cursor' is none that this server gave"};
  if (cursor.size() > kLongest) return wrong;
  const Result<Bytes> bytes = decode_base64(cursor);
  if (!bytes) return wrong;
  const auto* text = reinterpret_cast<const char*>(bytes->data());
  if (!is_utf8({text, bytes->size()})) return wrong;
  const json place = json::parse(text, text + bytes->size(), nullptr, false);
  if (!place.is_object() || !place.contains("s") || !place["s"].is_number_unsigned() ||
      !place.contains("i") || !place["i"].is_string() || !place.contains("n") ||
      !place["n"].is_number_integer() || !place.contains("r") || !place["r"].is_string()) {
    return wrong;
  }
  PagePlace last{std::bit_cast<double>(place["s"].get<std::uint64_t>()),
                 place["i"].get<std::string>(), place["n"].get<std::int64_t>()};
  if (!(last.score >= 0 && last.score <= 1) || last.hits < 1 || last.hits > kMostHits) return wrong;
  if (place["r"].get_ref<const std::string&>() != request) {
    return Error{ErrorCode::kInvalidArgument,
                 "'cursor' belongs to another request: all but 'limit' and 'cursor' must stay the "
                 "same from page to page"};
  }
  return last;
}

}  // namespace semblance::server
