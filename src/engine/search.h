#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/catalogue.h"
#include "engine/measure.h"

namespace semblance {

struct SearchOptions {
  int limit = 10;
  Measure measure;
  std::string filter{};   ///< only items for which it is true (docs/filters.md); empty: all
  double min_score = 0;   ///< 0..1; hits with a lower score are left out
  bool collapse = false;  ///< one hit a product: its best photo
};

struct Hit {
  int rank = 0;  ///< from 1
  Item item;
  Closeness closeness;
  Attributes attributes;
  int photos = 1;  ///< collapsed: the product's photos that could have been hits themselves
};

struct SearchAnswer {
  double took_ms = 0;  ///< of the search itself, without decoding and embedding the query
  std::string collection;
  std::string model;
  Measure measure;
  int limit = 0;
  bool collapsed = false;
  std::vector<Hit> hits;  ///< best first; ties by id
};

}  // namespace semblance
