#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "opensearch/engines.h"
#include "remote/copy.h"
#include "remote/remote_index.h"
#include "remote/stand_in.h"

namespace semblance::remote {

class Syncs : public BothEngines {
 protected:
  void SetUp() override {
    BothEngines::SetUp();
    if (IsSkipped()) return;
    for (int i = 0; i < 12; ++i) write_photo("p" + std::to_string(i) + ".jpg", i);
  }

  void expect_same_catalogues(const std::string& a = "here", const std::string& b = "there") const {
    const auto one = open(a);
    const auto other = open(b);
    EXPECT_EQ(one->counts()->items, other->counts()->items);
    EXPECT_EQ(one->counts()->products, other->counts()->products);
    EXPECT_EQ(one->counts()->failed, other->counts()->failed);
    EXPECT_EQ(one->counts()->skipped, other->counts()->skipped);
    const Result<std::vector<Problem>> left = one->problems();
    const Result<std::vector<Problem>> right = other->problems();
    ASSERT_TRUE(left && right);
    ASSERT_EQ(left->size(), right->size());
    for (std::size_t i = 0; i < left->size(); ++i) {
      EXPECT_EQ((*left)[i].subject, (*right)[i].subject);
      EXPECT_EQ((*left)[i].place, (*right)[i].place);
      EXPECT_EQ((*left)[i].reason, (*right)[i].reason);
      EXPECT_EQ((*left)[i].kind, (*right)[i].kind);
    }
  }

  /// All that an index says of a collection, by the documents' ids.
  [[nodiscard]] std::map<std::string, Json> documents(const std::string& collection) const {
    const Result<EngineSettings> settings =
        read_engine_settings(CollectionFiles(data(), collection));
    const auto index = *RemoteIndex::create(*settings, collection, kPatienceToWrite);
    const auto view = *index->view();
    EXPECT_TRUE(index->admin(*view->dialect).refresh(view->description.index));
    const Result<SearchHits> hits = index->reader(*view).search(R"({"size":1000})");
    EXPECT_TRUE(hits) << hits.error().message;
    std::map<std::string, Json> documents;
    for (const JsonView hit : hits->hits) {
      documents[std::string(hit["_id"].text().value())] = hit["_source"].copy();
    }
    return documents;
  }

