#include <gtest/gtest.h>

#include "sync_fixture.h"

namespace semblance {
namespace {

class PhotoBox : public test::SyncFixture {
 protected:
  Result<PhotoDescriptors> describe_part(const std::filesystem::path& photo, const Box& box) const {
    const auto bytes = read_file(photo, 1 << 20);
    if (!bytes) return bytes.error();
    const PhotoDescriber describer(std::make_unique<test::FakeEmbedder>(), {});
    return describer.describe(*bytes, box);
  }
};

TEST_F(PhotoBox, OfEverythingGivesTheNumbersOfTheWholePhoto) {
  add_photos(2);
  const auto whole = describe_part(photos() / "1.jpg", {});
  const auto all = describe_part(photos() / "1.jpg", {0, 0, 1, 1});
  const auto part = describe_part(photos() / "1.jpg", {.5, .5, .5, .5});
  ASSERT_TRUE(whole && all && part);
  EXPECT_EQ(all->embedding, whole->embedding);
  EXPECT_EQ(all->histogram, whole->histogram);
  EXPECT_NE(part->embedding, whole->embedding);
  EXPECT_NE(part->histogram, whole->histogram);
  EXPECT_EQ(part->embedding.size(), whole->embedding.size());
}

TEST_F(PhotoBox, RefusesWhatLiesOutside) {
  add_photos(1);
  EXPECT_EQ(describe_part(photos() / "0.jpg", {.5, 0, 1, 1}).error().code,
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace semblance
