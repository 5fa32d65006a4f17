#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "render/template.h"

namespace semblance::demo {

/// A product of the catalogue: a variant of a template in a colour and a pattern.
struct Product {
  std::string id;  // "tshirt-03"
  std::string display_name;
  std::size_t template_index = 0;
  std::size_t variant_index = 0;
  std::string colour;
  std::string accent;
  std::string pattern;
};

enum class View { kFront, kTurned, kClose, kQuery };

struct Photo {
  std::string id;  // "tshirt-03-front"; the file's name without its ending
  std::size_t product_index = 0;
  View view = View::kFront;
};

/// What is to be rendered. `queries` are views of catalogue products that are not among `photos`.
struct Plan {
  std::vector<Product> products;
  std::vector<Photo> photos;
  std::vector<Photo> queries;
};

/// The same for the same templates and seed. `quick`: two products of each template.
Plan make_plan(const TemplateSet& set, std::uint64_t seed, bool quick);

/// The labels of all photos: id,product,productDisplayName,masterCategory,articleType,baseColour,
/// pattern,view; RFC 4180 with '\n'.
std::string styles_csv(const TemplateSet& set, const Plan& plan);

}  // namespace semblance::demo
