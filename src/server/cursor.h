#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/search.h"

namespace semblance::server {

/// Where the next page begins, as one text that clients give back. `request` is a digest of what
/// was asked for: a cursor goes with the request that it came from.
std::string make_cursor(const PagePlace& last, std::string_view request);

/// Errors: kInvalidArgument for what make_cursor did not make, or made for another request.
Result<PagePlace> read_cursor(std::string_view cursor, std::string_view request);

/// Where a group of duplicates stands among all: by lane, the largest first, then by id and name.
/// Of what groups are, not of how many come before: so a cursor stays right while groups are
/// decided about, come and go.
struct GroupPlace {
  int lane = 0;
  std::int64_t items = 0;
  std::string best;  ///< id of its best item
  std::string name;

  [[nodiscard]] bool is_before(const GroupPlace& other) const;
};

/// The same for pages of groups.
std::string make_group_cursor(const GroupPlace& last, std::string_view request);
Result<GroupPlace> read_group_cursor(std::string_view cursor, std::string_view request);

}  // namespace semblance::server
