#include "opensearch/engines.h"

#include <unistd.h>

#include <set>

#include "engine/answer_json.h"
#include "image/encode.h"
#include "support/dummy_network.h"
#include "support/picture_files.h"

namespace semblance::remote {

void BothEngines::SetUp() {
  if (url().empty()) GTEST_SKIP() << test::OpenSearchNode::reason();
  network_ = test::add_dummy_network(folder_.path() / "networks", test::FakeEmbedder().card());
  other_network_ =
      test::add_dummy_network(folder_.path() / "networks", test::FakeEmbedder("other").card());
  static std::atomic<int> number{0};
  alias_ = "engines-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
  ASSERT_TRUE(create_collection(data(), "here", network_));
  EngineSettings settings;
  settings.distribution = *parse_engine(test::OpenSearchNode::product());
  settings.urls = *parse_urls(url());
  settings.alias = alias_;
  settings.shards = 2;
  settings.replicas = replicas();
  const Result<CreatedRemote> created = create_remote(data(), "there", settings, network_);
  ASSERT_TRUE(created) << created.error().message;
}

void BothEngines::TearDown() {
  if (!IsSkipped()) (void)delete_any(data(), "there", false).ok();
}

void BothEngines::write_photo(const std::string& name, int variant) {
  const std::vector<std::byte> jpeg = encode_jpeg(test::make_scene(variant), 90);
  folder_.write("photos/" + name,
                std::string_view(reinterpret_cast<const char*>(jpeg.data()), jpeg.size()));
}

void BothEngines::remove_photo(const std::string& name) const {
  std::filesystem::remove(photos() / name);
}

void BothEngines::rename_photo(const std::string& from, const std::string& to) const {
  std::filesystem::rename(photos() / from, photos() / to);
}

Result<SyncReport> BothEngines::try_sync(const std::string& collection, SyncOptions options,
                                         const std::optional<SyncPart>& part,
                                         const std::atomic<bool>* stop) {
  if (options.sources.empty()) options.sources = {photos().string()};
  options.yes = true;
  SyncHooks hooks;
  hooks.stop = stop;
  hooks.open_embedder = [this](const ModelCard& card) {
    return test::open_counting_embedder(card, embedded_);
  };
  return sync_any(data(), collection, options, hooks, part);
}

SyncReport BothEngines::sync(const std::string& collection, const SyncOptions& options,
                             const std::optional<SyncPart>& part) {
  const Result<SyncReport> report = try_sync(collection, options, part);
  EXPECT_TRUE(report) << collection << ": " << report.error().message;
  return report ? *report : SyncReport{};
}

SyncReport BothEngines::sync_both(const SyncOptions& options) {
  SyncReport here = sync("here", options);
  SyncReport there = sync("there", options);
  for (SyncReport* report : {&here, &there}) {
    report->seconds = report->open_seconds = report->indexing_seconds = 0;
    report->read_seconds = report->write_seconds = 0;
    report->stages = {};
  }
  EXPECT_EQ(to_json(here), to_json(there));
  EXPECT_EQ(here.embedded, there.embedded);
  return here;
}

std::unique_ptr<LiveCollection> BothEngines::open(const std::string& collection) const {
  LiveOptions options;
  options.open_embedder = [](const ModelCard& card) -> Result<std::unique_ptr<Embedder>> {
    return std::unique_ptr<Embedder>(std::make_unique<test::FakeEmbedder>(card.name));
  };
  Result<std::unique_ptr<LiveCollection>> opened = open_live(data(), collection, options);
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? *std::move(opened) : nullptr;
}

BothEngines::Answer BothEngines::answer(const std::string& collection, const SearchQuery& query,
                                        const SearchOptions& options) const {
  const auto opened = open(collection);
  const Result<SearchAnswer> found = opened->search(query, options);
  Answer answer;
  if (!found) {
    answer.text = std::string(code_name(found.error().code)) + ": " + found.error().message;
    if (const std::size_t at = answer.text.find("'" + collection + "'"); at != std::string::npos) {
      answer.text.erase(at, collection.size() + 2);
    }
    return answer;
  }
  for (const Hit& hit : found->hits) {
    answer.text += hit.item.id + " (" + hit.item.product + ") x" + std::to_string(hit.photos);
    std::set<std::string> attributes;
    for (const Attribute& attribute : hit.attributes) {
      attributes.insert(" " + attribute.name + "=" + attribute.value);
    }
    for (const std::string& attribute : attributes) answer.text += attribute;
    answer.text += "\n";
    for (const double number : {hit.closeness.score, hit.closeness.distance,
                                hit.closeness.shape_score, hit.closeness.colour_score}) {
      answer.numbers.push_back(number);
    }
  }
  return answer;
}

void BothEngines::expect_same_answers(const SearchQuery& query,
                                      const SearchOptions& options) const {
  const Answer here = answer("here", query, options);
  const Answer there = answer("there", query, options);
  EXPECT_FALSE(here.text.empty());
  EXPECT_EQ(here.text, there.text);
  ASSERT_EQ(here.numbers.size(), there.numbers.size());
  // A cluster's scores are float32.
  for (std::size_t i = 0; i < here.numbers.size(); ++i) {
    EXPECT_NEAR(here.numbers[i], there.numbers[i], options.exact ? 0 : 1e-6);
  }
}

}  // namespace semblance::remote
