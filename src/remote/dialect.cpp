#include "remote/dialect.h"

#include <algorithm>

#include "base/json_writer.h"
#include "remote/filter_query.h"

namespace semblance::remote {

namespace {

std::size_t effort_of(const VectorQuery& query) {
  return std::min(kMostHits, std::max(query.ef_search, query.size));
}

/// What all searches have before what they look for.
void begin_search(const VectorQuery& query, bool ordered_by_id, JsonWriter& writer) {
  writer.begin_object();
  writer.member("size", query.size);
  writer.key("_source");
  writer.json(to_text(source_filter(query.source)));
  writer.member("track_total_hits", false);
  if (!ordered_by_id) return;
  writer.key("sort");
  writer.json(R"([{"_score":"desc"},{"id":"asc"}])");
}

/// Each number as short as it can be said.
void write_vector(std::string_view name, std::span<const float> vector, JsonWriter& writer) {
  writer.key(name);
  writer.begin_array();
  for (const float number : vector) writer.value(number);
  writer.end_array();
}

void write_filter(const Json& filter, JsonWriter& writer) {
  if (filter.is_null()) return;
  writer.key("filter");
  writer.json(to_text(filter));
}

/// A search that compares all items of the filter by a script.
std::string script_body(const VectorQuery& query, Json script) {
  JsonWriter writer;
  begin_search(query, true, writer);
  const Json items = query.filter.is_null() ? indexed_items_query() : query.filter;
  writer.key("query");
  writer.json(to_text({{"script_score", {{"query", items}, {"script", std::move(script)}}}}));
  writer.end_object();
  return writer.take();
}

Error unfit(std::string_view index, const std::string& what) {
  return {ErrorCode::kInvalidArgument, "index '" + std::string(index) + "' " + what +
                                           ": sync into a new collection, or 'semblance copy' "
                                           "this one's source"};
}

std::string text_at(const Json& object, std::initializer_list<const char*> path) {
  const Json* at = &object;
  for (const char* name : path) {
    if (!at->is_object() || !at->contains(name)) return {};
    at = &(*at)[name];
  }
  return at->is_string() ? at->get<std::string>() : at->dump();
}

Status check_dimension(const Json& field, const char* name, int dimension, std::string_view index) {
  const std::string has = text_at(field, {name});
  if (has == std::to_string(dimension)) return {};
  return unfit(index, "has vectors of " + (has.empty() ? "unknown" : has) +
                          " numbers, and those of its network have " + std::to_string(dimension));
}

class OpenSearch final : public Dialect {
 public:
  [[nodiscard]] Distribution distribution() const override { return Distribution::kOpenSearch; }

  [[nodiscard]] std::string approximate_body(const VectorQuery& query) const override {
    JsonWriter writer;
    begin_search(query, query.ordered_by_id, writer);
    writer.key("query");
    writer.begin_object();
    writer.key("knn");
    writer.begin_object();
    writer.key(kEmbeddingField);
    writer.begin_object();
    write_vector("vector", query.vector, writer);
    writer.member("k", query.size);
    writer.key("method_parameters");
    writer.begin_object();
    writer.member("ef_search", effort_of(query));
    writer.end_object();
    write_filter(query.filter, writer);
    for (int i = 0; i < 4; ++i) writer.end_object();
    return writer.take();
  }

  [[nodiscard]] std::string exact_body(const VectorQuery& query) const override {
    return script_body(query, {{"lang", "knn"},
                               {"source", "knn_score"},
                               {"params",
                                {{"field", kEmbeddingField},
                                 {"query_value", numbers(query.vector)},
                                 {"space_type", "innerproduct"}}}});
  }

  [[nodiscard]] std::string open_pit_path(std::string_view index,
                                          std::string_view keep_alive) const override {
    return "/" + path_part(index) + "/_search/point_in_time?keep_alive=" + std::string(keep_alive);
  }
  [[nodiscard]] std::string pit_id_field() const override { return "pit_id"; }
  [[nodiscard]] std::string close_pit_path() const override { return "/_search/point_in_time"; }
  [[nodiscard]] Json close_pit_body(const std::string& pit_id) const override {
    return {{"pit_id", Json::array({pit_id})}};
  }

 protected:
  [[nodiscard]] Json vector_settings() const override { return {{"knn", true}}; }

  /// The engine must be named: the default one, faiss, takes another kind of filter and other
  /// memory, and is absent from some builds, where the first write then never ends.
  [[nodiscard]] Json embedding_mapping(const IndexLayout& layout) const override {
    return {{"type", "knn_vector"},
            {"dimension", layout.meta.embedding_dimension()},
            {"method",
             {{"name", "hnsw"},
              {"engine", "lucene"},
              {"space_type", "innerproduct"},
              {"parameters",
               {{"m", layout.graph_degree}, {"ef_construction", layout.graph_build_effort}}}}}};
  }

