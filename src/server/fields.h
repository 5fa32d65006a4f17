#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/attributes.h"
#include "http/message.h"
#include "image/box.h"

namespace semblance::server {

/// The named values of a request, whether they came as JSON, in a form or behind the '?' of an
/// address: read by name and kind, each at most once. What is wrong with them is remembered, the
/// first of it, and told by finish().
class Fields {
 public:
  /// Errors: kInvalidArgument where the text is no JSON object.
  static Result<Fields> from_json(std::string_view text);
  static Fields from_object(nlohmann::json object);
  static Fields from_query(const http::Request& request);

  /// A value that came as text. Several of one name make a list.
  void add_text(const std::string& name, std::string text);

  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }

  std::optional<double> number(const std::string& name, double least, double most);
  std::optional<std::int64_t> integer(const std::string& name, std::int64_t least,
                                      std::int64_t most);
  std::optional<bool> boolean(const std::string& name);
  /// Valid UTF-8 without NUL, of at most `longest` characters.
  std::optional<std::string> text(const std::string& name, std::size_t longest = 2'500);
  /// Empty where there is none.
  std::string one_of(const std::string& name, std::initializer_list<std::string_view> values);
  /// None of them empty, or of more than `longest` characters.
  std::vector<std::string> texts(const std::string& name, std::size_t most,
                                 std::size_t longest = 1'000);
  /// Finite numbers.
  std::optional<std::vector<float>> numbers(const std::string& name, std::size_t most);
  /// [x, y, width, height], or "x,y,width,height".
  std::optional<Box> box(const std::string& name);
  /// An object of texts, numbers, booleans and lists of texts (joined by ", "); null where
  /// `removed` is given: its names are added there.
  std::optional<Attributes> attributes(const std::string& name,
                                       std::vector<std::string>* removed = nullptr);
  /// As it is: for objects inside objects.
  std::optional<nlohmann::json> object(const std::string& name);
  std::optional<nlohmann::json> list(const std::string& name, std::size_t most);

  /// Errors: kInvalidArgument: a value of a wrong kind or out of range, or one that nobody read.
  Status finish() const;

  /// All values, for digests.
  [[nodiscard]] const nlohmann::json& values() const { return values_; }

 private:
  const nlohmann::json* take(const std::string& name);
  void refuse(const std::string& name, const std::string& reason);
  std::optional<double> as_number(const nlohmann::json& value) const;
  /// The value, or what it says where it is a text: that is put into `parsed`. Null: no JSON.
  const nlohmann::json* as_json(const nlohmann::json& value, nlohmann::json& parsed) const;

  nlohmann::json values_ = nlohmann::json::object();
  bool from_text_ = false;
  std::set<std::string> read_;
  std::optional<Error> error_;
};

}  // namespace semblance::server
