#include "http/access_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/temporary_folder.h"

namespace semblance::http {
namespace {

Request make_request() {
  Request request;
  request.id = "id1";
  request.remote_address = "127.0.0.1";
  request.method = "GET";
  request.target = "/v1?x=\"\x1b[31m\x7f\xff\xC2\x85{}";
  return request;
}

TEST(AccessLine, IsOneLineOfJson) {
  const Request request = make_request();
  const std::string line = access_line(
      {request, 200, 12, .0012345, "ok"},
      std::chrono::system_clock::time_point(std::chrono::milliseconds(1'714'564'800'007)));
  EXPECT_EQ(line,
            "{\"time\":\"2024-05-01T12:00:00.007Z\",\"id\":\"id1\",\"remote\":\"127.0.0.1\","
            "\"method\":\"GET\",\"target\":\"/v1?x=\\\"\\u001b[31m\\u007f\\\\xFF\\u0085{}\","
            "\"status\":200,\"bytes\":12,\"ms\":1.235,\"note\":\"ok\"}");
}

TEST(AccessLine, LeavesOutANoteThatIsNone) {
  const Request request = make_request();
  const std::string line =
      access_line({request, 404, 0, 0, {}}, std::chrono::system_clock::time_point());
  EXPECT_EQ(line.find("note"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::accept(line));
}

TEST(AccessLog, AppendsToItsFile) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "access.log";
  const Request request = make_request();
  for (int i = 0; i < 2; ++i) {
    auto log = AccessLog::open(file);
    ASSERT_TRUE(log) << log.error().message;
    for (int j = 0; j < 100; ++j) (*log)->write({request, 200 + j, 12, .5, {}});
    EXPECT_EQ((*log)->lost(), 0U);
  }
  std::ifstream lines(file);
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    const auto parsed = nlohmann::json::parse(line);
    EXPECT_EQ(parsed["status"], 200 + count % 100);
    ++count;
  }
  EXPECT_EQ(count, 200);
}

TEST(AccessLog, SaysWhereItCannotWrite) {
  const test::TemporaryFolder folder;
  const auto log = AccessLog::open(folder.path());
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace semblance::http
