// Random changes and restarts, against a plain reference.

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/doctor.h"
#include "unit/live/live_fixture.h"

namespace semblance {
namespace {

constexpr int kLooks = 12;
constexpr int kIds = 15;

struct Reference {
  int look = 0;
  std::map<std::string, std::string> attributes;
};

class LiveProperty : public test::LiveFixture {
 protected:
  void SetUp() override {
    LiveFixture::SetUp();
    live_options_.quiet_before_upkeep = std::chrono::milliseconds(20);
    live_options_.graph_from_rows = 40;
  }

  Attributes random_attributes() {
    Attributes attributes;
    for (const char* name : {"size", "colour", "brand"}) {
      if (random_() % 2 == 0) attributes.push_back({name, std::to_string(random_() % 3)});
    }
    return attributes;
  }

  void put(const std::string& id) {
    const int look = static_cast<int>(random_() % kLooks);
    const Attributes attributes = random_attributes();
    std::map<std::string, std::string> wanted;
    for (const Attribute& one : attributes) wanted[one.name] = one.value;
    const auto known = items_.find(id);
    const Kind expected = known == items_.end() ? Kind::kCreated
                          : known->second.look == look && known->second.attributes == wanted
                              ? Kind::kUnchanged
                              : Kind::kReplaced;
    EXPECT_EQ(do_change(put_of(id, look, attributes)), expected);
    items_[id] = {look, wanted};
  }

  void patch(const std::string& id) {
    const Attributes attributes = random_attributes();
    const auto outcome = change(patch_of(id, attributes, {"brand"}));
    const auto known = items_.find(id);
    EXPECT_EQ(outcome.ok(), known != items_.end());
    if (known == items_.end()) return;
    known->second.attributes.erase("brand");
    for (const Attribute& one : attributes) known->second.attributes[one.name] = one.value;
  }

  void remove(const std::string& id) {
    EXPECT_EQ(change(removal_of(id)).ok(), items_.erase(id) == 1);
  }

  void step() {
    const std::string id = "item " + std::to_string(random_() % kIds);
    switch (random_() % 8) {
      case 0:
      case 1:
        return remove(id);
      case 2:
      case 3:
        return patch(id);
      default:
        return put(id);
    }
  }

  void compare_items() {
    EXPECT_EQ(live_->counts()->items, static_cast<std::int64_t>(items_.size()));
    for (int i = 0; i < kIds; ++i) {
      const std::string id = "item " + std::to_string(i);
      const auto item = live_->item(id);
      ASSERT_TRUE(item);
      const auto known = items_.find(id);
      ASSERT_EQ(item->has_value(), known != items_.end()) << id;
      if (!*item) continue;
      std::map<std::string, std::string> attributes;
      const auto whole = live_->item_with_attributes(id);
      for (const Attribute& one : (*whole)->attributes) attributes[one.name] = one.value;
      EXPECT_EQ(attributes, known->second.attributes) << id;
      EXPECT_EQ(live_->photo(**item).operator*(), photo_of(known->second.look)) << id;
    }
  }

  /// Of each look, those that have it score 1 and stand in front, in the order of their ids.
  void compare_searches() {
    for (int look = 0; look < kLooks; ++look) {
      std::vector<std::string> expected;
      for (const auto& [id, item] : items_) {
        if (item.look == look) expected.push_back(id);
      }
      EXPECT_TRUE(comes_true([&] {
        auto ids = found(look, kIds);
        return ids.size() == items_.size() &&
               std::equal(expected.begin(), expected.end(), ids.begin());
      })) << look;
    }
  }

  std::mt19937 random_{5};
  std::map<std::string, Reference> items_;
};

TEST_F(LiveProperty, RandomChangesAndRestarts) {
  begin();
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 25; ++i) step();
    compare_items();
    compare_searches();
    if (round % 2 == 1) open_live();
    compare_items();
    compare_searches();
  }
  live_.reset();
  expect_sound_vectors();
  const auto report = examine_collection(data(), "default", false);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->healthy());
}

}  // namespace
}  // namespace semblance
