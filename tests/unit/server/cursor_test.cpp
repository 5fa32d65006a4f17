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

TEST(GroupCursor, GivesBackWhatItWasMadeOfForItsRequestAlone) {
  const GroupPlace last{1, 3, "shoes/\xC3\xA9.jpg", "s-0123456789"};
  const std::string cursor = make_group_cursor(last, "digest");
  const Result<GroupPlace> read = read_group_cursor(cursor, "digest");
  ASSERT_TRUE(read);
  EXPECT_FALSE(last.is_before(*read) || read->is_before(last));
  EXPECT_FALSE(read_group_cursor(cursor, "other"));
  EXPECT_FALSE(read_group_cursor(make_cursor({0.5, "a", 1}, "digest"), "digest"));
  EXPECT_FALSE(read_cursor(cursor, "digest"));
  EXPECT_FALSE(read_group_cursor(make_group_cursor({3, 3, "a", "g"}, "d"), "d"));
  EXPECT_FALSE(read_group_cursor(make_group_cursor({1, 1, "a", "g"}, "d"), "d"));
}

TEST(GroupCursor, PlacesAreInTheOrderOfGroups) {
  const GroupPlace place{1, 3, "b", "s-1"};
  for (const GroupPlace& later : {GroupPlace{2, 9, "a", "s-0"}, GroupPlace{1, 2, "a", "s-0"},
                                  GroupPlace{1, 3, "c", "s-0"}, GroupPlace{1, 3, "b", "s-2"}}) {
    EXPECT_TRUE(place.is_before(later));
    EXPECT_FALSE(later.is_before(place));
  }
}

}  // namespace

}  // namespace semblance::server
