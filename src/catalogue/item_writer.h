#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "base/sha256.h"
#include "catalogue/catalogue.h"
#include "catalogue/database.h"
#include "catalogue/sync_plan.h"

namespace semblance {

/// Changes to the catalogue, each inside the caller's transaction. One connection, one thread.
class ItemWriter {
 public:
  /// Writes vectors into `set_key`.
  static Result<ItemWriter> create(const Database& database, std::int64_t set_key);

  /// The item is what the task says, with this photo and vector. Returns the item's key.
  Result<std::int64_t> put_indexed(const SyncTask& task, const StoredVector& vector);
  /// The item could not be indexed: it has no vectors and search does not find it.
  Status put_problem(const SyncTask& task, ItemStatus status, const Error& error);
  /// The content is the one known: only time, size, path, product and attributes are brought up to
  /// date.
  Status refresh(const SyncTask& task);
  /// The item `key` has got a new id, path and perhaps product and attributes.
  Status rename(std::int64_t key, const SyncTask& task);
  Status remove(std::int64_t key);

  /// The first `rows` rows of the vector files count from now on; they must be durable.
  Status set_rows(std::int64_t rows);

  Status add_problem(std::string_view kind, std::string_view subject, std::string_view place,
                     const Error& error);

 private:
  explicit ItemWriter(const Database& database, std::int64_t set_key)
      : database_(&database), set_key_(set_key) {}
  Status put_attributes(std::int64_t key, const SyncTask& task);
  Result<std::int64_t> attribute_name_key(const std::string& name);

  const Database* database_;
  std::int64_t set_key_;
  std::unordered_map<std::string, std::int64_t> attribute_names_;
  Statement upsert_item_;
  Statement update_item_;
  Statement upsert_vector_;
  Statement delete_vectors_;
  Statement delete_item_;
  Statement delete_attributes_;
  Statement insert_attribute_;
  Statement insert_attribute_name_;
  Statement select_attribute_name_;
  Statement set_attributes_hash_;
  Statement insert_problem_;
};

}  // namespace semblance
