#include "live/live_collection.h"

#include <gtest/gtest.h>

#include "engine/doctor.h"
#include "unit/live/live_fixture.h"

namespace semblance {
namespace {

class Live : public test::LiveFixture {};

TEST_F(Live, AnEmptyCollectionTakesItsFirstItem) {
  begin();
  EXPECT_TRUE(found(1).empty());
  EXPECT_EQ(do_change(put_of("a", 1, Attributes{{"colour", "red"}})), Kind::kCreated);
  ASSERT_TRUE(comes_true([&] { return !found(1).empty(); }));
  EXPECT_EQ(found(1), std::vector<std::string>{"a"});
  const auto item = live_->item("a");
  ASSERT_TRUE(item && *item);
  EXPECT_EQ((*live_->item_with_attributes("a"))->attributes, (Attributes{{"colour", "red"}}));
  const auto photo = live_->photo(**item);
  ASSERT_TRUE(photo) << photo.error().message;
  EXPECT_EQ(*photo, photo_of(1));
  EXPECT_EQ(live_->counts()->items, 1);
  EXPECT_EQ(live_->card()->name, "first");
}

TEST_F(Live, ACollectionWithoutNetworkTakesWhatASyncWould) {
  ASSERT_TRUE(create_collection(data(), "default", ""));
  open_live();
  EXPECT_FALSE(live_->card());
  EXPECT_EQ(live_->search({{}, {"a"}}, {}).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(live_->sample(3, 1)->empty());
}

TEST_F(Live, ACollectionThatIsNotThereIsNotMade) {
  const auto opened = LiveCollection::open(data(), "default", live_options_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(data() / "collections" / "default"));
}

TEST_F(Live, PuttingTheSameAgainChangesNothing) {
  begin();
  const auto put = [&] { return put_of("a", 1, Attributes{{"size", "M"}, {"colour", "red"}}); };
  EXPECT_EQ(do_change(put()), Kind::kCreated);
  EXPECT_EQ(do_change(put()), Kind::kUnchanged);
  EXPECT_EQ(do_change(put_of("a", 1)), Kind::kUnchanged);
  EXPECT_EQ(do_change(put_of("a", 1, Attributes{{"size", "L"}})), Kind::kReplaced);
  EXPECT_EQ(do_change(put_of("a", 2, Attributes{{"size", "L"}})), Kind::kReplaced);
  ASSERT_TRUE(comes_true([&] { return found(2) == std::vector<std::string>{"a"}; }));
  EXPECT_EQ(live_->photo(**live_->item("a")).operator*(), photo_of(2));
}

TEST_F(Live, PatchesChangeOnlyWhatTheyName) {
  begin();
  do_change(put_of("a", 1, Attributes{{"size", "M"}, {"colour", "red"}, {"price", "3"}}));
  EXPECT_EQ(do_change(patch_of("a", {{"size", "L"}, {"brand", "X"}}, {"price"})), Kind::kPatched);
  const Attributes expected{{"size", "L"}, {"colour", "red"}, {"brand", "X"}};
  EXPECT_EQ(hash_of((*live_->item_with_attributes("a"))->attributes), hash_of(expected));
  EXPECT_FALSE(*live_->item_with_attributes("b"));
  EXPECT_EQ(do_change(patch_of("a", {{"size", "L"}})), Kind::kUnchanged);
  EXPECT_EQ(change(patch_of("b", {{"size", "L"}})).error().code, ErrorCode::kNotFound);
}

TEST_F(Live, RemovedItemsAreFoundNoMore) {
  begin();
  do_change(put_of("a", 1));
  do_change(put_of("b", 2));
  EXPECT_EQ(do_change(removal_of("a")), Kind::kDeleted);
  EXPECT_EQ(change(removal_of("a")).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(*live_->item("a"));
  EXPECT_TRUE(comes_true([&] { return found(1) == std::vector<std::string>{"b"}; }));
}

TEST_F(Live, WrongChangesAreRefusedAndOthersCarriedOut) {
  begin();
  std::vector<ItemChange> changes;
  changes.push_back(put_of("a", 1));
  changes.push_back(put_of("", 1));
  changes.push_back(removal_of("nobody"));
  changes.push_back(put_of("b", 2));
  changes.back().descriptors->embedding.pop_back();
  changes.push_back(put_of("c", 3));
  changes.back().descriptors.reset();
  changes.push_back(put_of("d", 3));
  changes.back().photo.reset();
  changes.push_back(put_of("e", 3));
  const auto outcomes = live_->change(std::move(changes), soon());
  ASSERT_EQ(outcomes.size(), 7U);
  EXPECT_TRUE(outcomes[0]);
  EXPECT_EQ(outcomes[1].error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(outcomes[2].error().code, ErrorCode::kNotFound);
  EXPECT_EQ(outcomes[3].error().code, ErrorCode::kConflict);
  EXPECT_EQ(outcomes[4].error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(outcomes[5].error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(outcomes[6]);
  EXPECT_EQ(live_->counts()->items, 2);
}

TEST_F(Live, ChangesAreThereAfterARestart) {
  begin();
  for (int i = 0; i < 20; ++i) do_change(put_of("item " + std::to_string(i), i));
  do_change(removal_of("item 3"));
  open_live();
  EXPECT_EQ(live_->counts()->items, 19);
  EXPECT_EQ(found(7, 1), std::vector<std::string>{"item 7"});
  live_.reset();
  expect_sound_vectors();
}

TEST_F(Live, AFailedItemIsIndexedByPuttingIt) {
  add_photos(3);
  (void)add_file("broken.jpg", "no photo");
  sync();
  open_live();
  EXPECT_FALSE(*live_->item("broken.jpg"));
  EXPECT_EQ(do_change(put_of("broken.jpg", 7)), Kind::kCreated);
  EXPECT_TRUE(*live_->item("broken.jpg"));
  EXPECT_TRUE(live_->problems()->empty());
}

TEST_F(Live, DescribesTheSameContentOnce) {
  begin();
  const Bytes photo = photo_of(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { (void)described(photo); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(calls_, 1);
  EXPECT_TRUE(live_->describe(photo, {.1, .1, .5, .5}));
  EXPECT_EQ(calls_, 2);
  EXPECT_FALSE(live_->describe(std::as_bytes(std::span("no photo")), {}));
}

}  // namespace
}  // namespace semblance
