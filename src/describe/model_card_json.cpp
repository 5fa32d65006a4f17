#include <charconv>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "describe/model_card.h"

namespace semblance {

namespace {

using nlohmann::ordered_json;

constexpr int kLargestSide = 4096;
constexpr int kLargestDimension = 65536;
constexpr std::size_t kLongestText = 256;

/// A field that is missing or wrong. Thrown and caught in this file only: reading a card is a long
/// row of checks, each of which ends it.
struct BadField {
  std::string message;
};

/// An object of the card with the path of its name, for messages: "input.mean".
class Fields {
 public:
  Fields(const ordered_json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object_.is_object()) {
      throw BadField{path_.empty() ? "the text is not a JSON object"
                                   : "'" + path_ + "' is not an object"};
    }
  }

  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }

  [[nodiscard]] std::string name_of(const char* key) const {
    return path_.empty() ? key : path_ + "." + key;
  }

  [[noreturn]] void refuse(const char* key, const std::string& what) const {
    throw BadField{"'" + name_of(key) + "' " + what};
  }

  [[nodiscard]] const ordered_json& get(const char* key) const {
    if (!has(key)) refuse(key, "is missing");
    return object_.at(key);
  }

  [[nodiscard]] std::string text(const char* key) const {
    const ordered_json& value = get(key);
    if (!value.is_string()) refuse(key, "is not a text");
    auto text = value.get<std::string>();
    if (text.empty()) refuse(key, "is empty");
    if (text.size() > kLongestText) refuse(key, "is too long");
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) refuse(key, "has control characters");
    }
    return text;
  }

  [[nodiscard]] std::string optional_text(const char* key) const {
    if (!has(key) || object_.at(key) == ordered_json("")) return {};
    return text(key);
  }

  /// A file beside the card: a name, never a path out of the folder.
  [[nodiscard]] std::string file_name(const char* key) const {
    auto name = text(key);
    if (name.find('/') != std::string::npos || name.front() == '.') {
      refuse(key, "is not a plain file name");
    }
    return name;
  }

  [[nodiscard]] std::string sha256(const char* key) const {
    auto digest = text(key);
    if (digest.size() != 64 || digest.find_first_not_of("0123456789abcdef") != std::string::npos) {
      refuse(key, "is not 64 lower-case hexadecimal digits");
    }
    return digest;
  }

  [[nodiscard]] std::uint64_t bytes(const char* key) const {
    const ordered_json& value = get(key);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() == 0) {
      refuse(key, "is not a whole number above 0");
    }
    return value.get<std::uint64_t>();
  }

  [[nodiscard]] int integer(const char* key, int largest) const {
    const ordered_json& value = get(key);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() == 0 ||
        value.get<std::uint64_t>() > static_cast<std::uint64_t>(largest)) {
      refuse(key, "is not a whole number from 1 to " + std::to_string(largest));
    }
    return value.get<int>();
  }

  [[nodiscard]] bool boolean(const char* key) const {
    const ordered_json& value = get(key);
    if (!value.is_boolean()) refuse(key, "is neither true nor false");
    return value.get<bool>();
  }

  [[nodiscard]] std::array<float, 3> three_numbers(const char* key) const {
    const ordered_json& value = get(key);
    std::array<float, 3> numbers{};
    if (!value.is_array() || value.size() != numbers.size()) refuse(key, "is not three numbers");
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (!value[i].is_number()) refuse(key, "is not three numbers");
      const auto number = value[i].get<double>();
      if (std::abs(number) > 1e6) refuse(key, "has a number out of range");
      numbers[i] = static_cast<float>(number);
    }
    return numbers;
  }

  template <typename T>
  [[nodiscard]] T one_of(const char* key,
                         std::initializer_list<std::pair<const char*, T>> choices) const {
    const std::string given = text(key);
    std::string known;
    for (const auto& [name, value] : choices) {
      if (given == name) return value;
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    refuse(key, "is '" + given + "' and not one of " + known);
  }

  [[nodiscard]] Fields object(const char* key) const { return {get(key), name_of(key)}; }

 private:
  const ordered_json& object_;
  std::string path_;
};

constexpr std::initializer_list<std::pair<const char*, ChannelOrder>> kChannels{
    {"rgb", ChannelOrder::kRgb}, {"bgr", ChannelOrder::kBgr}};
constexpr std::initializer_list<std::pair<const char*, TensorLayout>> kLayouts{
    {"nchw", TensorLayout::kNchw}, {"nhwc", TensorLayout::kNhwc}};
constexpr std::initializer_list<std::pair<const char*, ResizeRule>> kResizeRules{
    {"squash", ResizeRule::kSquash},
    {"crop", ResizeRule::kCrop},
    {"letterbox", ResizeRule::kLetterbox}};
constexpr std::initializer_list<std::pair<const char*, ResizeFilter>> kFilters{
    {"area", ResizeFilter::kArea},
    {"bilinear", ResizeFilter::kBilinear},
    {"bicubic", ResizeFilter::kBicubic}};

template <typename T>
const char* name_in(std::initializer_list<std::pair<const char*, T>> choices, T value) {
  for (const auto& [name, choice] : choices) {
    if (choice == value) return name;
  }
  return "";
}

