#pragma once

// A folder of photos, a data folder, and networks that are fakes: what tests of sync and search
// share.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/collection.h"
#include "engine/sync.h"
#include "image/encode.h"
#include "support/dummy_network.h"
#include "support/fake_embedder.h"
#include "support/picture_files.h"
#include "support/temporary_folder.h"

namespace semblance::test {

class SyncFixture : public ::testing::Test {
 protected:
  SyncFixture() { options_.sources = {photos().string()}; }

  void SetUp() override {
    std::filesystem::create_directories(photos());
    options_.model = add_network("first");
    hooks_.open_embedder = [this](const ModelCard& card) {
      return open_counting_embedder(card, calls_, before_embedding_);
    };
    hooks_.notice = [this](std::string_view line) { notices_ += std::string(line) + "\n"; };
  }

  [[nodiscard]] std::filesystem::path photos() const { return folder_.path() / "photos"; }
  [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "data"; }
  [[nodiscard]] std::filesystem::path catalogue_path() const {
    return data() / "collections" / "default" / "catalogue.sqlite";
  }

  /// A network that choose_model accepts: a card of the fake's dimensions and a file that is none.
  std::string add_network(const std::string& name, const std::string& version = "1",
                          bool with_colour = true);

  /// Writes a photo that looks like make_scene(variant).
  std::filesystem::path add_photo(const std::string& name, int variant) const;
  void add_photos(int count) const;
  [[nodiscard]] std::filesystem::path add_file(const std::string& name,
                                               std::string_view content) const {
    return folder_.write("photos/" + name, content);
  }

  /// Asks the next sync to stop as soon as its network has seen `count` photos. A few more may be
  /// on their way then: at most 4 in the queue, one read and one with each worker.
  void stop_after(int count);
  void stop_no_more();

  Result<SyncReport> try_sync() const {
    return sync_collection(data(), "default", options_, hooks_);
  }
  /// Syncs, which must succeed; checks what every report must keep.
  SyncReport sync();

  Collection open() const;
  /// Status by id, or its reason where it is not indexed: all that the collection says of inputs.
  std::map<std::string, std::string> outcomes() const;
  /// Ids of the hits of a photo, best first.
  std::vector<std::string> search(const std::filesystem::path& photo, int limit = 10) const;
  PhotoDescriptors describe(const std::filesystem::path& photo) const;
  /// Every item has exactly one row, and the row is what describing its photo gives.
  void expect_sound_vectors() const;

  TemporaryFolder folder_;
  SyncOptions options_;
  SyncHooks hooks_;
  std::atomic<int> calls_{0};
  std::function<void()> before_embedding_;
  std::atomic<int> embedded_before_stop_{0};
  std::atomic<bool> stop_{false};
  std::string notices_;
};

inline std::string SyncFixture::add_network(const std::string& name, const std::string& version,
                                            bool with_colour) {
  return add_dummy_network(folder_.path() / "models",
                           FakeEmbedder(name, version, with_colour).card());
}

inline std::filesystem::path SyncFixture::add_photo(const std::string& name, int variant) const {
  const Bytes bytes = encode_jpeg(make_scene(variant), 90);
  return folder_.write("photos/" + name,
                       {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

inline void SyncFixture::add_photos(int count) const {
  for (int i = 0; i < count; ++i) add_photo(std::to_string(i) + ".jpg", i);
}

inline void SyncFixture::stop_after(int count) {
  stop_ = false;
  embedded_before_stop_ = 0;
  hooks_.stop = &stop_;
  before_embedding_ = [this, count] {
    if (++embedded_before_stop_ >= count) stop_ = true;
  };
}

inline void SyncFixture::stop_no_more() {
  stop_ = false;
  before_embedding_ = {};
}

inline SyncReport SyncFixture::sync() {
  const Result<SyncReport> report = try_sync();
  if (!report) {
    ADD_FAILURE() << report.error().message;
    return {};
  }
  EXPECT_EQ(report->seen, report->added + report->changed + report->renamed + report->unchanged +
                              report->failed + report->skipped);
  return *report;
}

inline Collection SyncFixture::open() const {
  Result<Collection> collection = Collection::open(data(), "default");
  if (!collection) throw std::runtime_error(collection.error().message);
  return *std::move(collection);
}

inline std::map<std::string, std::string> SyncFixture::outcomes() const {
  std::map<std::string, std::string> outcomes;
  const Collection collection = open();
  const auto ids = collection.catalogue().indexed_ids();
  EXPECT_TRUE(ids);
  for (const auto& [key, id] : *ids) outcomes[id] = "indexed";
  const auto problems = collection.catalogue().problems();
  EXPECT_TRUE(problems);
  for (const Problem& problem : *problems) {
    if (problem.kind == "attribute") continue;
    EXPECT_TRUE(outcomes.emplace(problem.subject, problem.kind + " " + problem.reason).second)
        << problem.subject;
  }
  return outcomes;
}

inline PhotoDescriptors SyncFixture::describe(const std::filesystem::path& photo) const {
  std::atomic<int> ignored{0};
  const PhotoDescriber describer(*open_counting_embedder(open().card(), ignored), {});
  const auto bytes = read_file(photo, 1 << 30);
  auto descriptors = bytes ? describer.describe(*bytes) : bytes.error();
  if (!descriptors) throw std::runtime_error(descriptors.error().message);
  return *std::move(descriptors);
}

inline std::vector<std::string> SyncFixture::search(const std::filesystem::path& photo,
                                                    int limit) const {
  const PhotoDescriptors query = describe(photo);
  const auto answer = open().search({&query, 1}, {limit, {}});
  EXPECT_TRUE(answer);
  std::vector<std::string> ids;
  for (const Hit& hit : answer->hits) ids.push_back(hit.item.id);
  return ids;
}

inline void SyncFixture::expect_sound_vectors() const {
  const Collection collection = open();
  const auto ids = collection.catalogue().indexed_ids();
  ASSERT_TRUE(ids);
  std::map<std::int64_t, int> rows;
  for (std::size_t row = 0; row < collection.keys_by_row().size(); ++row) {
    const std::int64_t key = collection.keys_by_row()[row];
    if (key == 0) continue;
    ++rows[key];
    const auto item = collection.catalogue().item(key);
    ASSERT_TRUE(item && *item);
    const PhotoDescriptors expected = describe((*item)->path);
    const DescriptorSpans stored = collection.vectors().row(static_cast<std::int64_t>(row));
    const auto same = [](std::span<const float> a, const std::vector<float>& b) {
      return std::vector<float>(a.begin(), a.end()) == b;
    };
    EXPECT_TRUE(same(stored.embedding, expected.embedding)) << (*item)->id;
    EXPECT_TRUE(same(stored.histogram, expected.histogram)) << (*item)->id;
    EXPECT_TRUE(same(stored.histogram_foreground, expected.histogram_foreground)) << (*item)->id;
  }
  EXPECT_EQ(rows.size(), ids->size());
  for (const auto& [key, count] : rows) EXPECT_EQ(count, 1);
}

}  // namespace semblance::test
