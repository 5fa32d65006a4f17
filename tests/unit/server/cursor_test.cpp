#include "server/cursor.h"

#include <gtest/gtest.h>

#include <cmath>

namespace semblance::server {

namespace {

TEST(Cursor, GivesBackWhatItWasMadeOf) {
  const PagePlace last{std::nextafter(0.75, 1.0), "shoes/\xC3\xA9.jpg", 40};
  const Result<PagePlace> read = read_cursor(make_cursor(last, "digest"), "digest");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->score, last.score) << "a score must not be rounded";
  EXPECT_EQ(read->id, last.id);
  EXPECT_EQ(read->hits, last.hits);
}

TEST(Cursor, GoesWithItsRequest) {
  EXPECT_FALSE(read_cursor(make_cursor({0.5, "a", 1}, "one"), "other"));
}

TEST(Cursor, RefusesWhatIsNone) {
  for (const std::string text : {"", "x", "e30", "bnVsbA", "W10", "eyJzIjoxfQ"}) {
    EXPECT_FALSE(read_cursor(text, "digest")) << text;
  }
  EXPECT_FALSE(read_cursor(make_cursor({2.0, "a", 1}, "d"), "d"));
  EXPECT_FALSE(read_cursor(make_cursor({NAN, "a", 1}, "d"), "d"));
  EXPECT_FALSE(read_cursor(make_cursor({0.5, "a", 0}, "d"), "d"));
  EXPECT_FALSE(read_cursor(std::string(100'000, 'A'), "d"));
}

}  // namespace

}  // namespace semblance::server
