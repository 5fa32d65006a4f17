#include "contract/openapi_check.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace semblance::test {

namespace {

using nlohmann::json;

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::istringstream stream(path.substr(0, path.find('?')));
  for (std::string part; std::getline(stream, part, '/');) parts.push_back(part);
  return parts;
}

bool fits(const std::string& pattern, const std::string& target) {
  const std::vector<std::string> wanted = parts_of(pattern);
  const std::vector<std::string> given = parts_of(target);
  return wanted.size() == given.size() &&
         std::equal(wanted.begin(), wanted.end(), given.begin(),
                    [](const std::string& a, const std::string& b) {
                      return a.starts_with('{') ? !b.empty() : a == b;
                    });
}

const json* operation_of(const json& openapi, const ClientRequest& request) {
  std::string method = request.method == "HEAD" ? "GET" : request.method;
  std::transform(method.begin(), method.end(), method.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& [pattern, methods] : openapi["paths"].items()) {
    if (fits(pattern, request.target) && methods.contains(method)) return &methods[method];
  }
  return nullptr;
}

json resolved(const json& openapi, const json& object) {
  if (!object.contains("$ref")) return object;
  return openapi[json::json_pointer(object["$ref"].get<std::string>().substr(1))];
}

/// The schema of an answer of this type; nothing where the document does not name the type.
const json* content_of(const json& response, const std::string& type) {
  for (const auto& [name, content] : response["content"].items()) {
    const bool any_image = name == "image/*" && type.starts_with("image/");
    if (name == type || any_image) return &content["schema"];
  }
  return nullptr;
}

std::vector<std::string> schema_errors(const json& openapi, const json& schema, const json& value) {
  // References lead to "#/components/..." of the whole document.
  const json root = {{"allOf", {schema}}, {"components", openapi["components"]}};
  valijson::Schema compiled;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(root), compiled);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(compiled, valijson::adapters::NlohmannJsonAdapter(value), &results)) {
    return {};
  }
  std::vector<std::string> errors;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    std::string place;
    for (const std::string& part : error.context) place += part;
    errors.push_back(place + ": " + error.description);
  }
  return errors;
}

}  // namespace

std::vector<std::string> contradictions(const json& openapi, const ClientRequest& request,
                                        const ClientAnswer& answer) {
  const json* const operation = operation_of(openapi, request);
  if (operation == nullptr) {
    const bool refused = answer.status == 404 || answer.status == 405 || answer.status == 403;
    if (!refused) return {"no operation for " + request.method + " " + request.target};
    return schema_errors(openapi, {{"$ref", "#/components/schemas/Error"}}, answer.json());
  }
  const std::string status = std::to_string(answer.status);
  if (!(*operation)["responses"].contains(status)) {
    return {"status " + status + " is not named for " + request.method + " " + request.target};
  }
  const json response = resolved(openapi, (*operation)["responses"][status]);
  if (!response.contains("content") || request.method == "HEAD") {
    if (answer.body.empty()) return {};
    return {"an answer without content has a body"};
  }
  std::string type = answer.field("content-type");
  type = type.substr(0, type.find(';'));
  const json* const schema = content_of(response, type);
  if (schema == nullptr) return {"type '" + type + "' is not named for status " + status};
  if (type != "application/json") return {};
  const json value = answer.json();
  if (value.is_discarded()) return {"the body is no JSON"};
  return schema_errors(openapi, *schema, value);
}

}  // namespace semblance::test
