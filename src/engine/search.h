#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/catalogue.h"
#include "engine/measure.h"
#include "engine/query.h"

namespace semblance {

struct SearchOptions {
  int limit = 10;
  Measure measure;
  std::string filter{};   ///< only items for which it is true (docs/filters.md); empty: all
  double min_score = 0;   ///< 0..1; hits with a lower score are left out
  bool collapse = false;  ///< one hit a product: its best photo
  /// 0..1: how much hits should differ from each other (diversity.h); 0: not at all, by score.
  double diversity = 0;
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
  double diversity = 0;
  std::vector<Hit> hits;  ///< best first, ties by id; with diversity, in the order of choice
};

}  // namespace semblance
