// Whatever a collection went through, searches by every plan agree with comparing all its vectors
// in double precision.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "engine/doctor.h"
#include "engine/neighbours.h"
#include "sync_fixture.h"

namespace semblance {
namespace {

constexpr int kFirstPhotos = 420;
constexpr int kRounds = 6;
constexpr double kRounding = 1e-6;

/// What a search should find, computed plainly.
struct Plain {
  std::map<std::string, double> scores;  ///< of all that can be hits
  std::vector<double> best;              ///< the same, descending
};

class SearchProperty : public test::SyncFixture, public testing::WithParamInterface<unsigned> {
 protected:
  SearchProperty() : random_(GetParam()) {}

  std::size_t below(std::size_t end) { return random_() % end; }
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::string noise_photo() {
    Image image{16, 16, std::vector<std::uint8_t>(std::size_t{16} * 16 * 3)};
    for (int cell = 0; cell < 32; ++cell) {
      for (int c = 0; c < 3; ++c) {
        const auto value = static_cast<std::uint8_t>(below(256));
        for (int i = 0; i < 8; ++i) {
          const int y = cell / 8 * 4 + i / 2;
          const int x = cell % 8 * 2 + i % 2;
          image.row(y)[x * 3 + c] = value;
        }
      }
    }
    const Bytes bytes = encode_jpeg(image, 95);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  void put_photo(const std::string& id) {
    // Now and then the bytes of another photo: equal vectors.
    if (!photos_.empty() && one_in(12)) {
      photos_[id] = std::next(photos_.begin(), static_cast<long>(below(photos_.size())))->second;
    } else {
      photos_[id] = noise_photo();
    }
    folder_.write("photos/" + id, photos_[id]);
  }
  std::string fresh_id() {
    char id[16];
    std::snprintf(id, sizeof id, "%04zu.jpg", next_id_++);
    return id;
  }
  std::string some_id() {
    return std::next(photos_.begin(), static_cast<long>(below(photos_.size())))->first;
  }

  void change_source() {
    for (std::size_t i = below(30); i > 0; --i) put_photo(fresh_id());
    for (std::size_t i = below(20); i > 0; --i) put_photo(some_id());
    for (std::size_t i = below(40); i > 0; --i) {
      const std::string id = some_id();
      std::filesystem::remove(photos() / id);
      photos_.erase(id);
    }
    if (one_in(2)) {  // renamed
      const std::string from = some_id();
      const std::string to = fresh_id();
      std::filesystem::rename(photos() / from, photos() / to);
      photos_[to] = photos_[from];
      photos_.erase(from);
    }
  }
  void change_settings() {
    options_.compact_from_rows = one_in(3) ? 1000 : 1;
    options_.graph_from_rows.reset();
    if (!one_in(3)) options_.graph_from_rows = 30;
    options_.all_pairs_up_to = one_in(2) ? kAllPairsUpTo : 10;
    if (one_in(3)) {
      NeighbourOptions table;
      table.limit = 5 + static_cast<int>(below(10));
      table.colour_weight = one_in(2) ? 0 : .5;
      table.all_pairs_up_to = options_.all_pairs_up_to;
      EXPECT_TRUE(build_neighbours(data(), "default", table, {}));
    }
    if (one_in(6)) {
      EXPECT_TRUE(drop_neighbours(data(), "default", {}));
    }
  }

  /// An expression, and the ids for which it is true.
  std::pair<std::string, std::set<std::string>> filter() {
    std::set<std::string> ids;
    std::string text;
    if (one_in(2)) {
      const std::string from = some_id();
      const std::string to = some_id();
      text = "id>='" + from + "' AND id<'" + to + "'";
      for (const auto& [id, bytes] : photos_) {
        if (id >= from && id < to) ids.insert(id);
      }
    } else {
      text = "id IN ('nothing'";
      for (std::size_t i = below(one_in(2) ? 8 : 300); i > 0; --i) {
        const std::string id = some_id();
        if (ids.insert(id).second) text += ",'" + id + "'";
      }
      text += ")";
    }
    return {text, ids};
  }

  static double cosine(std::span<const float> a, std::span<const float> b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double x = a[i];
      const double y = b[i];
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    return dot / std::sqrt(aa * bb);
  }
  static Plain plain(const Collection& collection, std::span<const float> query,
                     const std::string& left_out, double weight,
                     const std::optional<std::set<std::string>>& allowed) {
    Plain result;
    constexpr std::size_t kShape = test::FakeEmbedder::kShapeDimension;
    for (std::size_t row = 0; row < collection.keys_by_row().size(); ++row) {
      const std::int64_t key = collection.keys_by_row()[row];
      if (key == 0) continue;
      const std::string id = (*collection.catalogue().item(key))->id;
      if (id == left_out || (allowed && allowed->count(id) == 0)) continue;
      const auto stored = collection.vectors().row(static_cast<std::int64_t>(row)).embedding;
      const double shape = cosine(query.first(kShape), stored.first(kShape));
      const double colour = cosine(query.subspan(kShape), stored.subspan(kShape));
      result.scores[id] = (1 + (1 - weight) * shape + weight * colour) / 2;
      result.best.push_back(result.scores[id]);
    }
    std::sort(result.best.begin(), result.best.end(), std::greater<>());
    return result;
  }

  /// Each hit has its true score; hits that are called exact are the best there are.
  void expect_right(const SearchAnswer& answer, const Plain& truth) {
    const auto limit = static_cast<std::size_t>(answer.limit);
    ASSERT_EQ(answer.hits.size(), std::min(limit, truth.best.size()));
    std::set<std::string> seen;
    for (std::size_t i = 0; i < answer.hits.size(); ++i) {
      const Hit& hit = answer.hits[i];
      EXPECT_TRUE(seen.insert(hit.item.id).second) << hit.item.id << " twice";
      const auto known = truth.scores.find(hit.item.id);
      ASSERT_NE(known, truth.scores.end()) << hit.item.id;
      EXPECT_NEAR(hit.closeness.score, known->second, kRounding) << hit.item.id;
      if (!answer.approximate) {
        EXPECT_NEAR(hit.closeness.score, truth.best[i], kRounding);
      }
      if (i == 0) continue;
      const Hit& last = answer.hits[i - 1];
      EXPECT_TRUE(last.closeness.score > hit.closeness.score ||
                  (last.closeness.score == hit.closeness.score && last.item.id < hit.item.id));
    }
    ++plans_[std::string(method_name(answer.explanation.method)) +
             (answer.approximate ? ", approximate" : "")];
    if (!answer.approximate || truth.best.empty()) return;
    const double needed = truth.best[std::min(limit, truth.best.size()) - 1] - kRounding;
    for (const Hit& hit : answer.hits) found_ += hit.closeness.score >= needed ? 1 : 0;
    wanted_ += static_cast<int>(answer.hits.size());
  }

  void search_in_all_ways() {
    const Collection collection = open();
    std::set<std::string> ids;
    for (const auto& [key, id] : *collection.catalogue().indexed_ids()) ids.insert(id);
    for (const auto& [id, bytes] : photos_) EXPECT_EQ(ids.count(id), 1U) << id;
    EXPECT_EQ(ids.size(), photos_.size());
    for (int i = 0; i < 24; ++i) {
      SearchOptions options;
      options.limit = one_in(8) ? 500 : 1 + static_cast<int>(below(12));
      const double weight = one_in(2) ? 0 : static_cast<double>(below(11)) / 10;
      options.measure = *make_measure({"", "", weight}, true);
      options.exact = one_in(6);
      options.recall_target = one_in(3) ? .99 : .5;
      std::optional<std::set<std::string>> allowed;
      if (one_in(3)) std::tie(options.filter, allowed) = filter();
      const std::string id = some_id();
      SCOPED_TRACE("like " + id + ", weight " + std::to_string(weight) + ", limit " +
                   std::to_string(options.limit) + ", " + options.filter);
      const bool by_photo = one_in(3);
      const PhotoDescriptors query = describe(photos() / id);
      const auto answer =
          by_photo ? collection.search({&query, 1}, options) : collection.similar(id, options);
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_FALSE(options.exact && answer->approximate);
      expect_right(*answer,
                   plain(collection, query.embedding, by_photo ? "" : id, weight, allowed));
    }
  }

  std::mt19937 random_;
  std::map<std::string, std::string> photos_;  ///< bytes by id
  std::size_t next_id_ = 0;
  std::map<std::string, int> plans_;
  int found_ = 0;
  int wanted_ = 0;
};

TEST_P(SearchProperty, EveryPlanFindsWhatComparingAllFinds) {
  for (int i = 0; i < kFirstPhotos; ++i) put_photo(fresh_id());
  options_.yes = true;
  options_.graph_from_rows = 30;
  sync();
  search_in_all_ways();
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    change_settings();
    change_source();
    if (one_in(3)) {  // interrupted: some of the changes are there, all at the next sync
      stop_after(1 + static_cast<int>(below(10)));
      ASSERT_TRUE(try_sync());
      stop_no_more();
      EXPECT_TRUE(open().similar((*open().catalogue().indexed_ids())[0].second, {}));
    }
    sync();
    search_in_all_ways();
    EXPECT_TRUE(examine_collection(data(), "default", false)->healthy());
  }
  for (const auto& [plan, times] : plans_) std::cout << plan << ": " << times << "\n";
  EXPECT_GT(plans_["exact"], 0);
  EXPECT_GT(plans_["graph, approximate"], 0);
  EXPECT_GT(plans_["table"] + plans_["table, approximate"], 0);
  EXPECT_GE(found_, .9 * wanted_) << "half of it was asked for";
}

INSTANTIATE_TEST_SUITE_P(Seeds, SearchProperty, testing::Values(1U, 2U));

}  // namespace
}  // namespace semblance
