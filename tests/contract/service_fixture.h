#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "contract/http_client.h"
#include "contract/openapi_check.h"
#include "server/service.h"
#include "support/temporary_folder.h"

namespace semblance::test {

/// A server on loopback with a collection "default" of twelve photos, and a stand-in for the
/// network. Every answer is compared with what openapi.json says of it.
class ServiceFixture : public ::testing::Test {
 protected:
  static constexpr int kPhotos = 12;

  void SetUp() override;
  void TearDown() override;

  /// Starts the server with what `change` makes of the usual options.
  void start(const std::function<void(server::ServiceOptions&)>& change = {});

  ClientAnswer ask(const ClientRequest& request) const;
  ClientAnswer get(const std::string& target) const { return ask({"GET", target}); }
  ClientAnswer post(const std::string& target, const nlohmann::json& body) const {
    return send_json("POST", target, body);
  }
  ClientAnswer send_json(const std::string& method, const std::string& target,
                         const nlohmann::json& body) const;

  /// The ids of an answer's hits.
  static std::vector<std::string> ids(const ClientAnswer& answer);
  /// The bytes of a photo that looks like make_scene(variant).
  static std::string photo(int variant);
  /// The id of the photo that the fixture's source has for `variant`.
  static std::string id(int variant) { return "photo-" + std::to_string(variant) + ".jpg"; }

  /// Waits until `condition`, which it asks every few milliseconds; a minute at most.
  static bool eventually(const std::function<bool()>& condition);

  [[nodiscard]] std::filesystem::path photos() const { return folder_.path() / "photos"; }
  [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "data"; }

  TemporaryFolder folder_;
  std::string network_;
  std::atomic<int> embedded_{0};
  std::function<void()> before_embedding_;
  std::unique_ptr<server::Service> service_;
  nlohmann::json openapi_;
};

inline constexpr const char* kSearch = "/v1/collections/default/search";
inline constexpr const char* kItems = "/v1/collections/default/items/";

}  // namespace semblance::test
