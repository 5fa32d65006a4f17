#include "catalogue/catalogue.h"

#include <algorithm>

#include "catalogue/filter.h"
#include "catalogue/filter_sql.h"
#include "catalogue/schema.h"

namespace semblance {

Result<Catalogue> Catalogue::open(const std::filesystem::path& path, Database::Mode mode) {
  Result<Database> database = Database::open(path, mode);
  if (!database) return database.error();
  SEMBLANCE_RETURN_IF_ERROR(mode == Database::Mode::kWrite ? migrate_schema(*database)
                                                           : check_schema(*database));
  return Catalogue(*std::move(database));
}

Result<std::optional<std::string>> Catalogue::setting(std::string_view name) const {
  Result<Statement> statement = database_.prepare("SELECT value FROM setting WHERE name = ?");
  if (!statement) return statement.error();
  const Result<bool> row = statement->bind(1, name).step();
  if (!row) return row.error();
  if (!*row) return std::optional<std::string>();
  return std::optional(statement->text(0));
}

Status Catalogue::set_setting(std::string_view name, std::string_view value) const {
  Result<Statement> statement = database_.prepare(
      "INSERT INTO setting(name, value) VALUES(?, ?) "
      "ON CONFLICT(name) DO UPDATE SET value = excluded.value");
  if (!statement) return statement.error();
  return statement->bind(1, name).bind(2, value).run();
}

Result<CatalogueCounts> Catalogue::counts() const {
  Result<Statement> statement = database_.prepare(
      "SELECT count(*) FILTER (WHERE status = 'indexed'), "
      "count(DISTINCT product) FILTER (WHERE status = 'indexed'), "
      "count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'skipped'), "
      "(SELECT count(*) FROM problem WHERE kind = 'input') FROM item");
  if (!statement) return statement.error();
  const Result<bool> row = statement->step();
  if (!row) return row.error();
  CatalogueCounts counts;
  counts.items = statement->integer(0);
  counts.products = statement->integer(1);
  counts.failed = statement->integer(2) + statement->integer(4);
  counts.skipped = statement->integer(3);
  return counts;
}

Result<std::optional<VectorSet>> Catalogue::set_in_state(std::string_view state) const {
  Result<Statement> statement = database_.prepare(
      "SELECT key, card, card_folder, shape_dimension, colour_dimension, rows FROM vector_set "
      "WHERE state = ?");
  if (!statement) return statement.error();
  const Result<bool> row = statement->bind(1, state).step();
  if (!row) return row.error();
  if (!*row) return std::optional<VectorSet>();
  VectorSet set;
  set.key = statement->integer(0);
  set.live = state == "live";
  set.card_json = statement->text(1);
  set.card_folder = statement->text(2);
  set.shape_dimension = static_cast<int>(statement->integer(3));
  set.colour_dimension = static_cast<int>(statement->integer(4));
  set.rows = statement->integer(5);
  return std::optional(set);
}

Result<std::optional<VectorSet>> Catalogue::live_set() const {
  return set_in_state("live");
}

Result<std::optional<VectorSet>> Catalogue::building_set() const {
  return set_in_state("building");
}

Result<VectorSet> Catalogue::create_set(const VectorSet& set) const {
  Result<Statement> statement = database_.prepare(
      "INSERT INTO vector_set(state, card, card_folder, shape_dimension, colour_dimension) "
      "VALUES(?, ?, ?, ?, ?)");
  if (!statement) return statement.error();
  statement->bind(1, std::string_view(set.live ? "live" : "building"))
      .bind(2, set.card_json)
      .bind(3, set.card_folder.native())
      .bind(4, static_cast<std::int64_t>(set.shape_dimension))
      .bind(5, static_cast<std::int64_t>(set.colour_dimension));
  SEMBLANCE_RETURN_IF_ERROR(statement->run());
  VectorSet created = set;
  created.key = database_.last_insert_key();
  created.rows = 0;
  return created;
}

Status Catalogue::switch_to(const VectorSet& building) const {
  Result<Transaction> transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  SEMBLANCE_RETURN_IF_ERROR(
      database_.execute("DELETE FROM vector_set WHERE state = 'live';"
                        "UPDATE vector_set SET state = 'live' WHERE key = " +
                        std::to_string(building.key)));
  return transaction->commit();
}

Status Catalogue::drop_set(const VectorSet& set) const {
  return database_.execute("DELETE FROM vector_set WHERE key = " + std::to_string(set.key));
}

Result<std::vector<std::int64_t>> Catalogue::item_keys_by_row(const VectorSet& set) const {
  Result<Statement> statement =
      database_.prepare("SELECT row, item FROM vector WHERE vector_set = ? ORDER BY row");
  if (!statement) return statement.error();
  statement->bind(1, set.key);
  std::vector<std::int64_t> keys(static_cast<std::size_t>(set.rows), 0);
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    const auto index = static_cast<std::size_t>(statement->integer(0));
    const std::int64_t key = statement->integer(1);
    if (key < 1 || key > kMaxItemKey) return item_key_out_of_range(key);
    if (index < keys.size()) keys[index] = key;
  }
  return keys;
}

