#include "engine/catalogue_check.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/finite.h"
#include "source/source.h"

namespace semblance {

namespace {

constexpr int kStepRows = 4096;

Error corrupt(std::string message) {
  return Error{ErrorCode::kCorrupt, "the catalogue " + std::move(message)};
}

/// Runs a check that gives one row, "ok", when all is well.
Status check_integrity(const Database& database) {
  Result<Statement> statement = database.prepare("PRAGMA integrity_check(1)");
  if (!statement) return statement.error();
  const Result<bool> row = statement->step();
  if (!row) return row.error();
  if (*row && statement->text_view(0) == "ok") return {};
  return corrupt("is damaged: " + to_utf8(statement->text_view(0)));
}

Status check_references(const Database& database) {
  Result<Statement> statement = database.prepare("PRAGMA foreign_key_check");
  if (!statement) return statement.error();
  const Result<bool> row = statement->step();
  if (!row) return row.error();
  if (*row) return corrupt("refers to what it does not hold");
  return {};
}

/// SQLite keeps any type in any column, and any bytes in a text.
Status check_texts(const Database& database) {
  Result<Statement> statement = database.prepare(
      "SELECT id FROM item UNION ALL SELECT product FROM item "
      "UNION ALL SELECT coalesce(url, '') FROM item "
      "UNION ALL SELECT coalesce(message, '') FROM item "
      "UNION ALL SELECT coalesce(reason, '') FROM item "
      "UNION ALL SELECT coalesce(format, '') FROM item "
      "UNION ALL SELECT name FROM attribute_name UNION ALL SELECT text FROM attribute "
      "UNION ALL SELECT subject FROM problem UNION ALL SELECT place FROM problem "
      "UNION ALL SELECT reason FROM problem UNION ALL SELECT message FROM problem "
      "UNION ALL SELECT sha256 FROM projection UNION ALL SELECT name FROM setting UNION ALL SELECT "
      "value FROM setting "
      "UNION ALL SELECT card FROM vector_set UNION ALL SELECT card_folder FROM vector_set");
  if (!statement) return statement.error();
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) return {};
    const bool is_text = statement->is_text(0);  // asked first: reading it as one makes it one
    const std::string_view text = statement->text_view(0);
    if (!is_text || to_utf8(text) != text) {
      return corrupt("has a text that is not one: '" + to_utf8(text.substr(0, 80)) + "'");
    }
  }
}

Status check_sets(const Database& database) {
  const Result<std::int64_t> wrong = database.integer(
      "SELECT (SELECT count(*) FROM vector_set WHERE typeof(key) <> 'integer' OR key < 1 "
      "OR typeof(rows) <> 'integer' OR rows < 0 OR typeof(shape_dimension) <> 'integer' "
      "OR shape_dimension < 1 OR typeof(colour_dimension) <> 'integer' OR colour_dimension < 0) "
      "+ (SELECT count(*) FROM vector JOIN vector_set ON vector_set.key = vector.vector_set "
      "WHERE typeof(vector.row) <> 'integer' OR vector.row < 0 OR vector.row >= vector_set.rows)");
  if (!wrong) return wrong.error();
  if (*wrong != 0) return corrupt("has vectors that cannot be");
  return {};
}

}  // namespace

Status check_catalogue_content(const Database& database) {
  SEMBLANCE_RETURN_IF_ERROR(check_integrity(database));
  SEMBLANCE_RETURN_IF_ERROR(check_references(database));
  SEMBLANCE_RETURN_IF_ERROR(check_texts(database));
  return check_sets(database);
}

Status check_vectors(const Catalogue& catalogue, const VectorSet& set, const VectorStore& vectors,
                     const std::function<bool()>& step) {
  Result<Statement> statement = catalogue.database().prepare(
      "SELECT row, checksum FROM vector WHERE vector_set = ? ORDER BY row");
  if (!statement) return statement.error();
  statement->bind(1, set.key);
  for (int done = 0;; ++done) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) return {};
    if (done % kStepRows == 0 && !step()) {
      return Error{ErrorCode::kCancelled, "stopped; nothing was changed"};
    }
    const std::int64_t index = statement->integer(0);
    if (index < 0 || index >= set.rows) return corrupt("has vectors that cannot be");
    const DescriptorSpans numbers = vectors.row(index);
    if (checksum(numbers) != static_cast<std::uint32_t>(statement->integer(1)) ||
        !all_finite(numbers.embedding) || !all_finite(numbers.histogram) ||
        !all_finite(numbers.histogram_foreground)) {
      return Error{ErrorCode::kCorrupt,
                   "row " + std::to_string(index) + " of the vector files is damaged"};
    }
  }
}

}  // namespace semblance
