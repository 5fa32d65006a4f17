#include "catalogue/item_writer.h"

#include <span>
#include <utility>

#include "catalogue/path_bytes.h"

namespace semblance {

namespace {

std::string_view status_name(ItemStatus status) {
  switch (status) {
    case ItemStatus::kIndexed:
      return "indexed";
    case ItemStatus::kFailed:
      return "failed";
    case ItemStatus::kSkipped:
      return "skipped";
  }
  return "failed";
}

std::optional<std::string_view> origin_name(const std::optional<ItemOrigin>& origin) {
  if (!origin) return std::nullopt;
  return *origin == ItemOrigin::kApi ? "api" : "source";
}

}  // namespace

Result<ItemWriter> ItemWriter::create(const Database& database, std::int64_t set_key) {
  ItemWriter writer(database, set_key);
  const std::pair<Statement*, std::string_view> statements[] = {
      {&writer.upsert_item_,
       "INSERT INTO item(id, product, path, size_bytes, mtime_ns, content_hash, width, height, "
       "format, status, reason, message, url, link, origin) VALUES(?1, coalesce(?2, ?1), ?3, ?4, "
       "?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, coalesce(?15, 'source')) "
       "ON CONFLICT(id) DO UPDATE SET product = coalesce(?2, product), path = ?3, size_bytes = ?4, "
       "mtime_ns = ?5, "
       "content_hash = ?6, width = ?7, height = ?8, format = ?9, status = ?10, reason = ?11, "
       "message = ?12, url = ?13, link = ?14, origin = coalesce(?15, origin) RETURNING key"},
      {&writer.update_item_,
       // An item that is its own product stays that under its new id.
       "UPDATE item SET id = ?1, product = coalesce(?2, CASE product WHEN id THEN ?1 ELSE product "
       "END), path = ?3, size_bytes = ?4, mtime_ns = ?5, url = ?7, link = ?8, origin = "
       "coalesce(?9, origin) WHERE key = ?6"},
      {&writer.upsert_vector_,
       "INSERT INTO vector(vector_set, item, row, content_hash, checksum) VALUES(?1, ?2, ?3, ?4, "
       "?5) "
       "ON CONFLICT(vector_set, item) DO UPDATE SET row = ?3, content_hash = ?4, checksum = ?5"},
      {&writer.delete_vectors_, "DELETE FROM vector WHERE item = ?"},
      {&writer.delete_item_, "DELETE FROM item WHERE key = ?"},
      {&writer.delete_attributes_, "DELETE FROM attribute WHERE item = ?"},
      {&writer.insert_attribute_,
       "INSERT OR REPLACE INTO attribute(item, name, text, number) VALUES(?, ?, ?, ?)"},
      {&writer.insert_attribute_name_, "INSERT OR IGNORE INTO attribute_name(name) VALUES(?)"},
      {&writer.select_attribute_name_, "SELECT key FROM attribute_name WHERE name = ?"},
      {&writer.set_attributes_hash_, "UPDATE item SET attributes_hash = ? WHERE key = ?"},
      {&writer.insert_problem_,
       "INSERT INTO problem(kind, subject, place, reason, message) VALUES(?, ?, ?, ?, ?)"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = *std::move(prepared);
  }
  return writer;
}

Result<std::int64_t> ItemWriter::put_indexed(const SyncTask& task, const StoredVector& vector) {
  upsert_item_.bind(1, task.seen.id)
      .bind(2, task.seen.product)
      .bind(3, path_bytes(task.seen.path))
      .bind(4, static_cast<std::int64_t>(task.seen.size_bytes))
      .bind(5, task.seen.mtime_ns)
      .bind(6, vector.facts.content_hash)
      .bind(7, static_cast<std::int64_t>(vector.facts.width))
      .bind(8, static_cast<std::int64_t>(vector.facts.height))
      .bind(9, vector.facts.format)
      .bind(10, status_name(ItemStatus::kIndexed))
      .bind_null(11)
      .bind_null(12)
      .bind(13, task.seen.url)
      .bind(14, task.seen.link)
      .bind(15, origin_name(task.origin));
  const Result<bool> row = upsert_item_.step();
  if (!row) return row.error();
  const std::int64_t key = upsert_item_.integer(0);
  upsert_item_.reset();
  SEMBLANCE_RETURN_IF_ERROR(upsert_vector_.bind(1, set_key_)
                                .bind(2, key)
                                .bind(3, vector.row)
                                .bind(4, vector.facts.content_hash)
                                .bind(5, static_cast<std::int64_t>(vector.checksum))
                                .run());
  SEMBLANCE_RETURN_IF_ERROR(put_attributes(key, task));
  return key;
}

Status ItemWriter::put_problem(const SyncTask& task, ItemStatus status, const Error& error) {
  upsert_item_.bind(1, task.seen.id)
      .bind(2, task.seen.product)
      .bind(3, path_bytes(task.seen.path))
      .bind(4, static_cast<std::int64_t>(task.seen.size_bytes))
      .bind(5, task.seen.mtime_ns)
      .bind_null(6)
      .bind_null(7)
      .bind_null(8)
      .bind_null(9)
      .bind(10, status_name(status))
      .bind(11, code_name(error.code))
      .bind(12, error.message)
      .bind(13, task.seen.url)
      .bind(14, task.seen.link)
      .bind(15, origin_name(task.origin));
  const Result<bool> row = upsert_item_.step();
  if (!row) return row.error();
  const std::int64_t key = upsert_item_.integer(0);
  upsert_item_.reset();
  SEMBLANCE_RETURN_IF_ERROR(delete_vectors_.bind(1, key).run());
  return put_attributes(key, task);
}

Status ItemWriter::refresh(const SyncTask& task) {
  return rename(task.item_key, task);
}

Status ItemWriter::rename(std::int64_t key, const SyncTask& task) {
  SEMBLANCE_RETURN_IF_ERROR(update_item_.bind(1, task.seen.id)
                                .bind(2, task.seen.product)
                                .bind(3, path_bytes(task.seen.path))
                                .bind(4, static_cast<std::int64_t>(task.seen.size_bytes))
                                .bind(5, task.seen.mtime_ns)
                                .bind(6, key)
                                .bind(7, task.seen.url)
                                .bind(8, task.seen.link)
                                .bind(9, origin_name(task.origin))
                                .run());
  return put_attributes(key, task);
}

Status ItemWriter::remove(std::int64_t key) {
  return delete_item_.bind(1, key).run();
}

Result<std::int64_t> ItemWriter::attribute_name_key(const std::string& name) {
  const auto known = attribute_names_.find(name);
  if (known != attribute_names_.end()) return known->second;
  SEMBLANCE_RETURN_IF_ERROR(insert_attribute_name_.bind(1, name).run());
  const Result<bool> row = select_attribute_name_.bind(1, name).step();
  if (!row) return row.error();
  const std::int64_t key = select_attribute_name_.integer(0);
  select_attribute_name_.reset();
  attribute_names_.emplace(name, key);
  return key;
}

Status ItemWriter::put_attributes(std::int64_t key, const SyncTask& task) {
  if (!task.seen.attributes) return {};
  const Attributes& attributes = *task.seen.attributes;
  SEMBLANCE_RETURN_IF_ERROR(delete_attributes_.bind(1, key).run());
  for (const Attribute& attribute : attributes) {
    const Result<std::int64_t> name = attribute_name_key(attribute.name);
    if (!name) return name.error();
    SEMBLANCE_RETURN_IF_ERROR(insert_attribute_.bind(1, key)
                                  .bind(2, *name)
                                  .bind(3, attribute.value)
                                  .bind(4, number_in(attribute.value))
                                  .run());
  }
  return set_attributes_hash_.bind(1, hash_of(attributes)).bind(2, key).run();
}

Status ItemWriter::set_rows(std::int64_t rows) {
  Result<Statement> statement = database_->prepare("UPDATE vector_set SET rows = ? WHERE key = ?");
  if (!statement) return statement.error();
  return statement->bind(1, rows).bind(2, set_key_).run();
}

Status ItemWriter::add_problem(std::string_view kind, std::string_view subject,
                               std::string_view place, const Error& error) {
  return insert_problem_.bind(1, kind)
      .bind(2, subject)
      .bind(3, place)
      .bind(4, code_name(error.code))
      .bind(5, error.message)
      .run();
}

}  // namespace semblance