  [[nodiscard]] Status check_embedding(const Json& field, int dimension,
                                       std::string_view index) const override {
    if (text_at(field, {"type"}) != "knn_vector") {
      return unfit(index, "keeps its embeddings as '" + text_at(field, {"type"}) +
                              "' and not as knn_vector");
    }
    SEMBLANCE_RETURN_IF_ERROR(check_dimension(field, "dimension", dimension, index));
    const std::string engine = text_at(field, {"method", "engine"});
    if (engine != "lucene") {
      return unfit(index, "searches with the engine " +
                              (engine.empty() ? "that is the cluster's default" : engine) +
                              ", and Semblance needs lucene");
    }
    std::string space = text_at(field, {"method", "space_type"});
    if (space.empty()) space = text_at(field, {"space_type"});
    if (space != "innerproduct") {
      return unfit(index, "compares by '" + (space.empty() ? "l2" : space) +
                              "', and Semblance needs innerproduct");
    }
    return {};
  }
};

class Elasticsearch final : public Dialect {
 public:
  [[nodiscard]] Distribution distribution() const override { return Distribution::kElasticsearch; }

  [[nodiscard]] std::string approximate_body(const VectorQuery& query) const override {
    JsonWriter writer;
    begin_search(query, query.ordered_by_id, writer);
    writer.key("knn");
    writer.begin_object();
    writer.member("field", kEmbeddingField);
    write_vector("query_vector", query.vector, writer);
    writer.member("k", query.size);
    writer.member("num_candidates", effort_of(query));
    write_filter(query.filter, writer);
    writer.end_object();
    writer.end_object();
    return writer.take();
  }

  /// The script makes of an inner product what max_inner_product makes of it.
  [[nodiscard]] std::string exact_body(const VectorQuery& query) const override {
    return script_body(
        query,
        {{"source",
          "double x = dotProduct(params.q, 'embedding'); return x >= 0 ? 1 + x : 1 / (1 - x);"},
         {"params", {{"q", numbers(query.vector)}}}});
  }

  [[nodiscard]] std::string open_pit_path(std::string_view index,
                                          std::string_view keep_alive) const override {
    return "/" + path_part(index) + "/_pit?keep_alive=" + std::string(keep_alive);
  }
  [[nodiscard]] std::string pit_id_field() const override { return "id"; }
  [[nodiscard]] std::string close_pit_path() const override { return "/_pit"; }
  [[nodiscard]] Json close_pit_body(const std::string& pit_id) const override {
    return {{"id", pit_id}};
  }

 protected:
  [[nodiscard]] Json vector_settings() const override { return Json::object(); }

  /// dot_product wants unit vectors, and ours, shape and colour side by side, are longer. Without
  /// index_options the newer versions would round the vectors (int8_hnsw, bbq_hnsw).
  [[nodiscard]] Json embedding_mapping(const IndexLayout& layout) const override {
    return {{"type", "dense_vector"},
            {"dims", layout.meta.embedding_dimension()},
            {"index", true},
            {"similarity", "max_inner_product"},
            {"index_options",
             {{"type", "hnsw"},
              {"m", layout.graph_degree},
              {"ef_construction", layout.graph_build_effort}}}};
  }

  [[nodiscard]] Status check_embedding(const Json& field, int dimension,
                                       std::string_view index) const override {
    if (text_at(field, {"type"}) != "dense_vector") {
      return unfit(index, "keeps its embeddings as '" + text_at(field, {"type"}) +
                              "' and not as dense_vector");
    }
    SEMBLANCE_RETURN_IF_ERROR(check_dimension(field, "dims", dimension, index));
    if (text_at(field, {"index"}) == "false") {
      return unfit(index, "has vectors that are not indexed");
    }
    const std::string similarity = text_at(field, {"similarity"});
    if (similarity != "max_inner_product") {
      return unfit(index, "compares by '" + (similarity.empty() ? "cosine" : similarity) +
                              "', and Semblance needs max_inner_product");
    }
    return {};
  }
};

}  // namespace

const Dialect& Dialect::of(Distribution distribution) {
  static const OpenSearch kOpenSearch;
  static const Elasticsearch kElasticsearch;
  if (distribution == Distribution::kOpenSearch) return kOpenSearch;
  return kElasticsearch;
}

}  // namespace semblance::remote
