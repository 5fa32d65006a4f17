#include "catalogue/filter_sql.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "catalogue/attributes.h"

namespace semblance {

namespace {

std::string_view operator_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return "<";
    case Comparison::kLessEqual:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kGreaterEqual:
      return ">=";
    default:  // != and NOT IN are the complements of = and IN
      return "=";
  }
}

/// The items whose value in `sql_column` stands in that relation to the parameter. An empty text
/// counts as no value.
FilterQuery query_on_attribute(const FilterColumn& column, std::string_view sql_column,
                               std::string_view relation, FilterQuery::Parameter parameter) {
  FilterQuery query;
  query.sql = "SELECT item FROM attribute WHERE name = ? AND " + std::string(sql_column) + " " +
              std::string(relation) + " ?";
  if (sql_column == "text" && relation != "=") query.sql += " AND text > ''";
  query.parameters = {column.name_key, std::move(parameter)};
  return query;
}

void add_queries(const FilterColumn& column, Comparison comparison, const FilterValue& value,
                 std::vector<FilterQuery>& queries) {
  const std::string_view relation = operator_of(comparison);
  if (column.kind !=
      FilterColumn::Kind::kAttribute) {  // always text, whatever the value looks like
    const std::string name = column.kind == FilterColumn::Kind::kId ? "id" : "product";
    queries.push_back(
        {"SELECT key FROM item WHERE " + name + " " + std::string(relation) + " ?", {value.text}});
    return;
  }
  switch (value.kind) {
    case FilterValue::Kind::kNumber:
      queries.push_back(query_on_attribute(column, "number", relation, value.number));
      return;
    case FilterValue::Kind::kBoolean:
      for (const std::string_view text : value.boolean ? kTrueTexts : kFalseTexts) {
        queries.push_back(query_on_attribute(column, "text", "=", std::string(text)));
      }
      return;
    case FilterValue::Kind::kText:
      if (value.text.empty() && relation == "=") return;  // no value equals nothing
      queries.push_back(query_on_attribute(column, "text", relation, value.text));
      return;
  }
}

FilterQuery query_for_any_value(const FilterColumn& column) {
  if (column.kind != FilterColumn::Kind::kAttribute) return {"SELECT key FROM item", {}};
  return {"SELECT item FROM attribute WHERE name = ? AND text > ''", {column.name_key}};
}

/// Adds the keys that the queries select to `items`.
Status collect(const Database& database, std::span<const FilterQuery> queries, Bitmap& items) {
  Result<Statement> statement = Statement();
  for (std::size_t q = 0; q < queries.size(); ++q) {
    if (q == 0 || queries[q].sql != queries[q - 1].sql) {
      statement = database.prepare(queries[q].sql);
      if (!statement) return statement.error();
    }
    int index = 0;
    for (const FilterQuery::Parameter& parameter : queries[q].parameters) {
      ++index;
      std::visit([&](const auto& value) { statement->bind(index, value); }, parameter);
    }
    while (true) {
      const Result<bool> row = statement->step();
      if (!row) return row.error();
      if (!*row) break;
      items.add(statement->integer(0));
    }
    statement->reset();
  }
  return {};
}

Status collect(const Database& database, const FilterQuery& query, Bitmap& items) {
  return collect(database, std::span(&query, 1), items);
}

Error unknown_name(const Database& database, const Filter& filter, const FilterNode& node) {
  Result<Statement> statement = database.prepare("SELECT name FROM attribute_name ORDER BY key");
  if (!statement) return statement.error();
  std::vector<std::string> names;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    names.push_back(statement->text(0));
  }
  return unknown_filter_name(filter, node, names);
}

/// Walks the tree of one filter.
class Evaluator {
 public:
  Evaluator(const Database& database, const Filter& filter, const Bitmap& among)
      : database_(database), filter_(filter), among_(among) {}

  Result<Bitmap> evaluate(const FilterNode& node) const {
    switch (node.kind) {
      case FilterNode::Kind::kAnd:
      case FilterNode::Kind::kOr:
        return evaluate_list(node);
      case FilterNode::Kind::kNot: {
        const Result<Bitmap> inner = evaluate(node.children.front());
        if (!inner) return inner.error();
        Bitmap others = among_;
        others -= *inner;
        return others;
      }
      case FilterNode::Kind::kComparison:
        break;
    }
    return compare(node);
  }

