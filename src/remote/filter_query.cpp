#include "remote/filter_query.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "remote/field_names.h"

namespace semblance::remote {

namespace {

/// Queries inside each other that clusters allow: 20 in OpenSearch (indices.query.bool
/// .max_nested_depth), of which what stands around a filter takes a few.
constexpr int kMostDepth = 16;

/// A query, and whether it stands for those that do not match it.
struct Term {
  Json query;
  bool negated = false;
  int depth = 1;  ///< queries inside each other
};

Json any_of(Json::array_t queries) {
  if (queries.size() == 1) return std::move(queries.front());
  return {{"bool", {{"should", std::move(queries)}, {"minimum_should_match", 1}}}};
}

Json nothing() {
  return {{"match_none", Json::object()}};
}

std::string_view relation_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return "lt";
    case Comparison::kLessEqual:
      return "lte";
    case Comparison::kGreater:
      return "gt";
    case Comparison::kGreaterEqual:
      return "gte";
    default:  // != and NOT IN are the complements of = and IN
      return {};
  }
}

/// What a name in a filter stands for.
struct Column {
  bool is_attribute = true;
  std::string name;
};

/// field = one of the values.
Json equals(const std::string& field, Json::array_t values) {
  if (values.size() == 1) return {{"term", {{field, std::move(values.front())}}}};
  return {{"terms", {{field, std::move(values)}}}};
}

/// Lucene knows two zeros.
double one_zero(double number) {
  return number + 0.0;
}

Json equal_to_any(const Column& column, const std::vector<FilterValue>& values) {
  Json::array_t texts;
  Json::array_t numbers;
  Json::array_t booleans;
  for (const FilterValue& value : values) {
    if (!column.is_attribute) {
      texts.emplace_back(value.text);  // always text, whatever it looks like
    } else if (value.kind == FilterValue::Kind::kNumber) {
      numbers.emplace_back(one_zero(value.number));
    } else if (value.kind == FilterValue::Kind::kBoolean) {
      booleans.emplace_back(value.boolean);
    } else if (!value.text.empty()) {  // no value equals nothing
      texts.emplace_back(comparable_text(value.text));
    }
  }
  Json::array_t either;
  const std::string text = column.is_attribute ? text_field(column.name) : column.name;
  if (!texts.empty()) either.push_back(equals(text, std::move(texts)));
  if (!numbers.empty()) either.push_back(equals(number_field(column.name), std::move(numbers)));
  if (!booleans.empty()) either.push_back(equals(boolean_field(column.name), std::move(booleans)));
  return either.empty() ? nothing() : any_of(std::move(either));
}

Json in_order(const Column& column, Comparison comparison, const FilterValue& value) {
  const std::string relation(relation_of(comparison));
  if (!column.is_attribute) return {{"range", {{column.name, {{relation, value.text}}}}}};
  if (value.kind == FilterValue::Kind::kNumber) {
    return {{"range", {{number_field(column.name), {{relation, one_zero(value.number)}}}}}};
  }
  return {{"range", {{text_field(column.name), {{relation, comparable_text(value.text)}}}}}};
}

Json has_value(const Column& column) {
  if (!column.is_attribute) return {{"match_all", Json::object()}};
  return {{"exists", {{"field", text_field(column.name)}}}};
}

/// Walks the tree of one filter. NOT is brought down to the comparisons (De Morgan), and an OR
/// below an AND shares its query, so that few queries stand inside each other.
class Translator {
 public:
  Translator(const Filter& filter, const std::set<std::string>& attributes)
      : filter_(filter), attributes_(attributes) {}

  Result<Term> translate(const FilterNode& node, bool negated) const {
    if (node.kind == FilterNode::Kind::kNot) return translate(node.children.front(), !negated);
    if (node.kind == FilterNode::Kind::kComparison) return compare(node, negated);
    const bool is_and = (node.kind == FilterNode::Kind::kAnd) != negated;
    std::vector<Term> terms;
    SEMBLANCE_RETURN_IF_ERROR(gather(node, negated, is_and, terms));
    return is_and ? all_of(std::move(terms)) : one_of(std::move(terms));
  }

