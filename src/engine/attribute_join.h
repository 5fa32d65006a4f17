#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "catalogue/attribute_table.h"
#include "catalogue/database.h"
#include "catalogue/item_writer.h"

namespace semblance {

/// Joins the rows of a CSV or TSV file to photos: the value of the key column is the photo's file
/// name without its ending. Rows that fit no photo, are broken or repeat a key are problems, not
/// errors.
class AttributeJoin {
 public:
  /// Reads the file into a temporary table. Errors: those of TableReader, kInvalidArgument without
  /// the key column.
  static Result<AttributeJoin> load(const Database& database, const std::filesystem::path& file,
                                    const std::string& key_column,
                                    const std::string& product_column);

  /// The row for a photo.
  Result<std::optional<AttributeTable::Row>> take(const std::filesystem::path& photo);

  /// Writes down every problem, also of rows that no photo took. Returns their number.
  Result<std::int64_t> report_problems(ItemWriter& writer);
  /// Their number.
  Result<std::int64_t> count_problems();

 private:
  struct RowProblem {
    std::string key;
    std::int64_t line = 0;
    Error error;
  };
  AttributeJoin(AttributeTable table, std::filesystem::path file)
      : table_(std::move(table)), file_(std::move(file)) {}
  Status add_row(const std::vector<std::string>& columns, std::size_t key,
                 std::optional<std::size_t> product, std::int64_t line,
                 const std::vector<std::string>& fields);
  Result<std::vector<RowProblem>> all_problems();

  AttributeTable table_;
  std::filesystem::path file_;
  std::vector<RowProblem> problems_;
};

}  // namespace semblance
