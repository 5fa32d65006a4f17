#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "render/expand.h"

namespace semblance::demo {

/// One form of a template: "Long-sleeved" with the numbers that draw it.
struct Variant {
  std::string name;
  std::map<std::string, double, std::less<>> parameters;
};

/// How a product is photographed: lying, from above; or standing on a floor or table.
enum class Placement { kFlat, kStanding };

/// A drawing of one type of product; its head (the first comment of the SVG) says what it is.
struct Template {
  std::string name;  // of the file, without ending
  std::string article_type;
  std::string master_category;
  std::string title;
  Placement placement = Placement::kFlat;
  bool glossy_floor = false;  // mirrored below itself in the straight view
  std::vector<std::string> colours;
  std::vector<std::string> patterns;
  std::vector<Variant> variants;
  std::string svg;
};

/// Everything below the folder of templates.
struct TemplateSet {
  std::vector<Template> templates;  // by name
  Fragments parts;
  Fragments patterns;
  std::string sha256;  // of all files and their names
};

/// Reads FOLDER/*.svg, FOLDER/parts/*.svg and FOLDER/patterns/*.svg.
/// Errors: kMissingFile, kUnreadable, kInvalidArgument (a template's head is wrong).
Result<TemplateSet> load_templates(const std::filesystem::path& folder);

/// The finished SVG of a variant in a colour, an accent colour and a pattern; the three must be
/// names that exist. Errors: kInvalidArgument.
Result<std::string> draw(const TemplateSet& set, const Template& drawing, const Variant& variant,
                         const std::string& colour, const std::string& accent,
                         const std::string& pattern);

}  // namespace semblance::demo
