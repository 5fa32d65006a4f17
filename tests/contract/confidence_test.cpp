#include "engine/confidence.h"

#include "contract/service_fixture.h"
#include "engine/collection_files.h"

namespace semblance::test {

using nlohmann::json;

class ConfidenceRoute : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    start();
  }

  /// What 'semblance confidence fit' leaves, in the catalogue of the running server's collection.
  void store(const std::optional<Confidence>& confidence) {
    const CollectionFiles files(data(), "default");
    const auto lock = CollectionLock::acquire(files);
    const auto catalogue = Catalogue::open(files.catalogue(), Database::Mode::kWrite);
    ASSERT_TRUE(catalogue);
    ASSERT_TRUE(store_confidence(*catalogue, confidence));
  }
  Confidence learnt() {
    const CollectionFiles files(data(), "default");
    const auto catalogue = Catalogue::open(files.catalogue(), Database::Mode::kRead);
    Confidence confidence;
    confidence.network = confidence_network(**catalogue->live_set());
    confidence.label = "product";
    confidence.model.has_colour = true;
    confidence.model.logistic = {-9, {10, .5}};
    return confidence;
  }
  static bool all_have_it(const ClientAnswer& answer) {
    const json answered = answer.json();
    if (answered["hits"].empty()) return false;
    for (const json& hit : answered["hits"]) {
      if (!hit.contains("confidence")) return false;
    }
    return true;
  }
  static bool none_has_it(const ClientAnswer& answer) {
    return answer.body.find("\"confidence\"") == std::string::npos;
  }
};

TEST_F(ConfidenceRoute, HitsCarryItFromTheMomentItWasLearntUntilItIsForgotten) {
  const std::string similar = kItems + id(2) + "/similar";
  EXPECT_TRUE(none_has_it(get(similar)));
  store(learnt());
  ASSERT_TRUE(eventually([&] { return all_have_it(get(similar)); }));
  const json hits = get(similar).json()["hits"];
  EXPECT_GT(hits.front()["confidence"], hits.back()["confidence"]);
  for (const json& hit : hits) {
    EXPECT_GE(hit["confidence"], .001);
    EXPECT_LE(hit["confidence"], .999);
  }
  EXPECT_EQ(post(kSearch, {{"id", id(2)}}).json()["hits"], hits);
  EXPECT_TRUE(all_have_it(ask(FormBody().file("image", photo(3)).request("POST", kSearch))));
  EXPECT_TRUE(all_have_it(post(kSearch, {{"id", id(2)}, {"colour_weight", .5}})));
  EXPECT_TRUE(all_have_it(post(kSearch, {{"id", id(2)}, {"collapse", true}})));
  store(std::nullopt);
  EXPECT_TRUE(eventually([&] { return none_has_it(get(similar)); }));
}

TEST_F(ConfidenceRoute, HitsOfOtherSearchesHaveNone) {
  store(learnt());
  ASSERT_TRUE(eventually([&] { return all_have_it(post(kSearch, {{"id", id(2)}})); }));
  EXPECT_TRUE(none_has_it(post(kSearch, {{"positive", {id(2), id(4)}}})));
  EXPECT_TRUE(none_has_it(post(kSearch, {{"id", id(2)}, {"negative", {id(4)}}})));
  EXPECT_TRUE(none_has_it(post(kSearch, {{"id", id(2)}, {"descriptor", "histogram"}})));
  const ClientAnswer embedding =
      ask(FormBody().file("image", photo(6)).request("POST", "/v1/embed"));
  EXPECT_TRUE(none_has_it(post(kSearch, {{"vector", embedding.json()["vector"]}})))
      << "its histograms are not known";
}

TEST_F(ConfidenceRoute, ComparedPhotosHaveItAsHitsDo) {
  const json pair = {{"a_id", id(3)}, {"b_id", id(4)}};
  EXPECT_TRUE(none_has_it(post("/v1/compare", pair)));
  store(learnt());
  ASSERT_TRUE(eventually([&] { return post("/v1/compare", pair).json().contains("confidence"); }));
  const json compared = post("/v1/compare", pair).json();
  for (const json& hit : post(kSearch, {{"id", id(3)}, {"limit", 20}}).json()["hits"]) {
    if (hit["id"] == id(4)) {
      EXPECT_EQ(hit["confidence"], compared["confidence"]);
    }
  }
}

}  // namespace semblance::test
