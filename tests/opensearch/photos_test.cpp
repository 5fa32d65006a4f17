// Photos with an address, as servers on other machines than the one that synced them show them.
#include <thread>
#include <vector>

#include "image/encode.h"
#include "opensearch/engines.h"
#include "support/dummy_network.h"
#include "support/http_server.h"
#include "support/picture_files.h"

namespace semblance::remote {

using test::serve_photo;

class PhotosOfAddresses : public BothEngines {
 protected:
  void SetUp() override {
    BothEngines::SetUp();
    if (IsSkipped()) return;
    std::string list = "id,image\n";
    for (int i = 0; i < kPhotos; ++i) {
      server_.on(target(i), serve_photo({jpeg(i), "\"" + std::to_string(i) + "\""}));
      list += std::to_string(i) + "," + server_.url(target(i)) + "\n";
    }
    list_ = folder_.write("list.csv", list).string();
    EXPECT_EQ(sync_from("there", data()).added, kPhotos);
  }

  SyncReport sync_from(const std::string& collection, const std::filesystem::path& data) {
    SyncOptions options;
    options.sources = {list_};
    options.fetch.allow_private = true;
    options.fetch.retries = 0;
    SyncHooks hooks;
    hooks.open_embedder = [this](const ModelCard& card) {
      return test::open_counting_embedder(card, embedded_);
    };
    const Result<SyncReport> report = sync_any(data, collection, options, hooks, {});
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : SyncReport{};
  }

  /// The collection as another machine has it, under another name.
  std::unique_ptr<LiveCollection> elsewhere(bool allow_private = true) const {
    if (!std::filesystem::exists(elsewhere_data())) {
      EngineSettings settings;
      settings.distribution = *parse_engine(test::OpenSearchNode::product());
      settings.urls = *parse_urls(url());
      settings.alias = alias_;
      const Result<CreatedRemote> joined = create_remote(elsewhere_data(), "shop", settings, "");
      EXPECT_TRUE(joined) << joined.error().message;
    }
    return open_at(elsewhere_data(), "shop", allow_private);
  }
  static std::unique_ptr<LiveCollection> open_at(const std::filesystem::path& data,
                                                 const std::string& name,
                                                 bool allow_private = true) {
    LiveOptions options;
    options.fetch.allow_private = allow_private;
    Result<std::unique_ptr<LiveCollection>> opened = open_live(data, name, options);
    EXPECT_TRUE(opened) << opened.error().message;
    return *std::move(opened);
  }

  [[nodiscard]] std::filesystem::path elsewhere_data() const {
    return folder_.path() / "elsewhere";
  }
  static Result<std::string> photo(const LiveCollection& collection, int number) {
    const auto item = collection.item(std::to_string(number));
    if (!item) return item.error();
    const Result<Bytes> bytes = collection.photo(**item, Clock::now() + std::chrono::seconds(20));
    if (!bytes) return bytes.error();
    return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }
  static std::string jpeg(int variant) {
    const std::vector<std::byte> bytes = encode_jpeg(test::make_scene(variant), 90);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  static std::string target(int number) { return "/" + std::to_string(number) + ".jpg"; }
  [[nodiscard]] std::size_t asked(int number) const {
    return server_.requests(target(number)).size();
  }

  static constexpr int kPhotos = 6;
  test::HttpServer server_;
  std::string list_;
};

TEST_F(PhotosOfAddresses, AreFetchedOnceByAServerThatDidNotSyncThem) {
  ASSERT_EQ(*photo(*open("there"), 2), jpeg(2));
  EXPECT_EQ(asked(2), 1U);  // kept where it was synced
  const auto another = elsewhere();
  std::vector<std::thread> threads(8);
  for (std::thread& thread : threads) {
    thread = std::thread([&] {
      const Result<std::string> got = photo(*another, 2);
      EXPECT_TRUE(got && *got == jpeg(2)) << (got ? "" : got.error().message);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(asked(2), 2U);
  EXPECT_EQ(*photo(*elsewhere(), 2), jpeg(2));  // as after a restart
  EXPECT_EQ(asked(2), 2U);
}

TEST_F(PhotosOfAddresses, AreOnlyShownAsTheyWereIndexed) {
  const auto another = elsewhere();
  ASSERT_TRUE(photo(*another, 1));
  server_.on(target(1), serve_photo({jpeg(31), "\"31\""}));
  server_.on(target(3), serve_photo({jpeg(33), "\"33\""}));
  EXPECT_EQ(*photo(*another, 1), jpeg(1));
  const Result<std::string> refused = photo(*another, 3);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMissingFile);
  EXPECT_NE(refused.error().message.find("semblance sync"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(sync_from("there", data()).changed, 2);
  EXPECT_EQ(*photo(*another, 1), jpeg(31));
  EXPECT_EQ(*photo(*another, 3), jpeg(33));
  // What "there" kept from its own sync is not what was indexed since.
  server_.on(target(3), serve_photo({jpeg(34), "\"34\""}));
  EXPECT_EQ(sync_from("shop", elsewhere_data()).changed, 1);
  EXPECT_EQ(*photo(*open_at(data(), "there"), 3), jpeg(34));
}

TEST_F(PhotosOfAddresses, SayWhatIsNeededWhereTheyCannotBeHad) {
  server_.on(target(4), test::answer(404, {}, "gone"));
  const auto another = elsewhere();
  for (int i = 0; i < 3; ++i) {
    const Result<std::string> gone = photo(*another, 4);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, ErrorCode::kHttpError);
    EXPECT_NE(gone.error().message.find("another machine downloaded"), std::string::npos);
  }
  EXPECT_EQ(asked(4), 2U);
  const Result<std::string> refused = photo(*elsewhere(false), 5);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("--allow-private"), std::string::npos);
  EXPECT_EQ(asked(5), 1U);
}

}  // namespace semblance::remote
