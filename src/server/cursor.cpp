#include "server/cursor.h"

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <span>
#include <tuple>

#include "base/base64.h"
#include "base/utf8.h"

namespace semblance::server {

namespace {

using nlohmann::json;

constexpr std::size_t kLongest = 16'000;
constexpr std::int64_t kMostHits = 1'000'000;

Error no_cursor() {
  return Error{ErrorCode::kInvalidArgument, "'cursor' is none that this server gave"};
}

std::string text_of(const json& place) {
  const std::string text = place.dump();
  return encode_base64url(std::as_bytes(std::span(text)));
}

/// An object with the texts and whole numbers of these names, made for this request.
Result<json> place_in(std::string_view cursor, std::string_view request,
                      std::initializer_list<const char*> texts,
                      std::initializer_list<const char*> numbers) {
  if (cursor.size() > kLongest) return no_cursor();
  const Result<Bytes> bytes = decode_base64(cursor);
  if (!bytes) return no_cursor();
  const auto* text = reinterpret_cast<const char*>(bytes->data());
  if (!is_utf8({text, bytes->size()})) return no_cursor();
  json place = json::parse(text, text + bytes->size(), nullptr, false);
  if (!place.is_object()) return no_cursor();
  for (const char* name : texts) {
    if (!place.contains(name) || !place[name].is_string()) return no_cursor();
  }
  for (const char* name : numbers) {
    if (!place.contains(name) || !place[name].is_number_integer()) return no_cursor();
  }
  if (!place.contains("r") || !place["r"].is_string()) return no_cursor();
  if (place["r"].get_ref<const std::string&>() != request) {
    return Error{ErrorCode::kInvalidArgument,
                 "'cursor' belongs to another request: all but 'limit' and 'cursor' must stay the "
                 "same from page to page"};
  }
  return place;
}

}  // namespace

std::string make_cursor(const PagePlace& last, std::string_view request) {
  // The score's bits, since its digits could round to another place in the order.
  return text_of({{"s", std::bit_cast<std::uint64_t>(last.score)},
                  {"i", last.id},
                  {"n", last.hits},
                  {"r", request}});
}

Result<PagePlace> read_cursor(std::string_view cursor, std::string_view request) {
  const Result<json> place = place_in(cursor, request, {"i"}, {"s", "n"});
  if (!place) return place.error();
  if (!(*place)["s"].is_number_unsigned()) return no_cursor();
  PagePlace last{std::bit_cast<double>((*place)["s"].get<std::uint64_t>()),
                 (*place)["i"].get<std::string>(), (*place)["n"].get<std::int64_t>()};
  if (!(last.score >= 0 && last.score <= 1) || last.hits < 1 || last.hits > kMostHits) {
    return no_cursor();
  }
  return last;
}

bool GroupPlace::is_before(const GroupPlace& other) const {
  return std::tuple(lane, -items, std::string_view(best), std::string_view(name)) <
         std::tuple(other.lane, -other.items, std::string_view(other.best),
                    std::string_view(other.name));
}

std::string make_group_cursor(const GroupPlace& last, std::string_view request) {
  return text_of(
      {{"l", last.lane}, {"n", last.items}, {"i", last.best}, {"g", last.name}, {"r", request}});
}

Result<GroupPlace> read_group_cursor(std::string_view cursor, std::string_view request) {
  const Result<json> place = place_in(cursor, request, {"i", "g"}, {"l", "n"});
  if (!place) return place.error();
  const auto lane = (*place)["l"].get<std::int64_t>();
  const auto items = (*place)["n"].get<std::int64_t>();
  if (lane < 0 || lane > 2 || items < 2 || items > kMostHits) return no_cursor();
  return GroupPlace{static_cast<int>(lane), items, (*place)["i"].get<std::string>(),
                    (*place)["g"].get<std::string>()};
}

}  // namespace semblance::server
