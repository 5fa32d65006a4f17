#include "unit/remote/shapes.h"

#include <functional>
#include <map>
#include <set>

namespace semblance::remote::test {

namespace {

using Fault = std::optional<std::string>;
using Check = std::function<Fault(const Json&)>;

Fault expected(const std::string& what, const Json& found) {
  return "expected " + what + ", found " + found.dump().substr(0, 120);
}

/// An object with these fields, of which the first `required` names must be there.
Fault object(const Json& value, const std::map<std::string, Check>& fields,
             const std::set<std::string>& required = {}) {
  if (!value.is_object()) return expected("an object", value);
  for (const auto& [name, field] : value.items()) {
    const auto known = fields.find(name);
    if (known == fields.end()) return "unknown field [" + name + "]";
    if (Fault fault = known->second(field)) return name + ": " + *fault;
  }
  for (const std::string& name : required) {
    if (!value.contains(name)) return "missing field [" + name + "]";
  }
  return {};
}

/// An object with exactly one name, whatever it is.
Fault named(const Json& value, const Check& check) {
  if (!value.is_object() || value.size() != 1) return expected("an object of one name", value);
  return check(value.begin().value());
}

Check is(const std::string& what, bool (*test)(const Json&)) {
  return [what, test](const Json& value) { return test(value) ? Fault() : expected(what, value); };
}

const Check kText = is("a text", [](const Json& v) { return v.is_string(); });
const Check kBoolean = is("a boolean", [](const Json& v) { return v.is_boolean(); });
const Check kWhole = is("a whole number", [](const Json& v) { return v.is_number_integer(); });
const Check kScalar =
    is("a scalar", [](const Json& v) { return v.is_string() || v.is_number() || v.is_boolean(); });
const Check kAnything = [](const Json&) { return Fault(); };

Check at_most(std::int64_t most) {
  return [most](const Json& value) -> Fault {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0) {
      return expected("a whole number", value);
    }
    if (value.get<std::int64_t>() > most) return "larger than " + std::to_string(most);
    return {};
  };
}

Check list_of(const Check& check) {
  return [check](const Json& value) -> Fault {
    if (!value.is_array()) return expected("a list", value);
    for (const Json& element : value) {
      if (Fault fault = check(element)) return fault;
    }
    return {};
  };
}

const Check kVector = list_of(is("a number", [](const Json& v) { return v.is_number(); }));

class Queries {
 public:
  explicit Queries(Distribution distribution)
      : opensearch_(distribution == Distribution::kOpenSearch) {}

  Fault query(const Json& value, int depth = 0) const {
    constexpr int kMostDepth = 20;  // indices.query.bool.max_nested_depth
    if (depth > kMostDepth) return "The nested depth of the query exceeds the maximum";
    if (!value.is_object() || value.size() != 1) return expected("a query", value);
    const std::string& kind = value.begin().key();
    const Json& body = value.begin().value();
    const Check inner = [this, depth](const Json& v) { return query(v, depth + 1); };
    const Check range = [](const Json& v) {
      return object(v, {{"lt", kScalar}, {"lte", kScalar}, {"gt", kScalar}, {"gte", kScalar}});
    };
    if (kind == "match_all" || kind == "match_none") return object(body, {});
    if (kind == "term") return named(body, kScalar);
    if (kind == "terms") return named(body, list_of(kScalar));
    if (kind == "range") return named(body, range);
    if (kind == "exists") return object(body, {{"field", kText}}, {"field"});
    if (kind == "bool") {
      return object(body, {{"filter", list_of(inner)},
                           {"must_not", list_of(inner)},
                           {"should", list_of(inner)},
                           {"minimum_should_match", kWhole}});
    }
    if (kind == "script_score") {
      return object(body, {{"query", inner}, {"script", script()}}, {"query", "script"});
    }
    if (kind == "function_score") {
      const Check random = [](const Json& v) {
        return object(v, {{"seed", kWhole}, {"field", kText}}, {"seed", "field"});
      };
      return object(body, {{"query", inner}, {"random_score", random}, {"boost_mode", kText}});
    }
    if (kind == "knn" && opensearch_) return named(body, opensearch_knn());
    return "unknown query [" + kind + "]";
  }

