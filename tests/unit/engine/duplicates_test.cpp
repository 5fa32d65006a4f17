#include "engine/duplicates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/duplicate_json.h"
#include "image/resize.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

using Ids = std::vector<std::string>;

Ids ids_of(const DuplicateGroup& group) {
  Ids ids;
  for (const DuplicateItem& item : group.items) ids.push_back(item.id);
  return ids;
}

class Duplicates : public test::SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    for (int i = 0; i < 4; ++i) write(std::to_string(i) + ".jpg", photo(i), 90);
    write("0-equal.jpg", photo(0), 90);
    write("1-smaller.jpg", resized(photo(1), 144, 192), 80);
    sync();
  }

  static Image resized(const Image& image, int width, int height) {
    return resize(image, {0, 0, double(image.width), double(image.height)}, width, height,
                  ResizeFilter::kArea);
  }
  static Image photo(int variant) { return resized(test::make_scene(variant), 288, 384); }
  void write(const std::string& name, const Image& image, int quality) const {
    const Bytes bytes = encode_jpeg(image, quality);
    (void)add_file(name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  [[nodiscard]] DuplicateReport find(const DuplicateOptions& options = {}) const {
    const auto report = find_duplicates(data(), "default", options, {});
    if (!report) throw std::runtime_error(report.error().message);
    return *report;
  }
  [[nodiscard]] std::vector<DuplicateGroup> groups(DuplicateLane lane) const {
    DuplicateOptions options;
    options.lane = lane;
    return find(options).groups;
  }
  [[nodiscard]] Status decide(const std::string& group, const DuplicateRuling& ruling) const {
    return decide_duplicates(data(), "default", group, ruling, {});
  }
  [[nodiscard]] std::set<std::string> to_delete() const {
    const auto paths = duplicates_to_delete(data(), "default");
    if (!paths) throw std::runtime_error(paths.error().message);
    std::set<std::string> names;
    for (const auto& path : *paths) names.insert(path.filename().string());
    return names;
  }
};

TEST_F(Duplicates, LanesHaveTheirGroupsAndShareNoPair) {
  const auto identical = groups(DuplicateLane::kIdentical);
  ASSERT_EQ(identical.size(), 1U);
  EXPECT_EQ(ids_of(identical[0]), (Ids{"0-equal.jpg", "0.jpg"}));
  EXPECT_TRUE(identical[0].items[1].evidence.equal_bytes);
  const auto same = groups(DuplicateLane::kSamePhoto);
  ASSERT_EQ(same.size(), 1U);
  EXPECT_EQ(ids_of(same[0]), (Ids{"1.jpg", "1-smaller.jpg"})) << "the larger one is the best";
  EXPECT_GT(same[0].items[1].evidence.match.correlation, .99);
  std::set<std::pair<std::string, std::string>> pairs;
  for (const DuplicateGroup& group : find().groups) {
    const Ids ids = ids_of(group);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) EXPECT_TRUE(pairs.emplace(ids[j], ids[i]).second);
    }
  }
}