ModelInput read_input(const Fields& fields) {
  ModelInput input;
  input.name = fields.text("name");
  input.width = fields.integer("width", kLargestSide);
  input.height = fields.integer("height", kLargestSide);
  input.channels = fields.one_of("channels", kChannels);
  input.layout = fields.one_of("layout", kLayouts);
  input.normalisation.mean = fields.three_numbers("mean");
  input.normalisation.std = fields.three_numbers("std");
  for (const float std : input.normalisation.std) {
    if (std < 1e-6F) fields.refuse("std", "has a number that is not above 0");
  }
  input.resize = fields.one_of("resize", kResizeRules);
  if (input.resize == ResizeRule::kCrop || fields.has("short_side")) {
    input.short_side = fields.integer("short_side", kLargestSide);
  }
  if (input.resize == ResizeRule::kCrop && input.short_side < std::max(input.width, input.height)) {
    fields.refuse("short_side", "is smaller than the centre that is cut out");
  }
  input.filter = fields.one_of("filter", kFilters);
  return input;
}

ModelOutput read_output(const Fields& fields) {
  ModelOutput output;
  output.name = fields.text("name");
  output.dimension = fields.integer("dimension", kLargestDimension);
  output.normalised = fields.boolean("normalised");
  return output;
}

std::vector<ModelData> read_data(const Fields& fields, const std::string& onnx_file) {
  const ordered_json& list = fields.get("data");
  if (!list.is_array()) fields.refuse("data", "is not a list");
  std::vector<ModelData> data;
  std::set<std::string> names{onnx_file};
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Fields entry(list[i], "data[" + std::to_string(i) + "]");
    ModelData file;
    file.file = entry.file_name("file");
    if (!names.insert(file.file).second) entry.refuse("file", "is named twice");
    file.sha256 = entry.sha256("sha256");
    file.bytes = entry.bytes("bytes");
    file.package = entry.optional_text("package");
    file.licence = entry.optional_text("licence");
    data.push_back(std::move(file));
  }
  return data;
}

ModelCard read_card(const Fields& fields) {
  ModelCard card;
  card.name = fields.text("name");
  if (card.name.front() == '.' || card.name.find('/') != std::string::npos) {
    fields.refuse("name", "is not a plain name");
  }
  card.version = fields.text("version");
  card.file = fields.file_name("file");
  card.sha256 = fields.sha256("sha256");
  card.bytes = fields.bytes("bytes");
  card.licence = fields.text("licence");
  card.input = read_input(fields.object("input"));
  card.output = read_output(fields.object("output"));
  if (fields.has("colour")) {
    card.colour = read_output(fields.object("colour"));
    if (card.colour->name == card.output.name) {
      fields.object("colour").refuse("name", "is the same as 'output.name'");
    }
  }
  if (fields.has("data")) card.data = read_data(fields, card.file);
  if (fields.has("projection")) {
    const Fields projection = fields.object("projection");
    card.projection = CardProjection{projection.integer("dimension", card.output.dimension),
                                     projection.sha256("sha256")};
  }
  return card;
}

/// The shortest decimal that gives this float again, as JSON: 123.675 and not 123.6750030517578.
ordered_json number(float value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size() - 1, value).ptr;
  *end = '\0';
  return std::strtod(text.data(), nullptr);
}

ordered_json numbers(const std::array<float, 3>& values) {
  return {number(values[0]), number(values[1]), number(values[2])};
}

ordered_json output_json(const ModelOutput& output) {
  return {
      {"name", output.name}, {"dimension", output.dimension}, {"normalised", output.normalised}};
}

}  // namespace

Result<ModelCard> parse_model_card(std::string_view json, std::string_view source_name) {
  const auto refused = [&](const std::string& what) {
    return Error{ErrorCode::kInvalidArgument,
                 "model card '" + std::string(source_name) + "': " + what};
  };
  try {
    return read_card(Fields(ordered_json::parse(json), ""));
  } catch (const BadField& field) {
    return refused(field.message);
  } catch (const nlohmann::json::exception& exception) {
    return refused(exception.what());
  }
}

std::string to_json(const ModelCard& card) {
  ordered_json json{{"name", card.name},     {"version", card.version}, {"file", card.file},
                    {"sha256", card.sha256}, {"bytes", card.bytes},     {"licence", card.licence}};
  json["input"] = {{"name", card.input.name},
                   {"width", card.input.width},
                   {"height", card.input.height},
                   {"channels", name_in(kChannels, card.input.channels)},
                   {"layout", name_in(kLayouts, card.input.layout)},
                   {"mean", numbers(card.input.normalisation.mean)},
                   {"std", numbers(card.input.normalisation.std)},
                   {"resize", name_in(kResizeRules, card.input.resize)}};
  if (card.input.short_side > 0) json["input"]["short_side"] = card.input.short_side;
  json["input"]["filter"] = name_in(kFilters, card.input.filter);
  json["output"] = output_json(card.output);
  if (card.colour) json["colour"] = output_json(*card.colour);
  if (!card.data.empty()) json["data"] = ordered_json::array();
  for (const ModelData& data : card.data) {
    json["data"].push_back({{"file", data.file},
                            {"sha256", data.sha256},
                            {"bytes", data.bytes},
                            {"package", data.package},
                            {"licence", data.licence}});
  }
  if (card.projection) {
    json["projection"] = {{"dimension", card.projection->dimension},
                          {"sha256", card.projection->sha256}};
  }
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace semblance
