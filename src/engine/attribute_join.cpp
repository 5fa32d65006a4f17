#include "engine/attribute_join.h"

#include <algorithm>

#include "source/source.h"
#include "source/table_reader.h"

namespace semblance {

Result<AttributeJoin> AttributeJoin::load(const Database& database,
                                          const std::filesystem::path& file,
                                          const std::string& key_column,
                                          const std::string& product_column) {
  Result<TableReader> reader = TableReader::open(file);
  if (!reader) return reader.error();
  const Result<std::size_t> key = reader->column(key_column);
  if (!key) return key.error();
  std::optional<std::size_t> product;
  if (const Result<std::size_t> found = reader->column(product_column)) product = *found;

  Result<AttributeTable> table = AttributeTable::create(database);
  if (!table) return table.error();
  AttributeJoin join(*std::move(table), file);
  Result<Transaction> transaction =
      Transaction::begin_read(database);  // for speed: it is temporary
  if (!transaction) return transaction.error();
  while (true) {
    Result<std::optional<TableReader::Row>> row = reader->next();
    if (!row) return row.error();
    if (!*row) break;
    if ((*row)->problem) {
      const auto& fields = (*row)->fields;
      join.problems_.push_back(
          {*key < fields.size() ? fields[*key] : "", (*row)->line, *(*row)->problem});
      continue;
    }
    SEMBLANCE_RETURN_IF_ERROR(
        join.add_row(reader->columns(), *key, product, (*row)->line, (*row)->fields));
  }
  SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
  return join;
}

Status AttributeJoin::add_row(const std::vector<std::string>& columns, std::size_t key,
                              std::optional<std::size_t> product, std::int64_t line,
                              const std::vector<std::string>& fields) {
  AttributeTable::Row row;
  row.key = fields[key];
  row.line = line;
  if (product && !fields[*product].empty()) row.product = fields[*product];
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i == key || i == product || fields[i].empty()) continue;
    row.attributes.push_back({columns[i], fields[i]});
  }
  if (row.key.empty()) {
    problems_.push_back({"", line, {ErrorCode::kBadRow, "the key is empty"}});
    return {};
  }
  const Result<bool> added = table_.add(row);
  if (!added) return added.error();
  if (!*added) {
    problems_.push_back({row.key, line, {ErrorCode::kDuplicateId, "an earlier row has this key"}});
  }
  return {};
}

Result<std::optional<AttributeTable::Row>> AttributeJoin::take(const std::filesystem::path& photo) {
  return table_.take(to_utf8(photo.stem().native()));
}

Result<std::vector<AttributeJoin::RowProblem>> AttributeJoin::all_problems() {
  std::vector<RowProblem> all = problems_;
  std::int64_t line = 0;
  while (true) {
    Result<std::optional<AttributeTable::Row>> row = table_.next_unused(line);
    if (!row) return row.error();
    if (!*row) break;
    line = (*row)->line;
    all.push_back({(*row)->key, line, {ErrorCode::kMissingFile, "no photo has this name"}});
  }
  std::sort(all.begin(), all.end(),
            [](const RowProblem& a, const RowProblem& b) { return a.line < b.line; });
  return all;
}

Result<std::int64_t> AttributeJoin::report_problems(ItemWriter& writer) {
  const Result<std::vector<RowProblem>> all = all_problems();
  if (!all) return all.error();
  for (const RowProblem& problem : *all) {
    const std::string place = to_utf8(file_.native()) + ":" + std::to_string(problem.line);
    SEMBLANCE_RETURN_IF_ERROR(writer.add_problem("attribute", problem.key, place, problem.error));
  }
  return static_cast<std::int64_t>(all->size());
}

Result<std::int64_t> AttributeJoin::count_problems() {
  const Result<std::vector<RowProblem>> all = all_problems();
  if (!all) return all.error();
  return static_cast<std::int64_t>(all->size());
}

}  // namespace semblance