TEST_F(Duplicates, EqualPixelsInAnotherFileAreIdentical) {
  const Bytes bytes = encode_jpeg(photo(2), 90);
  // A comment behind the end changes the file and no pixel.
  std::string other(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  other.insert(2, std::string("\xFF\xFE\x00\x06shop", 8));
  (void)add_file("2-comment.jpg", other);
  sync();
  const auto identical = groups(DuplicateLane::kIdentical);
  ASSERT_EQ(identical.size(), 2U);
  EXPECT_EQ(ids_of(identical[1]), (Ids{"2-comment.jpg", "2.jpg"}));
  EXPECT_FALSE(identical[1].items[1].evidence.equal_bytes);
}

TEST_F(Duplicates, OnlyNewPhotosAreLookedAtAndNamesDoNotMatter) {
  const DuplicateReport first = find();
  EXPECT_EQ(first.described, 5) << "equal files once";
  EXPECT_EQ(find().described, 0);
  std::filesystem::rename(photos() / "1.jpg", photos() / "renamed.jpg");
  write("new.jpg", photo(7), 90);
  sync();
  const DuplicateReport second = find();
  EXPECT_EQ(second.described, 1);
  std::set<std::string> before;
  std::set<std::string> after;
  for (const auto& group : first.groups) {
    // A new photo may join look-alikes.
    if (group.lane != DuplicateLane::kLookAlike) before.insert(group.name);
  }
  for (const auto& group : second.groups) after.insert(group.name);
  EXPECT_TRUE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
}

TEST_F(Duplicates, WhatWasComparedOnceIsNotComparedAgain) {
  const DuplicateReport first = find();
  ASSERT_GT(first.compared, 0);
  EXPECT_EQ(first.remembered, 0);
  const DuplicateReport second = find();
  EXPECT_EQ(second.compared, 0);
  EXPECT_EQ(second.remembered, first.compared);
  ASSERT_EQ(second.groups.size(), first.groups.size());
  for (std::size_t i = 0; i < first.groups.size(); ++i) {
    EXPECT_EQ(json_of(first.groups[i]).dump(), json_of(second.groups[i]).dump());
  }
  // A new photo is compared with those that are there, and these not again among each other.
  write("1-again.jpg", resized(photo(1), 200, 266), 85);
  sync();
  const DuplicateReport third = find();
  EXPECT_GT(third.compared, 0);
  EXPECT_EQ(third.remembered, first.compared);
  const auto grown = groups(DuplicateLane::kSamePhoto);
  ASSERT_EQ(grown.size(), 1U);
  EXPECT_EQ(ids_of(grown[0]), (Ids{"1.jpg", "1-again.jpg", "1-smaller.jpg"}));
}

TEST_F(Duplicates, WhatIsRememberedGivesTheAnswerOfEveryOption) {
  Image grey = photo(2);
  for (std::size_t i = 0; i < grey.pixels.size(); i += 3) {
    const int sum = 299 * grey.pixels[i] + 587 * grey.pixels[i + 1] + 114 * grey.pixels[i + 2];
    for (std::size_t channel = 0; channel < 3; ++channel) {
      grey.pixels[i + channel] = static_cast<std::uint8_t>(sum / 1000);
    }
  }
  write("2-grey.jpg", grey, 90);
  Image seen_in_a_mirror = photo(3);
  for (int y = 0; y < seen_in_a_mirror.height; ++y) {
    for (int x = 0; x < seen_in_a_mirror.width / 2; ++x) {
      const auto place = [&](int column) {
        return static_cast<std::size_t>(y * seen_in_a_mirror.width + column) * 3;
      };
      for (std::size_t channel = 0; channel < 3; ++channel) {
        std::swap(seen_in_a_mirror.pixels[place(x) + channel],
                  seen_in_a_mirror.pixels[place(seen_in_a_mirror.width - 1 - x) + channel]);
      }
    }
  }
  write("3-mirrored.jpg", seen_in_a_mirror, 90);
  sync();
  const auto names = [&](bool mirrored, bool grey_too) {
    DuplicateOptions options;
    options.mirrored = mirrored;
    options.grey = grey_too;
    std::set<std::string> ids;
    for (const DuplicateGroup& group : find(options).groups) {
      if (group.lane == DuplicateLane::kSamePhoto) {
        for (const std::string& id : ids_of(group)) ids.insert(id);
      }
    }
    return ids;
  };
  using Names = std::set<std::string>;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(names(false, false), (Names{"1.jpg", "1-smaller.jpg"}));
    EXPECT_EQ(names(false, true), (Names{"1.jpg", "1-smaller.jpg", "2.jpg", "2-grey.jpg"}));
    EXPECT_EQ(names(true, false), (Names{"1.jpg", "1-smaller.jpg", "3.jpg", "3-mirrored.jpg"}));
  }
}

