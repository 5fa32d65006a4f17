#include "catalogue/attribute_table.h"

#include <utility>

namespace semblance {

Result<AttributeTable> AttributeTable::create(const Database& database) {
  SEMBLANCE_RETURN_IF_ERROR(
      database.execute("DROP TABLE IF EXISTS temp.attribute_row;"
                       "CREATE TEMP TABLE attribute_row("
                       "  line INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, product TEXT,"
                       "  attributes TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0)"));
  AttributeTable table(database);
  const std::pair<Statement*, std::string_view> statements[] = {
      {&table.insert_,
       "INSERT OR IGNORE INTO temp.attribute_row(line, key, product, attributes) "
       "VALUES(?, ?, ?, ?)"},
      {&table.use_,
       "UPDATE temp.attribute_row SET used = 1 WHERE key = ? RETURNING line, product, attributes"},
      {&table.unused_,
       "SELECT line, key FROM temp.attribute_row WHERE line > ? AND NOT used "
       "ORDER BY line LIMIT 1"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = *std::move(prepared);
  }
  return table;
}

Result<bool> AttributeTable::add(const Row& row) {
  SEMBLANCE_RETURN_IF_ERROR(insert_.bind(1, row.line)
                                .bind(2, row.key)
                                .bind(3, row.product)
                                .bind(4, pack(row.attributes))
                                .run());
  return database_->changes() == 1;
}

Result<std::optional<AttributeTable::Row>> AttributeTable::take(std::string_view key) {
  const Result<bool> found = use_.bind(1, key).step();
  if (!found) return found.error();
  std::optional<Row> row;
  if (*found) {
    row.emplace();
    row->key = key;
    row->line = use_.integer(0);
    if (!use_.is_null(1)) row->product = use_.text(1);
    row->attributes = unpack(use_.text_view(2));
  }
  use_.reset();
  return row;
}

Result<std::optional<AttributeTable::Row>> AttributeTable::next_unused(std::int64_t line) {
  const Result<bool> found = unused_.bind(1, line).step();
  if (!found) return found.error();
  std::optional<Row> row;
  if (*found) {
    row.emplace();
    row->line = unused_.integer(0);
    row->key = unused_.text(1);
  }
  unused_.reset();
  return row;
}

}  // namespace semblance
