#include "render/template.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/file.h"
#include "base/sha256.h"
#include "render/palette.h"

namespace semblance::demo {
namespace {

constexpr std::uint64_t kMaxTemplateBytes = 1 << 20;

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, separator);) {
    if (auto word = trimmed(part); !word.empty()) parts.push_back(std::move(word));
  }
  return parts;
}

// "sleeve=60 hem=340"
Status read_parameters(std::string_view text,
                       std::map<std::string, double, std::less<>>& parameters) {
  for (const std::string& word : split(text, ' ')) {
    const std::size_t equals = word.find('=');
    double value = 0;
    if (equals != std::string::npos) {
      const char* const end = word.data() + word.size();
      const auto parsed = std::from_chars(word.data() + equals + 1, end, value);
      if (parsed.ec == std::errc() && parsed.ptr == end) {
        parameters[word.substr(0, equals)] = value;
        continue;
      }
    }
    return Error{ErrorCode::kInvalidArgument, "'" + word + "' is not of the form name=number"};
  }
  return {};
}

Status set_field(Template& drawing, const std::string& key, const std::string& value,
                 std::map<std::string, double, std::less<>>& defaults) {
  if (key == "articleType") {
    drawing.article_type = value;
  } else if (key == "masterCategory") {
    drawing.master_category = value;
  } else if (key == "title") {
    drawing.title = value;
  } else if (key == "placement") {
    if (value != "flat" && value != "standing") {
      return Error{ErrorCode::kInvalidArgument, "placement is 'flat' or 'standing'"};
    }
    drawing.placement = value == "flat" ? Placement::kFlat : Placement::kStanding;
  } else if (key == "floor") {
    drawing.glossy_floor = value == "glossy";
  } else if (key == "colours") {
    drawing.colours = split(value, ',');
  } else if (key == "patterns") {
    drawing.patterns = split(value, ',');
  } else if (key == "parameters") {
    return read_parameters(value, defaults);
  } else if (key == "variant") {
    const std::size_t semicolon = value.find(';');
    Variant variant{trimmed(value.substr(0, semicolon)), defaults};
    drawing.variants.push_back(std::move(variant));
    if (semicolon == std::string::npos) return {};
    return read_parameters(value.substr(semicolon + 1), drawing.variants.back().parameters);
  } else {
    return Error{ErrorCode::kInvalidArgument, "unknown field '" + key + "'"};
  }
  return {};
}

Status check(const Template& drawing, const Fragments& patterns) {
  const auto wrong = [](std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
  };
  if (drawing.article_type.empty()) return wrong("its head has no articleType");
  if (drawing.title.empty()) return wrong("its head has no title");
  if (drawing.colours.empty()) return wrong("its head has no colours");
  if (drawing.patterns.empty()) return wrong("its head has no patterns");
  if (drawing.variants.empty()) return wrong("its head has no variant");
  for (const std::string& colour : drawing.colours) {
    if (find_colour(colour) == nullptr) return wrong("unknown colour '" + colour + "'");
  }
  for (const std::string& pattern : drawing.patterns) {
    if (!patterns.contains(pattern)) return wrong("no file patterns/" + pattern + ".svg");
  }
  return {};
}

// The head is the first comment: lines "field: value".
Result<Template> parse_template(std::string name, const std::string& text,
                                const Fragments& patterns) {
  const auto in_file = [&](const std::string& message) {
    return Error{ErrorCode::kInvalidArgument, "template " + name + ".svg: " + message};
  };
  const std::size_t begin = text.find("<!--");
  const std::size_t end = text.find("-->");
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    return in_file("has no head (a comment with its articleType, colours, ...)");
  }
  Template drawing;
  drawing.name = name;
  std::map<std::string, double, std::less<>> defaults;
  for (const std::string& line : split(text.substr(begin + 4, end - begin - 4), '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return in_file("'" + line + "' is not 'field: value'");
    const auto set = set_field(drawing, trimmed(line.substr(0, colon)),
                               trimmed(line.substr(colon + 1)), defaults);
    if (!set) return in_file(set.error().message);
  }
  if (const auto checked = check(drawing, patterns); !checked) {
    return in_file(checked.error().message);
  }
  drawing.svg = text.substr(0, begin) + text.substr(end + 3);
  return drawing;
}

