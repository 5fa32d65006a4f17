#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace semblance::test {

struct ClientRequest {
  std::string method = "GET";
  std::string target;  ///< path and query, percent-encoded
  std::string body{};
  std::vector<std::pair<std::string, std::string>> fields{};
};

struct ClientAnswer {
  int status = 0;                             ///< 0: there was none
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;

  /// Null where it is none.
  [[nodiscard]] nlohmann::json json() const {
    return nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  }
  [[nodiscard]] std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
  /// "not_found", ... of an error.
  [[nodiscard]] std::string code() const;
};

/// One request over a connection of its own to a server on 127.0.0.1.
ClientAnswer send(int port, const ClientRequest& request);

/// A body of multipart/form-data with its Content-Type.
class FormBody {
 public:
  FormBody& text(const std::string& name, const std::string& value);
  FormBody& file(const std::string& name, const std::string& bytes);
  /// Fills in body and Content-Type.
  [[nodiscard]] ClientRequest request(const std::string& method, const std::string& target) const;

 private:
  std::string body_;
};

/// What is not plain in an address, percent-encoded.
std::string encoded(const std::string& text);

}  // namespace semblance::test
