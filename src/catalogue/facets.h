#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bitmap.h"
#include "base/result.h"

namespace semblance {

class Database;
struct FilterColumn;

/// Which values an attribute has, and how many items have each.
struct Facets {
  struct Value {
    std::string value;
    std::int64_t count = 0;
  };
  std::string attribute;
  std::int64_t items = 0;     ///< that have a value
  std::int64_t distinct = 0;  ///< values, also those beyond the limit
  std::vector<Value> values;  ///< most frequent first, equally frequent ones by value
};

/// Counts the values of a column among `items` (by key). An empty text is no value.
Result<Facets> count_values(const Database& database, const FilterColumn& column,
                            const Bitmap& items, std::size_t limit);

}  // namespace semblance