 private:
  /// The operands of an AND or OR, with those of the same kind below it.
  Status gather(const FilterNode& node, bool negated, bool is_and, std::vector<Term>& terms) const {
    for (const FilterNode& child : node.children) {
      const FilterNode* inner = &child;
      bool inner_negated = negated;
      while (inner->kind == FilterNode::Kind::kNot) {
        inner = &inner->children.front();
        inner_negated = !inner_negated;
      }
      const bool same = inner->kind != FilterNode::Kind::kComparison &&
                        ((inner->kind == FilterNode::Kind::kAnd) != inner_negated) == is_and;
      if (same) {
        SEMBLANCE_RETURN_IF_ERROR(gather(*inner, inner_negated, is_and, terms));
        continue;
      }
      Result<Term> term = translate(*inner, inner_negated);
      if (!term) return term.error();
      terms.push_back(*std::move(term));
    }
    return {};
  }

  static bool is_or(const Json& query) {
    return query.contains("bool") && query["bool"].size() == 2 && query["bool"].contains("should");
  }

  static Term all_of(std::vector<Term> terms) {
    Json bools = Json::object();
    int depth = 0;
    for (Term& term : terms) {
      if (!term.negated && !bools.contains("should") && is_or(term.query)) {
        bools.update(term.query["bool"]);
        depth = std::max(depth, term.depth - 1);
        continue;
      }
      bools[term.negated ? "must_not" : "filter"].push_back(std::move(term.query));
      depth = std::max(depth, term.depth);
    }
    return {{{"bool", std::move(bools)}}, false, depth + 1};
  }

  static Term one_of(std::vector<Term> terms) {
    Json::array_t either;
    int depth = 0;
    for (Term& term : terms) {
      term = as_query(std::move(term));
      depth = std::max(depth, term.depth);
      either.push_back(std::move(term.query));
    }
    return {
        {{"bool", {{"should", std::move(either)}, {"minimum_should_match", 1}}}}, false, depth + 1};
  }

 public:
  static Term as_query(Term term) {
    if (!term.negated) return term;
    return {
        {{"bool", {{"must_not", Json::array({std::move(term.query)})}}}}, false, term.depth + 1};
  }

 private:
  Result<Term> compare(const FilterNode& node, bool negated) const {
    Column column{true, node.name};
    if (!attributes_.contains(node.name)) {
      if (node.name != "id" && node.name != "product") {
        const std::vector<std::string> names(attributes_.begin(), attributes_.end());
        return unknown_filter_name(filter_, node, names);
      }
      column.is_attribute = false;
    }
    switch (node.comparison) {
      case Comparison::kHas:
        return Term{has_value(column), negated, 1};
      case Comparison::kEqual:
      case Comparison::kIn:
        return Term{equal_to_any(column, node.values), negated, 2};
      case Comparison::kNotEqual:
      case Comparison::kNotIn:
        break;
      default:
        return Term{in_order(column, node.comparison, node.values.front()), negated, 1};
    }
    // What has no value is neither equal nor unequal.
    Term different =
        all_of({{has_value(column), false, 1}, {equal_to_any(column, node.values), true, 2}});
    different.negated = negated;
    return different;
  }

  const Filter& filter_;
  const std::set<std::string>& attributes_;
};

}  // namespace

Json indexed_items_query() {
  return {{"bool",
           {{"filter",
             Json::array({{{"term", {{"kind", "item"}}}}, {{"term", {{"status", "indexed"}}}}})}}}};
}

Result<Json> filter_query(const Filter& filter, const std::set<std::string>& attributes) {
  Result<Term> term = Translator(filter, attributes).translate(filter.root, false);
  if (!term) return term.error();
  Term query = Translator::as_query(*std::move(term));
  if (query.depth > kMostDepth) {
    return filter_error(filter.text, 0,
                        "ANDs and ORs are too deep inside each other for a search engine; write "
                        "fewer parentheses");
  }
  return std::move(query.query);
}

Result<Json> indexed_items_query(std::string_view expression,
                                 const std::set<std::string>& attributes) {
  Json query = indexed_items_query();
  if (expression.empty()) return query;
  const Result<Filter> filter = parse_filter(expression);
  if (!filter) return filter.error();
  Result<Json> matching = filter_query(*filter, attributes);
  if (!matching) return matching.error();
  query["bool"]["filter"].push_back(*std::move(matching));
  return query;
}

}  // namespace semblance::remote
