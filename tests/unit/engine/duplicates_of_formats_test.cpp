// One picture in many formats: which lane each copy ends in.

#include <gtest/gtest.h>

#include <set>

#include "engine/duplicates.h"
#include "support/test_data.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

using Names = std::set<std::string>;

class DuplicatesOfFormats : public test::SyncFixture {
 protected:
  void SetUp() override {
    SEMBLANCE_TEST_DATA_OR_SKIP(data_folder);
    SyncFixture::SetUp();
    for (const auto& entry : std::filesystem::directory_iterator(data_folder / "data/formats")) {
      std::filesystem::copy(entry.path(), photos() / entry.path().filename());
    }
    ASSERT_TRUE(try_sync());
  }

  /// Of the group with `id`, and all items that its items stand for.
  [[nodiscard]] Names group_of(const std::string& id, DuplicateLane lane,
                               const DuplicateOptions& options = {}) const {
    const auto report = find_duplicates(data(), "default", options, {});
    if (!report) throw std::runtime_error(report.error().message);
    for (const DuplicateGroup& group : report->groups) {
      Names names;
      for (const DuplicateItem& item : group.items) {
        names.insert(item.id);
        for (const DuplicateCopy& copy : item.copies) names.insert(copy.id);
      }
      if (group.lane == lane && names.contains(id)) return names;
    }
    return {};
  }
};

/// Lossless copies, and a JPEG that was only arranged otherwise.
TEST_F(DuplicatesOfFormats, LosslessCopiesAreIdenticalByTheirPixels) {
  EXPECT_EQ(group_of("rgb.png", DuplicateLane::kIdentical),
            (Names{"lossless.webp", "picture.bmp", "picture.tiff", "rgb.png", "sixteen-bit.png"}));
  EXPECT_EQ(group_of("baseline.jpg", DuplicateLane::kIdentical),
            (Names{"baseline.jpg", "progressive.jpg"}));
  EXPECT_EQ(group_of("picture.gif", DuplicateLane::kIdentical),
            (Names{"animated.gif", "picture.gif"}))
      << "the first frame counts";
  for (const char* lossy : {"palette.png", "picture.webp", "small.jpg"}) {
    EXPECT_EQ(group_of(lossy, DuplicateLane::kIdentical), Names()) << lossy;
  }
}

TEST_F(DuplicatesOfFormats, CopiesWithLossesAreTheSamePhoto) {
  Names copies = {"animated.gif",  "baseline.jpg",    "cmyk.jpg",      "exif-orientation-6.jpg",
                  "lossless.webp", "palette.png",     "picture.bmp",   "picture.gif",
                  "picture.tiff",  "picture.webp",    "png-named.jpg", "progressive.jpg",
                  "rgb.png",       "sixteen-bit.png", "small.jpg",     "transparent.png",
                  "webp-named.png"};
  const auto status = outcomes();
  for (const char* id : {"picture.avif", "picture.heic"}) {  // where there is a decoder for them
    if (status.at(id) == "indexed") copies.insert(id);
  }
  EXPECT_EQ(group_of("baseline.jpg", DuplicateLane::kSamePhoto), copies)
      << "neither mirrored, nor grey, nor turned, nor damaged ones";
  EXPECT_EQ(group_of("grey.jpg", DuplicateLane::kSamePhoto), (Names{"grey-alpha.png", "grey.jpg"}));
  DuplicateOptions options;
  options.grey = true;
  copies.insert({"grey-alpha.png", "grey.jpg"});
  EXPECT_EQ(group_of("baseline.jpg", DuplicateLane::kSamePhoto, options), copies);
  options.mirrored = true;
  copies.insert("mirrored.jpg");
  EXPECT_EQ(group_of("baseline.jpg", DuplicateLane::kSamePhoto, options), copies);
}

}  // namespace
}  // namespace semblance
