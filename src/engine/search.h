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
};

struct Hit {
  int rank = 0;  ///< from 1
  Item item;
  Closeness closeness;
  Attributes attributes;
};

struct SearchAnswer {
  double took_ms = 0;  ///< of the search itself, without decoding and embedding the query
  std::string collection;
  std::string model;
  Measure measure;
  int limit = 0;
  std::vector<Hit> hits;  ///< best first; ties by id
};

}  // namespace semblance