  [[nodiscard]] Check elasticsearch_knn() const {
    const Check inner = [this](const Json& v) { return query(v); };
    return [inner](const Json& v) -> Fault {
      if (Fault fault = object(v,
                               {{"field", kText},
                                {"query_vector", kVector},
                                {"k", at_most(10'000)},
                                {"num_candidates", at_most(10'000)},
                                {"filter", inner}},
                               {"field", "query_vector"})) {
        return fault;
      }
      if (v["num_candidates"] < v["k"]) return "[num_candidates] cannot be less than [k]";
      return {};
    };
  }

  [[nodiscard]] bool opensearch() const { return opensearch_; }

 private:
  [[nodiscard]] Check opensearch_knn() const {
    const Check inner = [this](const Json& v) { return query(v); };
    const Check method = [](const Json& v) { return object(v, {{"ef_search", kWhole}}); };
    return [inner, method](const Json& v) {
      return object(v,
                    {{"vector", kVector},
                     {"k", at_most(10'000)},
                     {"filter", inner},
                     {"method_parameters", method}},
                    {"vector", "k"});
    };
  }

  [[nodiscard]] Check script() const {
    if (!opensearch_) {
      return [](const Json& v) {
        const Check parameters = [](const Json& p) { return object(p, {{"q", kVector}}, {"q"}); };
        return object(v, {{"source", kText}, {"params", parameters}}, {"source", "params"});
      };
    }
    return [](const Json& v) {
      const Check parameters = [](const Json& p) {
        return object(p, {{"field", kText}, {"query_value", kVector}, {"space_type", kText}},
                      {"field", "query_value", "space_type"});
      };
      return object(v, {{"lang", kText}, {"source", kText}, {"params", parameters}},
                    {"lang", "source", "params"});
    };
  }

  bool opensearch_;
};

Fault source(const Json& value) {
  if (value.is_boolean()) return {};
  return object(value, {{"includes", list_of(kText)}}, {"includes"});
}

Fault aggregation(const Queries& queries, const Json& value) {
  const Check query = [&queries](const Json& v) { return queries.query(v); };
  const Check terms = [](const Json& v) {
    return object(v, {{"field", kText}, {"size", at_most(65'536)}, {"shard_size", kWhole}});
  };
  const Check composite = [](const Json& v) {
    const Check terms_source = [](const Json& s) {
      return named(s, [](const Json& t) {
        return object(t, {{"terms", [](const Json& f) {
                             return object(f, {{"field", kText}}, {"field"});
                           }}});
      });
    };
    return object(
        v, {{"size", at_most(65'536)}, {"sources", list_of(terms_source)}, {"after", kAnything}});
  };
  const Check filters = [query](const Json& v) {
    return object(v, {{"filters", list_of(query)}}, {"filters"});
  };
  return object(value, {{"terms", terms}, {"composite", composite}, {"filters", filters}});
}

Fault dense_vector(const Json& field) {
  const Check options = [](const Json& v) {
    return object(v, {{"type", kText}, {"m", kWhole}, {"ef_construction", kWhole}}, {"type"});
  };
  return object(field,
                {{"type", kText},
                 {"dims", at_most(4'096)},
                 {"index", kBoolean},
                 {"similarity", kText},
                 {"index_options", options}},
                {"type", "dims"});
}

Fault knn_vector(const Json& field) {
  const Check parameters = [](const Json& v) {
    return object(v, {{"m", kWhole}, {"ef_construction", kWhole}});
  };
  const Check method = [parameters](const Json& v) {
    return object(
        v, {{"name", kText}, {"engine", kText}, {"space_type", kText}, {"parameters", parameters}},
        {"name", "engine", "space_type"});
  };
  return object(field, {{"type", kText}, {"dimension", at_most(16'000)}, {"method", method}},
                {"type", "dimension"});
}

Fault field(bool opensearch, const Json& value) {
  if (!value.is_object()) return expected("a mapping", value);
  const std::string type = value.value("type", "object");
  if (type == "knn_vector" && opensearch) return knn_vector(value);
  if (type == "dense_vector" && !opensearch) return dense_vector(value);
  if (type == "keyword") {
    return object(value, {{"type", kText}, {"index", kBoolean}, {"doc_values", kBoolean}});
  }
  if (type == "object") {
    const Check inner = [opensearch](const Json& v) -> Fault {
      for (const auto& [name, property] : v.items()) {
        if (name.empty() || name.find('.') != std::string::npos) return "field name [" + name + "]";
        if (Fault fault = field(opensearch, property)) return name + ": " + *fault;
      }
      return {};
    };
    return object(
        value, {{"type", kText}, {"enabled", kBoolean}, {"dynamic", kText}, {"properties", inner}});
  }
  static const std::set<std::string> kPlain = {"double", "boolean", "integer", "long", "binary"};
  if (!kPlain.contains(type)) return "No handler for type [" + type + "]";
  return object(value, {{"type", kText}});
}

}  // namespace

Fault fault_in_search(Distribution distribution, const Json& body) {
  const Queries queries(distribution);
  const Check query = [&queries](const Json& v) { return queries.query(v); };
  std::map<std::string, Check> fields = {
      {"size", at_most(10'000)},
      {"_source", source},
      {"track_total_hits", kBoolean},
      {"sort", list_of([](const Json& v) { return named(v, kText); })},
      {"query", query},
      {"search_after", list_of(kScalar)},
      {"seq_no_primary_term", kBoolean},
      {"pit",
       [](const Json& v) {
         return object(v, {{"id", kText}, {"keep_alive", kText}}, {"id"});
       }},
      {"aggs", [&queries](const Json& v) {
         return named(v, [&queries](const Json& a) { return aggregation(queries, a); });
       }}};
  if (!queries.opensearch()) fields["knn"] = queries.elasticsearch_knn();
  return object(body, fields);
}

Fault fault_in_mapping(Distribution distribution, const Json& body) {
  const bool opensearch = distribution == Distribution::kOpenSearch;
  const Check properties = [opensearch](const Json& v) -> Fault {
    return field(opensearch, {{"properties", v}});
  };
  return object(body, {{"dynamic", kText}, {"_meta", kAnything}, {"properties", properties}});
}

Fault fault_in_index(Distribution distribution, const Json& body) {
  const bool opensearch = distribution == Distribution::kOpenSearch;
  const Check limits = [](const Json& v) {
    return object(v, {{"total_fields", [](const Json& l) {
                         return object(l, {{"limit", kWhole}});
                       }}});
  };
  const Check index = [opensearch, limits](const Json& v) -> Fault {
    if (!opensearch && v.contains("knn")) return "unknown setting [index.knn]";
    return object(v, {{"number_of_shards", kWhole},
                      {"number_of_replicas", kWhole},
                      {"refresh_interval", kText},
                      {"knn", kBoolean},
                      {"mapping", limits}});
  };
  const Check settings = [index](const Json& v) { return object(v, {{"index", index}}); };
  const Check mappings = [distribution](const Json& v) {
    return fault_in_mapping(distribution, v);
  };
  return object(body, {{"settings", settings}, {"mappings", mappings}, {"aliases", kAnything}});
}

Fault fault_in_bulk(const Json& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Json& action = lines[i];
    if (!action.is_object() || action.size() != 1) return expected("an action", action);
    const std::string& verb = action.begin().key();
    if (Fault fault =
            object(action.begin().value(),
                   {{"_id", kText}, {"if_seq_no", kWhole}, {"if_primary_term", kWhole}}, {"_id"})) {
      return fault;
    }
    if (verb == "delete") continue;
    if (verb != "index" && verb != "create" && verb != "update") return "unknown action " + verb;
    if (++i == lines.size() || !lines[i].is_object()) return "an action without a document";
    if (verb == "update") {
      if (Fault fault = object(lines[i], {{"doc", kAnything}}, {"doc"})) return fault;
    }
  }
  return {};
}

Fault fault_in_actions(const Json& body) {
  const Check action = [](const Json& v) {
    return named(v, [](const Json& a) {
      return object(a, {{"index", kText}, {"alias", kText}, {"must_exist", kBoolean}},
                    {"index", "alias"});
    });
  };
  return object(body, {{"actions", list_of(action)}}, {"actions"});
}

}  // namespace semblance::remote::test