TEST_F(Duplicates, PairsOfRemovedPhotosAreForgotten) {
  const DuplicateReport first = find();
  std::filesystem::remove(photos() / "1-smaller.jpg");
  sync();
  (void)find();
  write("1-smaller.jpg", resized(photo(1), 144, 192), 80);
  sync();
  const DuplicateReport back = find();
  EXPECT_GT(back.compared, 0);
  EXPECT_LT(back.compared, first.compared);
  EXPECT_EQ(back.compared + back.remembered, first.compared);
}

TEST_F(Duplicates, TheItemsDigestTellsWhenAReportIsOfOtherItems) {
  const auto digest = [&] {
    const auto catalogue =
        Catalogue::open(data() / "collections/default/catalogue.sqlite", Database::Mode::kRead);
    const auto known = digest_of_items(*catalogue);
    return known ? to_hex(*known) : known.error().message;
  };
  const DuplicateReport report = find();
  EXPECT_EQ(to_hex(report.items_digest), digest());
  ASSERT_TRUE(decide(report.groups.front().name, {DuplicateVerdict::kNotDuplicates, ""}));
  EXPECT_EQ(to_hex(report.items_digest), digest()) << "decisions are no items";
  EXPECT_EQ(find().kept_apart, (std::set<std::string>{report.groups.front().name}));
  write("new.jpg", photo(7), 90);
  sync();
  EXPECT_NE(to_hex(report.items_digest), digest());
}

TEST_F(Duplicates, DecisionsAreKnownOfGroupsThatWereFoundBefore) {
  const DuplicateReport report = find();
  const auto decisions = [&] {
    const auto catalogue =
        Catalogue::open(data() / "collections/default/catalogue.sqlite", Database::Mode::kRead);
    return GroupDecisions(*read_duplicate_decisions(*catalogue));
  };
  for (const DuplicateGroup& group : report.groups) EXPECT_FALSE(decisions().about(group));
  const DuplicateGroup& identical = report.groups[0];
  const DuplicateGroup& same_photo = report.groups[1];
  ASSERT_EQ(same_photo.lane, DuplicateLane::kSamePhoto);
  ASSERT_TRUE(decide(identical.name, {DuplicateVerdict::kNotDuplicates, ""}));
  ASSERT_TRUE(decide(same_photo.name, {DuplicateVerdict::kKeepOne, "1-smaller.jpg"}));
  EXPECT_EQ(decisions().about(identical)->verdict, DuplicateVerdict::kNotDuplicates);
  EXPECT_EQ(decisions().about(same_photo)->keep, "1-smaller.jpg");
  DuplicateGroup grown = same_photo;
  grown.items.push_back(identical.items[0]);
  EXPECT_FALSE(decisions().about(grown)) << "a photo came into it";
}

TEST_F(Duplicates, ADamagedCacheIsMadeAnew) {
  const DuplicateReport first = find();
  const auto cache = data() / "collections/default/duplicates.sqlite";
  ASSERT_TRUE(std::filesystem::exists(cache));
  std::filesystem::remove(std::filesystem::path(cache) += "-wal");
  ASSERT_TRUE(write_file_atomically(cache, "this is no database at all"));
  const DuplicateReport second = find();
  EXPECT_EQ(second.described, first.described);
  ASSERT_EQ(second.groups.size(), first.groups.size());
}

TEST_F(Duplicates, WhatIsKeptIsRememberedAndTheRestMayGo) {
  const std::string group = groups(DuplicateLane::kSamePhoto)[0].name;
  ASSERT_TRUE(decide(group, {DuplicateVerdict::kKeepOne, "1.jpg"}));
  EXPECT_EQ(to_delete(), (std::set<std::string>{"1-smaller.jpg"}));
  write("new.jpg", photo(8), 90);
  sync();
  const auto again = groups(DuplicateLane::kSamePhoto);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].keep, "1.jpg");
  std::filesystem::rename(photos() / "1-smaller.jpg", photos() / "other.jpg");
  sync();
  EXPECT_EQ(to_delete(), (std::set<std::string>{"other.jpg"})) << "a renamed item is the same";
  ASSERT_TRUE(undecide_duplicates(data(), "default", group, {}));
  EXPECT_TRUE(to_delete().empty());
  EXPECT_FALSE(undecide_duplicates(data(), "default", group, {}));
}