Result<Fragments> read_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return Error{ErrorCode::kMissingFile, "there is no folder '" + folder.string() + "'"};
  }
  Fragments files;
  std::filesystem::directory_iterator entries(folder, error);
  if (error) {
    return Error{ErrorCode::kUnreadable, "cannot list '" + folder.string() + "'"};
  }
  for (const auto& entry : entries) {
    if (entry.path().extension() != ".svg") continue;
    auto bytes = read_file(entry.path(), kMaxTemplateBytes);
    if (!bytes) return bytes.error();
    files[entry.path().stem().string()] =
        std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }
  return files;
}

std::string hash_of(std::initializer_list<const Fragments*> groups) {
  std::string all;
  for (const Fragments* files : groups) {
    for (const auto& [name, text] : *files) {
      all += name + '\n' + std::to_string(text.size()) + '\n' + text;
    }
    all += '\f';
  }
  return semblance::to_hex(sha256(std::as_bytes(std::span(all))));
}

}  // namespace

Result<TemplateSet> load_templates(const std::filesystem::path& folder) {
  const auto drawings = read_folder(folder);
  if (!drawings) return drawings.error();
  auto parts = read_folder(folder / "parts");
  if (!parts) return parts.error();
  auto patterns = read_folder(folder / "patterns");
  if (!patterns) return patterns.error();
  if (drawings->empty()) {
    return Error{ErrorCode::kMissingFile, "no *.svg template in '" + folder.string() + "'"};
  }
  TemplateSet set;
  set.sha256 = hash_of({&*drawings, &*parts, &*patterns});
  for (const auto& [name, text] : *drawings) {
    auto drawing = parse_template(name, text, *patterns);
    if (!drawing) return drawing.error();
    set.templates.push_back(*std::move(drawing));
  }
  set.parts = *std::move(parts);
  set.patterns = *std::move(patterns);
  return set;
}

Result<std::string> draw(const TemplateSet& set, const Template& drawing, const Variant& variant,
                         const std::string& colour, const std::string& accent,
                         const std::string& pattern) {
  const NamedColour* const base = find_colour(colour);
  const NamedColour* const second = find_colour(accent);
  const auto pattern_text = set.patterns.find(pattern);
  if (base == nullptr || second == nullptr || pattern_text == set.patterns.end()) {
    return Error{ErrorCode::kInvalidArgument,
                 "no such colour or pattern: " + colour + ", " + accent + ", " + pattern};
  }
  constexpr Colour kShade{14, 14, 26};
  constexpr Colour kShine{255, 253, 248};
  const Colour& main = base->colour;
  Variables variables{variant.parameters,
                      {{"base", to_hex(main)},
                       {"dark", to_hex(mix(main, kShade, 0.36))},
                       {"deep", to_hex(mix(main, kShade, 0.66))},
                       {"light", to_hex(mix(main, kShine, 0.34))},
                       {"pale", to_hex(mix(main, kShine, 0.7))},
                       {"accent", to_hex(second->colour)},
                       {"accent_dark", to_hex(mix(second->colour, kShade, 0.36))},
                       // Seams: visible on light and dark material alike.
                       {"seam", to_hex(brightness(main) < 90 ? mix(main, kShine, 0.38)
                                                             : mix(main, kShade, 0.42))}}};
  auto material = expand(pattern_text->second, variables, set.parts);
  if (!material) return material;
  variables.texts["material"] = *std::move(material);
  auto svg = expand(drawing.svg, variables, set.parts);
  if (!svg) {
    return Error{svg.error().code, "template " + drawing.name + ".svg: " + svg.error().message};
  }
  return svg;
}

}  // namespace semblance::demo
