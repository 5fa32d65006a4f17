#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "server/access.h"
#include "server/services.h"

namespace semblance::server {

/// Where a route's work is done.
enum class Lane {
  kLoop,   ///< at once, on the event loop's thread: microseconds
  kQuick,  ///< by a few threads: milliseconds, never waits for networks of any kind
  kHeavy,  ///< by many threads, most of which wait: for downloads, for a turn at the network, ...
};

/// What a route takes as a body, and needs unless it is optional.
enum Bodies : unsigned {
  kNoBody = 0,
  kJson = 1,
  kForm = 2,      ///< multipart/form-data
  kPicture = 4,   ///< image/*, application/octet-stream
  kOptional = 8,  ///< or nothing
};

struct Route {
  std::string_view method;
  std::string_view pattern;  ///< "/v1/collections/{}/items/{}": "{}" is any one part of a path
  Access access = Access::kSearch;
  Lane lane = Lane::kQuick;
  unsigned bodies = kNoBody;
  Result<http::Response> (*handle)(Services& services, const Call& call) = nullptr;
};

/// All routes: what openapi.json describes.
const std::vector<Route>& routes();

struct RouteMatch {
  const Route* route = nullptr;
  std::vector<std::string> parameters;
  std::string allowed_methods;  ///< where the path is one, but not with this method
};

RouteMatch match_route(const http::Request& request);

// One group a file.
std::vector<Route> collection_routes();
std::vector<Route> item_routes();
std::vector<Route> search_routes();
std::vector<Route> duplicate_routes();
std::vector<Route> job_routes();
std::vector<Route> operation_routes();
std::vector<Route> page_routes();

/// 200 unless said otherwise.
http::Response json_response(std::string body, int status = 200);

/// "/v1/collections/NAME/items/ID" with what needs it percent-encoded.
std::string item_address(std::string_view collection, std::string_view id);

/// The collection that the first parameter names. Errors: those of LiveCollection::open.
Result<std::shared_ptr<LiveCollection>> collection_of(Services& services, const Call& call);

struct FoundItem {
  std::shared_ptr<LiveCollection> collection;
  Item item;
};

/// The item that the first two parameters name. Errors: those of collection_of, kNotFound.
Result<FoundItem> item_of(Services& services, const Call& call);

/// Errors: kInvalidArgument where something stands behind the '?'.
Status takes_no_fields(const Call& call);

}  // namespace semblance::server