TEST_F(Duplicates, WhatBelongsApartIsNeverPutTogetherAgain) {
  for (const auto lane : {DuplicateLane::kIdentical, DuplicateLane::kSamePhoto}) {
    const std::string group = groups(lane)[0].name;
    ASSERT_TRUE(decide(group, {DuplicateVerdict::kNotDuplicates, ""}));
    EXPECT_TRUE(groups(lane).empty());
  }
  sync();
  EXPECT_TRUE(groups(DuplicateLane::kIdentical).empty());
  EXPECT_TRUE(groups(DuplicateLane::kSamePhoto).empty());
  EXPECT_TRUE(to_delete().empty());
  write("0.jpg", photo(9), 90);  // another photo under the same name
  write("0-equal.jpg", photo(9), 90);
  sync();
  EXPECT_EQ(groups(DuplicateLane::kIdentical).size(), 1U) << "nobody decided about these";
}

TEST_F(Duplicates, NothingIsListedWhoseKeptPhotoIsGoneOrThatAnotherDecisionKeeps) {
  const std::string group = groups(DuplicateLane::kIdentical)[0].name;
  ASSERT_TRUE(decide(group, {DuplicateVerdict::kKeepOne, "0.jpg"}));
  EXPECT_EQ(to_delete(), (std::set<std::string>{"0-equal.jpg"}));
  std::filesystem::remove(photos() / "0.jpg");
  EXPECT_TRUE(to_delete().empty()) << "before a sync knows";
}

TEST_F(Duplicates, WrongDecisionsAreRefused) {
  EXPECT_EQ(decide("x-0", {DuplicateVerdict::kNotDuplicates, ""}).error().code,
            ErrorCode::kNotFound);
  const std::string group = groups(DuplicateLane::kSamePhoto)[0].name;
  EXPECT_EQ(decide(group, {DuplicateVerdict::kKeepOne, "0.jpg"}).error().code,
            ErrorCode::kInvalidArgument);
  write("1-smaller.jpg", photo(6), 90);
  sync();
  EXPECT_EQ(decide(group, {DuplicateVerdict::kKeepOne, "1.jpg"}).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(find_duplicates(data(), "nowhere", {}, {}).error().code, ErrorCode::kNotFound);
}

TEST_F(Duplicates, PhotosThatAreGoneOrChangedAreCounted) {
  std::filesystem::remove(photos() / "3.jpg");
  write("2.jpg", photo(5), 90);
  const DuplicateReport report = find();
  EXPECT_EQ(report.unreadable, 2);
  EXPECT_EQ(report.described, 3);
}

TEST_F(Duplicates, StopsWhenItIsAskedTo) {
  DuplicateHooks hooks;
  stop_ = true;
  hooks.stop = &stop_;
  const auto report = find_duplicates(data(), "default", {}, hooks);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kCancelled);
  stop_ = false;
  EXPECT_FALSE(find().groups.empty());
}

TEST_F(Duplicates, ThreadsDoNotMatter) {
  const DuplicateReport one = find();
  DuplicateOptions options;
  options.threads = 4;
  const DuplicateReport four = find(options);
  ASSERT_EQ(one.groups.size(), four.groups.size());
  for (std::size_t i = 0; i < one.groups.size(); ++i) {
    EXPECT_EQ(json_of(one.groups[i]).dump(), json_of(four.groups[i]).dump());
  }
}

}  // namespace
}  // namespace semblance