  [[nodiscard]] std::vector<Generation> generations() const {
    const Result<EngineSettings> settings = read_engine_settings(CollectionFiles(data(), "there"));
    const auto index = RemoteIndex::create(*settings, "there", kPatienceToWrite);
    const Result<ClusterFacts> facts = (*index)->facts();
    return *(*index)->admin(Dialect::of(facts->distribution)).generations(alias_);
  }
};

TEST_F(Syncs, DoTheSameInBothEngines) {
  EXPECT_EQ(sync_both().added, 12);
  EXPECT_EQ(sync_both().unchanged, 12);
  rename_photo("p3.jpg", "renamed.jpg");
  write_photo("p4.jpg", 40);
  remove_photo("p5.jpg");
  write_photo("p12.jpg", 12);
  folder_.write("photos/broken.jpg", "this is no photo");
  folder_.write("photos/empty.jpg", "");
  const SyncReport report = sync_both();
  EXPECT_EQ(report.renamed, 1);
  EXPECT_EQ(report.changed, 1);
  EXPECT_EQ(report.removed, 1);
  EXPECT_EQ(report.added, 1);
  EXPECT_EQ(report.embedded, 2);
  expect_same_catalogues();
  expect_same_answers({{}, {"renamed.jpg"}}, {});
  EXPECT_EQ(sync_both().embedded, 0);
  SyncOptions dry;
  dry.dry_run = true;
  remove_photo("p6.jpg");
  EXPECT_EQ(sync_both(dry).removed, 1);
  expect_same_catalogues();
}

TEST_F(Syncs, KeepAttributesInStep) {
  std::string table = "id,colour,price,new\n";
  for (int i = 0; i < 12; ++i) {
    table += "p" + std::to_string(i) + "," + (i % 2 == 0 ? "Red" : "Navy Blue") + "," +
             std::to_string(i * 5) + "," + (i % 3 == 0 ? "true" : "no") + "\n";
  }
  SyncOptions options;
  options.attributes = folder_.write("styles.csv", table);
  sync_both(options);
  SearchOptions search;
  for (const char* filter :
       {"colour=Red", "price<30 AND NOT colour='Navy Blue'", "new=true",
        "NOT HAS colour OR price>=50", "id IN (p1.jpg,p2.jpg)", "colour!=Red AND new=no"}) {
    search.filter = filter;
    expect_same_answers({{}, {"p0.jpg"}}, search);
  }
  folder_.write("styles.csv", table + "nothing,Red,1,no\n");
  const SyncReport again = sync_both(options);
  EXPECT_EQ(again.attribute_problems, 1);
  expect_same_catalogues();
  // A new name and nothing said of attributes: the item keeps them, and its size.
  rename_photo("p2.jpg", "two.jpg");
  EXPECT_EQ(sync_both().renamed, 1);
  search.filter = "colour=Red AND price=10";
  expect_same_answers({{}, {"p0.jpg"}}, search);
  for (const char* collection : {"here", "there"}) {
    EXPECT_EQ((*open(collection)->item("two.jpg"))->width, (*open("here")->item("p0.jpg"))->width);
  }
  // Another column, other values: vectors stay as they are.
  std::string fewer = "id,brand\n";
  for (int i = 0; i < 12; ++i)
    fewer += "p" + std::to_string(i) + ",b" + std::to_string(i % 2) + "\n";
  folder_.write("styles.csv", fewer);
  EXPECT_EQ(sync_both(options).embedded, 0);
  search.filter = "brand=b1";
  expect_same_answers({{}, {"p0.jpg"}}, search);
}

TEST_F(Syncs, ShareTheWorkInParts) {
  std::vector<std::thread> machines;
  std::vector<SyncReport> reports(3);
  for (int i = 0; i < 3; ++i) {
    machines.emplace_back([&, i] {
      reports[static_cast<std::size_t>(i)] = sync("there", {}, SyncPart{i + 1, 3});
    });
  }
  for (std::thread& machine : machines) machine.join();
  std::int64_t added = 0;
  for (const SyncReport& report : reports) added += report.added;
  EXPECT_EQ(added, 12);
  EXPECT_EQ(embedded_, 12);
  sync("here");
  expect_same_catalogues();
  remove_photo("p7.jpg");
  std::int64_t removed = 0;
  for (int i = 1; i <= 3; ++i) removed += sync("there", {}, SyncPart{i, 3}).removed;
  EXPECT_EQ(removed, 1);
  EXPECT_EQ(sync("there").unchanged, 11);
  const Result<SyncReport> refused = try_sync("here", {}, SyncPart{1, 2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Syncs, ChangeTheNetworkBesideTheLiveIndex) {
  folder_.write("photos/broken.jpg", "this is no photo");
  sync_both();
  SyncOptions options;
  options.model = other_network_;
  // One part only: the old network goes on answering.
  sync("there", options, SyncPart{1, 2});
  EXPECT_EQ(open("there")->card()->name, "fake");
  EXPECT_EQ(generations().size(), 2U);
  const int before = embedded_;
  const SyncReport whole = sync("there", options);
  EXPECT_LT(embedded_ - before, 12);  // not again what the part had embedded
  EXPECT_EQ(whole.failed, 1);
  EXPECT_EQ(open("there")->card()->name, "other");
  ASSERT_EQ(generations().size(), 1U);
  EXPECT_TRUE(generations()[0].live);
  sync("here", options);
  expect_same_catalogues();
  expect_same_answers({{}, {"p0.jpg"}}, {});
}

TEST_F(Syncs, CopyThereAndBack) {
  folder_.write("photos/broken.jpg", "this is no photo");
  sync("here");
  const auto here = open("here");
  const Result<std::shared_ptr<const PhotoDescriptors>> described =
      here->describe(*read_file(photos() / "p1.jpg", 1 << 20), {});
  ASSERT_TRUE(described);
  ItemChange put;
  put.id = "uploaded";
  put.photo = std::make_shared<Bytes>(*read_file(photos() / "p1.jpg", 1 << 20));
  put.descriptors = **described;
  put.attributes = Attributes{{"colour", "Red"}};
  ASSERT_TRUE(here->change({put}, Clock::now() + std::chrono::seconds(20)).front());
  const Result<CopyReport> there = copy_collection(data(), "here", "there", {});
  ASSERT_TRUE(there) << there.error().message;
  EXPECT_EQ(there->items, 14);
  EXPECT_EQ(there->photos, 1);
  expect_same_catalogues();
  expect_same_answers({{}, {"p0.jpg"}}, {});
  const Result<Bytes> uploaded = open("there")->photo(**open("there")->item("uploaded"));
  ASSERT_TRUE(uploaded) << uploaded.error().message;
  EXPECT_EQ(*uploaded, *put.photo);
  ASSERT_FALSE(copy_collection(data(), "here", "there", {}));  // not empty
  const Result<CopyReport> back = copy_collection(data(), "there", "back", {});
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->items, 14);
  expect_same_catalogues("here", "back");
  for (const double weight : {0.0, .3, 1.0}) {
    SearchOptions options;
    options.measure = *make_measure({"shape", "", weight}, true);
    options.limit = 20;
    const Answer before = answer("here", {{}, {"p2.jpg"}}, options);
    const Answer after = answer("back", {{}, {"p2.jpg"}}, options);
    EXPECT_EQ(before.text, after.text);
    EXPECT_EQ(before.numbers, after.numbers);
  }
  EXPECT_EQ(*open("back")->photo(**open("back")->item("uploaded")), *put.photo);
  EXPECT_EQ(sync("back").embedded, 0);
}

TEST_F(Syncs, CopyIntoAnotherCluster) {
  folder_.write("photos/broken.jpg", "this is no photo");
  std::string table = "id,colour,price,note\n";
  for (int i = 0; i < 12; ++i) {
    table += "p" + std::to_string(i) + ",\"Navy, Blue\"," + std::to_string(i * 5) + ".50," +
             (i == 4 ? std::string(40'000, 'x') : "") + "\n";
  }
  SyncOptions options;
  options.attributes = folder_.write("styles.csv", table + "nothing,Red,1,\n");
  sync("there", options);
  const auto there = open("there");
  ItemChange put;
  put.id = "uploaded";
  put.photo = std::make_shared<Bytes>(*read_file(photos() / "p1.jpg", 1 << 20));
  put.descriptors = **there->describe(*put.photo, {});
  put.url = "http://shop.example/up.jpg";
  ASSERT_TRUE(there->change({put}, Clock::now() + std::chrono::seconds(20)).front());

  const test::OpenSearchCluster other(1);
  EngineSettings settings;
  settings.distribution = *parse_engine(test::OpenSearchNode::product());
  settings.urls = {other.url(0)};
  settings.alias = "moved";
  settings.replicas = 0;
  settings.shards = 3;
  // With another network: an empty collection takes that of what is copied.
  ASSERT_TRUE(create_remote(data(), "moved", settings, other_network_));
  const Result<CopyReport> copied = copy_collection(data(), "there", "moved", {});
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(copied->items, 14);
  EXPECT_EQ(copied->photos, 1);
  EXPECT_EQ(copied->refused, 0);
  const std::map<std::string, Json> before = documents("there");
  const std::map<std::string, Json> after = documents("moved");
  EXPECT_EQ(before.size(), 16U);  // items, the row without a photo, the settings
  for (const auto& [id, source] : before) {
    ASSERT_TRUE(after.contains(id)) << source;
    EXPECT_EQ(after.at(id), source);
  }
  EXPECT_EQ(after.size(), before.size());
  expect_same_catalogues("there", "moved");
  EXPECT_EQ(*open("moved")->photo(**open("moved")->item("uploaded")), *put.photo);
  EXPECT_EQ(sync("moved", options).embedded, 0);
  const Result<CopyReport> twice = copy_collection(data(), "there", "moved", {});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::kConflict);
  EXPECT_EQ(copy_collection(data(), "there", "there", {}).error().code, ErrorCode::kConflict);
}

TEST_F(Syncs, KilledAtAnyMomentGoOn) {
  sync("here");
  for (int round = 0; round < 8; ++round) {
    const ::pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      SyncOptions options;
      options.batch_items = 2;
      (void)try_sync("there", options).ok();
      ::_exit(0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(40 + 45 * round));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
  }
  const SyncReport report = sync("there");
  EXPECT_EQ(report.failed, 0);
  expect_same_catalogues();
  expect_same_answers({{}, {"p0.jpg"}}, {});
}

TEST_F(Syncs, WriteDownWhatTheClusterRefuses) {
  // One value longer than any document may be for the mapping's number field is fine; a name of an
  // attribute beyond the limit of fields is not, and neither may lose the others.
  std::string table = "id,note\n";
  for (int i = 0; i < 12; ++i)
    table += "p" + std::to_string(i) + "," + std::string(40'000, 'x') + "\n";
  SyncOptions options;
  options.attributes = folder_.write("styles.csv", table);
  EXPECT_EQ(sync_both(options).added, 12);
  SearchOptions search;
  search.filter = "note='" + std::string(40'000, 'x') + "'";
  expect_same_answers({{}, {"p0.jpg"}}, search);
}

}  // namespace semblance::remote
