#include "fetch/response.h"

#include <gtest/gtest.h>

namespace semblance {
namespace {

TEST(ResponseHead, ReadsWhatADownloadNeeds) {
  ResponseHead head;
  for (const char* line :
       {"HTTP/1.1 206 Partial Content\r\n", "ETAG:  \"a b\" \r\n",
        "last-modified: Sat, 01 Jun 2024 10:00:00 GMT\r\n", "Content-Type: Image/JPEG; q=1\r\n",
        "Content-Length: 12\r\n", "Content-Range: bytes 5-16/17\r\n", "nonsense\r\n", "\r\n"}) {
    head.add_line(line);
  }
  EXPECT_EQ(head.status, 206);
  EXPECT_EQ(head.etag, "\"a b\"");
  EXPECT_EQ(head.last_modified, "Sat, 01 Jun 2024 10:00:00 GMT");
  EXPECT_EQ(head.content_type, "image/jpeg");
  EXPECT_EQ(head.content_length, 12);
  EXPECT_EQ(head.range_first, 5);
  EXPECT_EQ(head.range_total, 17);
  EXPECT_FALSE(head.encoded);
}

TEST(ResponseHead, StartsOverWithEachStatus) {
  ResponseHead head;
  head.add_line("HTTP/1.1 103 Early Hints\r\n");
  head.add_line("ETag: \"other\"\r\n");
  head.add_line("HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.etag, "");
}

TEST(ResponseHead, IgnoresWhatMakesNoSense) {
  ResponseHead head;
  for (const char* line :
       {"HTTP/1.1 2x0 OK\r\n", "Content-Length: -1\r\n", "Content-Range: bytes */17\r\n",
        "Content-Range: bytes 99999999999999999999-1/2\r\n", "Content-Range: pages 1-2/3\r\n",
        "ETag: \"a\x01\"\r\n"}) {
    head.add_line(line);
  }
  head.add_line("Last-Modified: " + std::string(1000, 'x') + "\r\n");
  EXPECT_EQ(head.status, 0);
  EXPECT_FALSE(head.content_length);
  EXPECT_FALSE(head.range_first);
  EXPECT_EQ(head.etag, "");
  EXPECT_EQ(head.last_modified, "");
}

TEST(StatusText, NamesTheUsualOnes) {
  EXPECT_EQ(status_text(404), "404 Not Found");
  EXPECT_EQ(status_text(499), "499");
}

}  // namespace
}  // namespace semblance
