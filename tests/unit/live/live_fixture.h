#pragma once

// A collection held open with a stand-in network, and changes of it.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/collections.h"
#include "live/live_collection.h"
#include "unit/engine/sync_fixture.h"

namespace semblance::test {

class LiveFixture : public SyncFixture {
 protected:
  using Kind = ChangeOutcome::Kind;

  void SetUp() override {
    SyncFixture::SetUp();
    live_options_.open_embedder = hooks_.open_embedder;
    live_options_.refresh_interval = std::chrono::milliseconds(5);
    live_options_.quiet_before_upkeep = std::chrono::hours(1);
  }

  /// An empty collection of the network "first", held open.
  void begin() {
    ASSERT_TRUE(create_collection(data(), "default", options_.model));
    open_live();
  }
  void open_live() {
    live_.reset();
    auto opened = LiveCollection::open(data(), "default", live_options_);
    ASSERT_TRUE(opened) << opened.error().message;
    live_ = *std::move(opened);
  }

  static std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(20);
  }
  static Bytes photo_of(int variant) { return encode_jpeg(make_scene(variant), 90); }

  [[nodiscard]] std::shared_ptr<const PhotoDescriptors> described(const Bytes& photo) const {
    auto descriptors = live_->describe(photo, {});
    if (!descriptors) throw std::runtime_error(descriptors.error().message);
    return *descriptors;
  }
  [[nodiscard]] ItemChange put_of(const std::string& id, int variant,
                                  std::optional<Attributes> attributes = {}) const {
    ItemChange change;
    change.id = id;
    change.photo = std::make_shared<const Bytes>(photo_of(variant));
    change.descriptors = *described(*change.photo);
    change.attributes = std::move(attributes);
    return change;
  }
  static ItemChange removal_of(const std::string& id) {
    ItemChange change;
    change.kind = ItemChange::Kind::kDelete;
    change.id = id;
    return change;
  }
  static ItemChange patch_of(const std::string& id, Attributes attributes,
                             std::vector<std::string> removed = {}) {
    ItemChange change;
    change.kind = ItemChange::Kind::kPatch;
    change.id = id;
    change.attributes = std::move(attributes);
    change.removed_attributes = std::move(removed);
    return change;
  }

  Result<ChangeOutcome> change(ItemChange one) const {
    std::vector<ItemChange> changes;
    changes.push_back(std::move(one));
    return live_->change(std::move(changes), soon()).front();
  }
  /// Carries out a change that must succeed.
  Kind do_change(ItemChange one) const {
    const auto outcome = change(std::move(one));
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return outcome->kind;
  }

  /// Ids of the hits of a photo, best first.
  [[nodiscard]] std::vector<std::string> found(int variant, int limit = 10) const {
    const auto answer = live_->search({{*described(photo_of(variant))}}, {limit, {}});
    if (!answer) throw std::runtime_error(answer.error().message);
    std::vector<std::string> ids;
    for (const Hit& hit : answer->hits) ids.push_back(hit.item.id);
    return ids;
  }
  /// Waits until `true_now()` is; false when that takes too long.
  template <typename Condition>
  static bool comes_true(Condition true_now) {
    const auto end = soon();
    while (!true_now()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }

  LiveOptions live_options_;
  std::unique_ptr<LiveCollection> live_;
};

}  // namespace semblance::test
