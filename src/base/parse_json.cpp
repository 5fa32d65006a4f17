#include "base/parse_json.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace semblance {

namespace {

using nlohmann::json;

/// Makes a document of what RapidJSON reads. False: it shall stop.
class Builder {
 public:
  json take() { return std::move(root_); }

  // The names are RapidJSON's.
  bool Null() { return put(nullptr); }
  bool Bool(bool truth) { return put(truth); }
  bool RawNumber(const char* digits, rapidjson::SizeType length, bool /*copy*/) {
    const char* const end = digits + length;
    const bool whole = std::string_view(digits, length).find_first_of(".eE") == std::string::npos;
    if (whole && *digits != '-') {
      std::uint64_t number = 0;
      if (std::from_chars(digits, end, number).ec == std::errc()) return put(number);
    } else if (whole) {
      std::int64_t number = 0;
      if (std::from_chars(digits, end, number).ec == std::errc()) return put(number);
    }
    double number = 0;
    return std::from_chars(digits, end, number).ec == std::errc() && put(number);
  }
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    // An escape may say what is no character.
    return is_utf8({text, length}) && put(std::string(text, length));
  }
  bool StartObject() { return open(json::object()); }
  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    if (!is_utf8({text, length})) return false;
    member_ = &open_.back()->get_ref<json::object_t&>()[std::string(text, length)];
    return true;
  }
  bool EndObject(rapidjson::SizeType /*members*/) { return close(); }
  bool StartArray() { return open(json::array()); }
  bool EndArray(rapidjson::SizeType /*elements*/) { return close(); }

  // Numbers come as they are written.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  json& place(json value) {
    if (open_.empty()) return root_ = std::move(value);
    if (auto* const list = open_.back()->get_ptr<json::array_t*>()) {
      return list->emplace_back(std::move(value));
    }
    return *member_ = std::move(value);
  }
  bool put(json value) {
    place(std::move(value));
    return true;
  }
  bool open(json value) {
    open_.push_back(&place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  json root_;
  std::vector<json*> open_;  ///< from the outermost to the innermost
  json* member_ = nullptr;   ///< of the innermost, whose value comes next
};

}  // namespace

json parse_json(std::string_view text) {
  // Without recursion: requests choose how deep they are.
  constexpr unsigned kHow = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                            rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  Builder builder;
  if (!reader.Parse<kHow>(stream, builder).IsError()) return builder.take();
  return json::parse(text, nullptr, false);
}

}  // namespace semblance