Result<std::vector<std::pair<std::int64_t, std::string>>> Catalogue::indexed_ids() const {
  Result<Statement> statement =
      database_.prepare("SELECT key, id FROM item WHERE status = 'indexed'");
  if (!statement) return statement.error();
  std::vector<std::pair<std::int64_t, std::string>> ids;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    ids.emplace_back(statement->integer(0), statement->text(1));
  }
  return ids;
}

Result<std::optional<Item>> Catalogue::read_item(Statement& statement) const {
  const Result<bool> row = statement.step();
  if (!row) return row.error();
  if (!*row) {
    statement.reset();
    return std::optional<Item>();
  }
  Item item;
  item.key = statement.integer(0);
  item.id = statement.text(1);
  item.product = statement.text(2);
  item.path = statement.text(3);
  item.url = statement.text(4);
  item.link = statement.text(5);
  item.width = static_cast<int>(statement.integer(6));
  item.height = static_cast<int>(statement.integer(7));
  if (const auto hash = statement.blob(8); hash.size() == sizeof(Sha256)) {
    std::copy(hash.begin(), hash.end(), item.content_hash.emplace().begin());
  }
  statement.reset();
  return std::optional(std::move(item));
}

Status Catalogue::prepare_once(Statement& statement, std::string_view sql) const {
  if (statement.is_prepared()) return {};
  Result<Statement> prepared = database_.prepare(sql);
  if (!prepared) return prepared.error();
  statement = *std::move(prepared);
  return {};
}

Result<std::optional<Item>> Catalogue::item(std::int64_t key) const {
  SEMBLANCE_RETURN_IF_ERROR(
      prepare_once(item_by_key_,
                   "SELECT key, id, product, path, url, link, width, height, content_hash FROM "
                   "item "
                   "WHERE key = ? AND status = 'indexed'"));
  item_by_key_.bind(1, key);
  return read_item(item_by_key_);
}

Result<std::optional<Item>> Catalogue::item_by_id(std::string_view id) const {
  SEMBLANCE_RETURN_IF_ERROR(
      prepare_once(item_by_id_,
                   "SELECT key, id, product, path, url, link, width, height, content_hash FROM "
                   "item "
                   "WHERE id = ? AND status = 'indexed'"));
  item_by_id_.bind(1, id);
  return read_item(item_by_id_);
}

Result<Attributes> Catalogue::attributes(std::int64_t key) const {
  SEMBLANCE_RETURN_IF_ERROR(
      prepare_once(attributes_,
                   "SELECT attribute_name.name, text FROM attribute "
                   "JOIN attribute_name ON attribute_name.key = attribute.name "
                   "WHERE item = ? ORDER BY attribute.name"));
  attributes_.bind(1, key);
  Attributes attributes;
  while (true) {
    const Result<bool> row = attributes_.step();
    if (!row) return row.error();
    if (!*row) break;
    attributes.push_back({attributes_.text(0), attributes_.text(1)});
  }
  attributes_.reset();
  return attributes;
}

Result<std::vector<std::pair<std::int64_t, std::string>>> Catalogue::values(
    std::string_view attribute) const {
  Result<Statement> name = database_.prepare("SELECT key FROM attribute_name WHERE name = ?");
  if (!name) return name.error();
  const Result<bool> known = name->bind(1, attribute).step();
  if (!known) return known.error();
  if (!*known && attribute != "product") return unknown_attribute(attribute);
  Result<Statement> statement = database_.prepare(
      *known ? "SELECT item.key, text FROM attribute JOIN item ON item.key = attribute.item "
               "WHERE attribute.name = ? AND status = 'indexed' AND text <> ''"
             : "SELECT key, product FROM item WHERE status = 'indexed'");
  if (!statement) return statement.error();
  if (*known) statement->bind(1, name->integer(0));
  std::vector<std::pair<std::int64_t, std::string>> values;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    values.emplace_back(statement->integer(0), statement->text(1));
  }
  return values;
}

