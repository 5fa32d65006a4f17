#include "base/utc_time.h"

#include <gtest/gtest.h>

namespace semblance {
namespace {

TEST(IsoTime, IsUtc) {
  EXPECT_EQ(iso_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(iso_time(951'827'696), "2000-02-29T12:34:56Z");
}

}  // namespace
}  // namespace semblance