 private:
  Result<Bitmap> evaluate_list(const FilterNode& node) const {
    Result<Bitmap> items = evaluate(node.children.front());
    for (std::size_t i = 1; items && i < node.children.size(); ++i) {
      const Result<Bitmap> next = evaluate(node.children[i]);
      if (!next) return next.error();
      if (node.kind == FilterNode::Kind::kAnd) {
        *items &= *next;
      } else {
        *items |= *next;
      }
    }
    return items;
  }

  Result<Bitmap> compare(const FilterNode& node) const {
    const Result<std::optional<FilterColumn>> column = find_column(database_, node.name);
    if (!column) return column.error();
    if (!*column) return unknown_name(database_, filter_, node);
    Bitmap items(among_.size());
    SEMBLANCE_RETURN_IF_ERROR(collect(database_, queries_of(node, **column), items));
    if (node.comparison == Comparison::kNotEqual || node.comparison == Comparison::kNotIn) {
      Bitmap others(among_.size());
      SEMBLANCE_RETURN_IF_ERROR(collect(database_, query_for_any_value(**column), others));
      others -= items;
      items = std::move(others);
    }
    // Others have attributes, too: items that failed, for one.
    items &= among_;
    return items;
  }

  const Database& database_;
  const Filter& filter_;
  const Bitmap& among_;
};

}  // namespace

std::vector<FilterQuery> queries_of(const FilterNode& comparison, const FilterColumn& column) {
  if (comparison.comparison == Comparison::kHas) return {query_for_any_value(column)};
  std::vector<FilterQuery> queries;
  for (const FilterValue& value : comparison.values) {
    add_queries(column, comparison.comparison, value, queries);
  }
  // Of one kind side by side, so that a statement is prepared once.
  std::sort(queries.begin(), queries.end(), [](const FilterQuery& a, const FilterQuery& b) {
    return std::tie(a.sql, a.parameters) < std::tie(b.sql, b.parameters);
  });
  queries.erase(std::unique(queries.begin(), queries.end()), queries.end());
  return queries;
}

Result<std::optional<FilterColumn>> find_column(const Database& database, std::string_view name) {
  Result<Statement> statement = database.prepare("SELECT key FROM attribute_name WHERE name = ?");
  if (!statement) return statement.error();
  const Result<bool> row = statement->bind(1, name).step();
  if (!row) return row.error();
  using Kind = FilterColumn::Kind;
  if (*row) return std::optional(FilterColumn{Kind::kAttribute, statement->integer(0)});
  if (name == "id") return std::optional(FilterColumn{Kind::kId, 0});
  if (name == "product") return std::optional(FilterColumn{Kind::kProduct, 0});
  return std::optional<FilterColumn>();
}

Error item_key_out_of_range(std::int64_t key) {
  return Error{ErrorCode::kCorrupt, "catalogue: item key " + std::to_string(key) +
                                        " is out of range (run 'semblance doctor')"};
}

Result<Bitmap> indexed_items(const Database& database) {
  const Result<std::int64_t> largest = database.integer("SELECT coalesce(max(key), 0) FROM item");
  if (!largest) return largest.error();
  if (*largest < 0 || *largest > kMaxItemKey) return item_key_out_of_range(*largest);
  // Both read an index only: the rows of the table itself are ten times larger.
  Bitmap items(static_cast<std::size_t>(*largest) + 1);
  SEMBLANCE_RETURN_IF_ERROR(collect(database, {"SELECT key FROM item", {}}, items));
  Bitmap others(items.size());
  SEMBLANCE_RETURN_IF_ERROR(
      collect(database, {"SELECT key FROM item WHERE status <> 'indexed'", {}}, others));
  items -= others;
  return items;
}

Result<Bitmap> matching_items(const Database& database, const Filter& filter, const Bitmap& items) {
  return Evaluator(database, filter, items).evaluate(filter.root);
}

}  // namespace semblance