Result<std::vector<std::string>> Catalogue::attribute_names() const {
  Result<Statement> statement = database_.prepare("SELECT name FROM attribute_name ORDER BY key");
  if (!statement) return statement.error();
  std::vector<std::string> names;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    names.push_back(statement->text(0));
  }
  return names;
}

Status Catalogue::drop_unused_attribute_names() const {
  return database_.execute(
      "DELETE FROM attribute_name WHERE NOT EXISTS "
      "(SELECT 1 FROM attribute WHERE attribute.name = attribute_name.key)");
}

Error Catalogue::unknown_attribute(std::string_view attribute) const {
  const Result<std::vector<std::string>> names = attribute_names();
  return names ? semblance::unknown_attribute(attribute, *names) : names.error();
}

Error unknown_attribute(std::string_view attribute, std::span<const std::string> names) {
  std::string list = "product";
  for (const std::string& each : names) list += ", " + each;
  return Error{ErrorCode::kNotFound,
               "no attribute '" + std::string(attribute) + "' in this collection; it has: " + list};
}

/// In the caller's transaction.
Result<Bitmap> Catalogue::filter_now(std::string_view expression) const {
  Result<Bitmap> indexed = indexed_items(database_);
  if (!indexed || expression.empty()) return indexed;
  const Result<Filter> filter = parse_filter(expression);
  if (!filter) return filter.error();
  return matching_items(database_, *filter, *indexed);
}

Result<Bitmap> Catalogue::filter(std::string_view expression) const {
  const Result<Transaction> transaction = Transaction::begin_read(database_);
  if (!transaction) return transaction.error();
  return filter_now(expression);
}

Result<Bitmap> Catalogue::filter(std::string_view expression, const Bitmap& items) const {
  if (expression.empty()) return items;
  const Result<Filter> filter = parse_filter(expression);
  if (!filter) return filter.error();
  const Result<Transaction> transaction = Transaction::begin_read(database_);
  if (!transaction) return transaction.error();
  return matching_items(database_, *filter, items);
}

Result<Facets> Catalogue::facets(std::string_view attribute, std::string_view expression,
                                 std::size_t limit) const {
  const Result<Transaction> transaction = Transaction::begin_read(database_);
  if (!transaction) return transaction.error();
  const Result<std::optional<FilterColumn>> column = find_column(database_, attribute);
  if (!column) return column.error();
  if (!*column) return unknown_attribute(attribute);
  const Result<Bitmap> items = filter_now(expression);
  if (!items) return items.error();
  Result<Facets> facets = count_values(database_, **column, *items, limit);
  if (facets) facets->attribute = attribute;
  return facets;
}

Result<std::vector<std::int32_t>> Catalogue::product_numbers() const {
  // In the order of the index on products, so that equal ones stand together.
  Result<Statement> statement = database_.prepare("SELECT product, key FROM item ORDER BY product");
  if (!statement) return statement.error();
  std::vector<std::int32_t> numbers;
  std::string product;
  std::int32_t number = -1;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    if (number < 0 || statement->text_view(0) != product) {
      product = statement->text(0);
      ++number;
    }
    const std::int64_t key = statement->integer(1);
    if (key < 0 || key > kMaxItemKey) return item_key_out_of_range(key);
    const auto index = static_cast<std::size_t>(key);
    if (index >= numbers.size()) numbers.resize(std::max(index + 1, numbers.size() * 2), -1);
    numbers[index] = number;
  }
  return numbers;
}

Result<std::vector<Problem>> Catalogue::problems() const {
  Result<Statement> statement = database_.prepare(
      "SELECT id, iif(url <> '', url, coalesce(path, '')), reason, message, status FROM item "
      "WHERE status <> 'indexed' "
      "UNION ALL SELECT subject, place, reason, message, "
      "CASE kind WHEN 'attribute' THEN 'attribute' ELSE 'failed' END FROM problem "
      "ORDER BY 5, 3, 1, 2");
  if (!statement) return statement.error();
  std::vector<Problem> problems;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    problems.push_back({statement->text(0), statement->text(1), statement->text(2),
                        statement->text(3), statement->text(4)});
  }
  return problems;
}

}  // namespace semblance
