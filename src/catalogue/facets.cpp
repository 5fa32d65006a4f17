#include "catalogue/facets.h"

#include <algorithm>
#include <string_view>

#include "catalogue/database.h"
#include "catalogue/filter_sql.h"

namespace semblance {

namespace {

/// (value, item key), equal values together: read from an index.
std::string_view sql_of(FilterColumn::Kind kind) {
  switch (kind) {
    case FilterColumn::Kind::kId:
      return "SELECT id, key FROM item ORDER BY id";
    case FilterColumn::Kind::kProduct:
      return "SELECT product, key FROM item ORDER BY product";
    case FilterColumn::Kind::kAttribute:
      break;
  }
  return "SELECT text, item FROM attribute WHERE name = ? AND text > '' ORDER BY text";
}

}  // namespace

Result<Facets> count_values(const Database& database, const FilterColumn& column,
                            const Bitmap& items, std::size_t limit) {
  Result<Statement> statement = database.prepare(sql_of(column.kind));
  if (!statement) return statement.error();
  if (column.kind == FilterColumn::Kind::kAttribute) statement->bind(1, column.name_key);
  Facets facets;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    if (!items.contains(statement->integer(1))) continue;
    const std::string_view value = statement->text_view(0);
    if (facets.values.empty() || facets.values.back().value != value) {
      facets.values.push_back({std::string(value), 0});
    }
    ++facets.values.back().count;
    ++facets.items;
  }
  facets.distinct = static_cast<std::int64_t>(facets.values.size());
  const auto more_frequent = [](const Facets::Value& a, const Facets::Value& b) {
    return a.count != b.count ? a.count > b.count : a.value < b.value;
  };
  std::sort(facets.values.begin(), facets.values.end(), more_frequent);
  if (facets.values.size() > limit) facets.values.resize(limit);
  return facets;
}

}  // namespace semblance
