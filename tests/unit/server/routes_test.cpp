#include "server/routes.h"

#include <gtest/gtest.h>

#include <set>

namespace semblance::server {

namespace {

RouteMatch match(const std::string& method, const std::vector<std::string>& segments) {
  http::Request request;
  request.method = method;
  request.segments = segments;
  return match_route(request);
}

TEST(Routes, AreFoundByMethodAndPath) {
  const RouteMatch found = match("GET", {"v1", "collections", "c", "items", "a/b.jpg", "similar"});
  ASSERT_NE(found.route, nullptr);
  EXPECT_EQ(found.route->pattern, "/v1/collections/{}/items/{}/similar");
  EXPECT_EQ(found.parameters, (std::vector<std::string>{"c", "a/b.jpg"}));
}

TEST(Routes, TellWhichMethodsThereAre) {
  const RouteMatch none = match("POST", {"v1", "collections", "c", "items", "a"});
  EXPECT_EQ(none.route, nullptr);
  EXPECT_EQ(none.allowed_methods, "GET, PUT, PATCH, DELETE");
}

TEST(Routes, LeaveNoHoleEmpty) {
  EXPECT_EQ(match("GET", {"v1", "collections", ""}).route, nullptr);
  EXPECT_EQ(match("GET", {"v1"}).route, nullptr);
  EXPECT_EQ(match("GET", {"assets", ""}).route, nullptr);
}

TEST(Routes, ShowThePageAtItsAddresses) {
  for (const std::vector<std::string>& segments :
       {std::vector<std::string>{}, {"status"}, {"duplicates"}}) {
    const RouteMatch found = match("GET", segments);
    ASSERT_NE(found.route, nullptr);
    EXPECT_EQ(found.route->access, Access::kOpen);
  }
  EXPECT_EQ(match("GET", {"assets", "app.js"}).parameters, (std::vector<std::string>{"app.js"}));
}

TEST(Routes, AreAllDifferentAndComplete) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Route& route : routes()) {
    EXPECT_TRUE(seen.emplace(route.method, route.pattern).second) << route.pattern;
    EXPECT_NE(route.handle, nullptr);
  }
}

TEST(Routes, NobodyMayWriteWithoutAnAdminsKey) {
  for (const Route& route : routes()) {
    const bool only_asks = route.method == "GET" || route.pattern.ends_with("/search") ||
                           route.pattern == "/v1/compare" || route.pattern == "/v1/embed";
    EXPECT_TRUE(only_asks || route.access == Access::kAdmin) << route.method << route.pattern;
  }
}

TEST(ItemAddress, EncodesWhatWouldBreakIt) {
  EXPECT_EQ(item_address("c", "a/b c?#%.jpg"), "/v1/collections/c/items/a%2Fb%20c%3F%23%25.jpg");
}

}  // namespace

}  // namespace semblance::server
