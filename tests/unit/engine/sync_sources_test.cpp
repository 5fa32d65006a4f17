// Syncs from tables and from photos with an address.
#include "fetch/photo_cache.h"
#include "support/http_server.h"
#include "support/test_data.h"
#include "sync_fixture.h"

namespace semblance::test {
namespace {

using Outcomes = std::map<std::string, std::string>;

std::string jpeg(int variant) {
  const Bytes bytes = encode_jpeg(make_scene(variant), 90);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class SyncSources : public SyncFixture {
 protected:
  void use_table(const std::string& content) {
    options_.sources = {folder_.write("styles.csv", content).string()};
    options_.source.images = photos();
  }

  void use_addresses(const std::vector<std::string>& urls) {
    std::string list;
    for (const std::string& url : urls) list += url + "\n";
    options_.sources = {folder_.write("photos.txt", list).string()};
    options_.fetch.allow_private = true;
    options_.fetch.retries = 0;
  }
};

TEST_F(SyncSources, ATableGivesItemsProductsAndAttributes) {
  add_photo("1.jpg", 1);
  add_photo("2.jpg", 2);
  use_table("id,product,articleType\n1,P,Shirts\n2,P,Shoes, laced\n3,Q,Bags\n4\n");
  const SyncReport report = sync();
  EXPECT_EQ(report.seen, 4);
  EXPECT_EQ(report.added, 2);
  EXPECT_EQ(report.failed, 2);
  EXPECT_EQ(outcomes(), (Outcomes{{"1", "indexed"},
                                  {"2", "indexed"},
                                  {"3", "failed missing_file"},
                                  {"4", "failed bad_row"}}));
  const Collection collection = open();
  const auto item = collection.catalogue().item_by_id("2");
  ASSERT_TRUE(item && *item);
  EXPECT_EQ((*item)->product, "P");
  EXPECT_EQ(*collection.catalogue().attributes((*item)->key),
            (Attributes{{"articleType", "Shoes, laced"}}));
}

TEST_F(SyncSources, ARowWhosePhotoIsGoneIsNoLongerFound) {
  add_photos(6);
  use_table("id\n0\n1\n2\n3\n4\n5\n");
  EXPECT_EQ(sync().added, 6);
  std::filesystem::remove(photos() / "3.jpg");
  const SyncReport report = sync();
  EXPECT_EQ(report.unchanged, 5);
  EXPECT_EQ(report.failed, 1);
  EXPECT_EQ(report.removed, 0);
  EXPECT_EQ(search(photos() / "2.jpg").size(), 5U);
  add_photo("3.jpg", 3);
  EXPECT_EQ(sync().changed, 1);
  EXPECT_EQ(search(photos() / "2.jpg").size(), 6U);
}

TEST_F(SyncSources, ChangedAttributesNeedNoEmbedding) {
  add_photo("1.jpg", 1);
  use_table("id,colour\n1,red\n");
  sync();
  const int calls = calls_;
  use_table("id,colour\n1,blue\n");
  EXPECT_EQ(sync().unchanged, 1);
  EXPECT_EQ(calls_, calls);
  EXPECT_EQ(open().catalogue().values("colour")->front().second, "blue");
}

TEST_F(SyncSources, AnIdNamedTwiceIsAProblemAndTheFirstCounts) {
  add_photo("1.jpg", 1);
  use_table("id,colour\n1,red\n1,blue\n");
  const SyncReport report = sync();
  EXPECT_EQ(report.seen, 2);
  EXPECT_EQ(report.failed, 1);
  EXPECT_EQ(open().catalogue().values("colour")->front().second, "red");
}

TEST_F(SyncSources, ASecondSyncOfAddressesDownloadsNothing) {
  HttpServer server;
  server.on("/a.jpg", serve_photo({jpeg(1), "\"one\""}));
  server.on("/b.jpg", serve_photo({jpeg(2), "\"two\""}));
  server.on("/page.jpg", answer(200, {{"Content-Type", "image/jpeg"}}, "<html>sorry</html>"));
  use_addresses({server.url("/a.jpg"), server.url("/b.jpg"), server.url("/page.jpg"),
                 server.url("/none.jpg")});
  const SyncReport first = sync();
  EXPECT_EQ(first.added, 2);
  EXPECT_EQ(first.failed, 2);
  const SyncReport second = sync();
  EXPECT_EQ(second.unchanged, 2);
  EXPECT_EQ(second.failed, 2);
  EXPECT_EQ(second.embedded, 0);
  ASSERT_EQ(server.requests("/a.jpg").size(), 2U);
  EXPECT_EQ(server.requests("/a.jpg")[1].header("if-none-match"), "\"one\"");
  expect_sound_vectors();
}

TEST_F(SyncSources, APhotoThatChangedAtItsAddressIsEmbeddedAgain) {
  HttpServer server;
  server.on("/a.jpg", serve_photo({jpeg(1), "\"one\""}));
  use_addresses({server.url("/a.jpg")});
  sync();
  server.on("/a.jpg", serve_photo({jpeg(2), "\"two\""}));
  const SyncReport report = sync();
  EXPECT_EQ(report.changed, 1);
  EXPECT_EQ(report.embedded, 1);
}

TEST_F(SyncSources, AServerThatIsAwayTakesNothingFromTheCollection) {
  HttpServer server;
  server.on("/a.jpg", serve_photo({jpeg(1), "\"one\""}));
  use_addresses({server.url("/a.jpg")});
  sync();
  server.on("/a.jpg", answer(503, {}, "later"));
  const SyncReport report = sync();
  EXPECT_EQ(report.failed, 1);
  EXPECT_EQ(open().catalogue().counts()->items, 1);
  ASSERT_EQ(open().catalogue().problems()->size(), 1U);
  EXPECT_EQ(open().catalogue().problems()->front().reason, "http_error");
  server.on("/a.jpg", serve_photo({jpeg(1), "\"one\""}));
  EXPECT_EQ(sync().unchanged, 1);
  EXPECT_TRUE(open().catalogue().problems()->empty());
}

TEST_F(SyncSources, PrivateAddressesAreRefusedUnlessAllowed) {
  HttpServer server;
  server.on("/a.jpg", serve_photo({jpeg(1)}));
  use_addresses({server.url("/a.jpg")});
  options_.fetch.allow_private = false;
  EXPECT_EQ(sync().failed, 1);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(SyncSources, DownloadsThatNoItemNeedsAreRemoved) {
  HttpServer server;
  server.on("/a.jpg", serve_photo({jpeg(1)}));
  server.on("/b.jpg", serve_photo({jpeg(2)}));
  use_addresses({server.url("/a.jpg"), server.url("/b.jpg")});
  sync();
  use_addresses({server.url("/a.jpg")});
  options_.yes = true;
  EXPECT_EQ(sync().removed, 1);
  const PhotoCache cache(data() / "collections" / "default" / "photos");
  EXPECT_TRUE(cache.find(server.url("/a.jpg")));
  EXPECT_FALSE(cache.find(server.url("/b.jpg")));
}

/// As a program that was started in a folder.
class StartedIn {
 public:
  explicit StartedIn(const std::filesystem::path& folder) { std::filesystem::current_path(folder); }
  ~StartedIn() { std::filesystem::current_path(before_); }
  StartedIn(const StartedIn&) = delete;
  StartedIn& operator=(const StartedIn&) = delete;

 private:
  const std::filesystem::path before_ = std::filesystem::current_path();
};

TEST_F(SyncSources, WhereEachPhotoIsHoldsForProgramsThatStartElsewhere) {
  HttpServer server;
  server.on("/a.jpg", serve_photo({jpeg(1)}));
  use_addresses({server.url("/a.jpg")});
  add_photo("1.jpg", 1);
  add_photo("2.jpg", 2);
  folder_.write("styles.csv", "id,image\n1,1.jpg\n2,photos/2.jpg\n");
  options_.yes = true;
  using Sources = std::vector<std::string>;
  for (const Sources& sources : {Sources{"photos.txt"}, Sources{"./photos/../photos"},
                                 Sources{"styles.csv"}, Sources{"photos", "styles.csv"}}) {
    options_.sources = sources;
    options_.source.images.reset();
    if (sources.back() == "styles.csv") options_.source.images = "photos";
    const StartedIn folder(folder_.path());
    const auto report = sync_collection("data", "default", options_, hooks_);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_GT(report->added + report->renamed + report->unchanged, 0) << sources[0];
    const auto collection = Collection::open("data", "default");
    ASSERT_TRUE(collection);
    const auto ids = collection->catalogue().indexed_ids();
    ASSERT_TRUE(ids);
    EXPECT_FALSE(ids->empty());
    for (const auto& [key, id] : *ids) {
      const std::filesystem::path path = (**collection->catalogue().item(key)).path;
      EXPECT_TRUE(path.is_absolute()) << path;
      EXPECT_EQ(path, path.lexically_normal());
      EXPECT_TRUE(std::filesystem::exists(path)) << path;
    }
  }
}

TEST_F(SyncSources, TheFashionTableEndsAsItsListSays) {
  SEMBLANCE_TEST_DATA_OR_SKIP(data_root);
  options_.sources = {(data_root / "data" / "fashion-styles.csv").string()};
  options_.source.images = data_root / "data" / "fashion";
  options_.dry_run = true;
  const SyncReport report = sync();
  EXPECT_EQ(report.seen, 2988);
  EXPECT_EQ(report.added, 2946);
  EXPECT_EQ(report.failed, 42);
}

}  // namespace
}  // namespace semblance::test
