#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bitmap.h"
#include "base/result.h"
#include "catalogue/database.h"
#include "catalogue/filter.h"

namespace semblance {

/// Far above what one collection can hold: only a damaged catalogue has larger keys.
inline constexpr std::int64_t kMaxItemKey = std::int64_t{1} << 28;
Error item_key_out_of_range(std::int64_t key);

/// What a name in a filter stands for in the catalogue.
struct FilterColumn {
  enum class Kind {
    kId,         ///< item.id
    kProduct,    ///< item.product
    kAttribute,  ///< rows of the table `attribute`
  };
  Kind kind = Kind::kAttribute;
  std::int64_t name_key = 0;  ///< of an attribute
};

/// A statement that selects item keys by one condition, answered by an index alone.
struct FilterQuery {
  using Parameter = std::variant<std::int64_t, double, std::string>;
  std::string sql;
  std::vector<Parameter> parameters;  ///< bound from 1
  bool operator==(const FilterQuery&) const = default;
};

/// The statements whose answers together are the items for which the comparison is true, or, where
/// it is != or NOT IN, for which it is false though they have a value. None is there twice.
std::vector<FilterQuery> queries_of(const FilterNode& comparison, const FilterColumn& column);

/// Finds what `name` stands for: an attribute, else "id" or "product", else nothing.
Result<std::optional<FilterColumn>> find_column(const Database& database, std::string_view name);

/// The keys of the indexed items.
Result<Bitmap> indexed_items(const Database& database);

/// Those of `items` (by key) for which the filter is true. Each comparison is a statement or a few,
/// and AND, OR and NOT are done on bitmaps: that takes a fraction of the time of one statement for
/// the whole tree, and no filter can meet SQLite's limits on parameters or on the depth of
/// expressions. The caller holds a transaction, so that all statements see one state. Errors:
/// kInvalidArgument for names that the catalogue does not have, as of filter_error().
Result<Bitmap> matching_items(const Database& database, const Filter& filter, const Bitmap& items);

}  // namespace semblance
