#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "catalogue/database.h"

namespace semblance {

/// Rows of an attributes file, kept in a temporary table of one connection while a sync joins them
/// to items by key.
class AttributeTable {
 public:
  struct Row {
    std::string key;
    std::int64_t line = 0;
    std::optional<std::string> product;
    Attributes attributes;
  };

  static Result<AttributeTable> create(const Database& database);

  /// False when a row with that key was added before.
  Result<bool> add(const Row& row);
  /// The row of that key, which is then counted as used.
  Result<std::optional<Row>> take(std::string_view key);
  /// (key, line) of the next row behind `line` that no item took.
  Result<std::optional<Row>> next_unused(std::int64_t line);

 private:
  explicit AttributeTable(const Database& database) : database_(&database) {}

  const Database* database_;
  Statement insert_;
  Statement use_;
  Statement unused_;
};

}  // namespace semblance
