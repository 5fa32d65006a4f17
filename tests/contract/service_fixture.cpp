#include "contract/service_fixture.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "image/encode.h"
#include "remote/any_engine.h"
#include "support/dummy_network.h"
#include "support/fake_embedder.h"
#include "support/picture_files.h"

namespace semblance::test {

namespace {

std::string from_environment(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? "" : text;
}

/// The cluster in which the tests keep their collection; empty: it is one of this machine.
std::string cluster_url() {
  return from_environment("SEMBLANCE_TEST_ENGINE_URL");
}

}  // namespace

void ServiceFixture::SetUp() {
  network_ = add_dummy_network(folder_.path() / "networks", FakeEmbedder().card());
  if (!cluster_url().empty()) {
    remote::EngineSettings settings;
    settings.distribution =
        *remote::parse_engine(from_environment("SEMBLANCE_TEST_ENGINE_PRODUCT"));
    settings.urls = {cluster_url()};
    settings.alias = "rest-" + std::to_string(::getpid());
    settings.replicas = 0;
    const auto created = remote::create_remote(data(), "default", settings, network_);
    ASSERT_TRUE(created) << created.error().message;
  }
  std::string table = "id,articleType,price,colour\n";
  for (int i = 0; i < kPhotos; ++i) {
    folder_.write("photos/" + id(i), photo(i));
    table += "photo-" + std::to_string(i) + "," + (i % 2 == 0 ? "Shoes" : "Bags") + "," +
             std::to_string(10 * i) + "," + (i % 3 == 0 ? "Red" : "Blue") + "\n";
  }
  SyncOptions options;
  options.sources = {photos().string()};
  options.attributes = folder_.write("styles.csv", table);
  options.model = network_;
  SyncHooks hooks;
  hooks.open_embedder = [this](const ModelCard& card) {
    return open_counting_embedder(card, embedded_, before_embedding_);
  };
  const Result<SyncReport> report = remote::sync_any(data(), "default", options, hooks, {});
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->added, kPhotos);
}

void ServiceFixture::TearDown() {
  service_.reset();
  if (!cluster_url().empty()) {
    const Status deleted = remote::delete_any(data(), "default", false);
    EXPECT_TRUE(deleted || deleted.error().code == ErrorCode::kNotFound) << deleted.error().message;
  }
}

void ServiceFixture::start(const std::function<void(server::ServiceOptions&)>& change) {
  service_.reset();
  server::ServiceOptions options;
  options.data_folder = data();
  options.http.port = 0;
  options.live.open_embedder = [this](const ModelCard& card) {
    return open_counting_embedder(card, embedded_, before_embedding_);
  };
  options.photos.fetch.allow_private = true;
  options.live.fetch.allow_private = true;
  if (change) change(options);
  Result<std::unique_ptr<server::Service>> service = server::Service::start(options);
  ASSERT_TRUE(service) << service.error().message;
  service_ = *std::move(service);
  openapi_ = send(service_->port(), {"GET", "/openapi.json"}).json();
  ASSERT_TRUE(openapi_.is_object());
}

ClientAnswer ServiceFixture::ask(const ClientRequest& request) const {
  ClientAnswer answer = send(service_->port(), request);
  for (const std::string& contradiction : contradictions(openapi_, request, answer)) {
    ADD_FAILURE() << request.method << " " << request.target << " -> " << answer.status << ": "
                  << contradiction << "\n"
                  << answer.body.substr(0, 1000);
  }
  EXPECT_FALSE(answer.field("x-request-id").empty());
  return answer;
}

ClientAnswer ServiceFixture::send_json(const std::string& method, const std::string& target,
                                       const nlohmann::json& body) const {
  return ask({method, target, body.dump(), {{"Content-Type", "application/json"}}});
}

std::vector<std::string> ServiceFixture::ids(const ClientAnswer& answer) {
  std::vector<std::string> list;
  const nlohmann::json json = answer.json();
  if (!json.is_object() || !json.contains("hits")) return list;
  for (const nlohmann::json& hit : json["hits"]) list.push_back(hit["id"].get<std::string>());
  return list;
}

std::string ServiceFixture::photo(int variant) {
  const std::vector<std::byte> jpeg = encode_jpeg(make_scene(variant), 90);
  return {reinterpret_cast<const char*>(jpeg.data()), jpeg.size()};
}

bool ServiceFixture::eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 6'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace semblance::test
