#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "remote/cluster.h"

namespace semblance::remote {

/// Version of mapping and documents that this program writes; `_meta.semblance.schema`.
inline constexpr int kIndexSchema = 1;

/// The field that is searched: shape and colour side by side.
inline constexpr std::string_view kEmbeddingField = "embedding";

/// What `_meta.semblance` of an index says: which network made its vectors, and settings.
struct IndexMeta {
  int schema = kIndexSchema;
  std::string card_json;  ///< canonical (to_json(ModelCard)); empty: no network chosen yet
  std::string network;    ///< network_id(card_json)
  int shape_dimension = 0;
  int colour_dimension = 0;
  Json settings = Json::object();  ///< whatever the collection wants to remember

  [[nodiscard]] int embedding_dimension() const { return shape_dimension + colour_dimension; }
};

Json to_json(const IndexMeta& meta);
/// Of the `_meta` object of a mapping. Errors: kInvalidArgument (not an index of Semblance, or of a
/// newer one, saying what to do).
Result<IndexMeta> parse_index_meta(const Json& meta, std::string_view index);

/// How an index is made.
struct IndexLayout {
  IndexMeta meta;
  int shards = 1;
  int replicas = 1;
  std::vector<std::string> attribute_names;  ///< mapped from the start
  int graph_degree = 16;                     ///< HNSW: M
  int graph_build_effort = 128;              ///< HNSW: ef_construction
};

/// A search by inner product with the embeddings of documents.
struct VectorQuery {
  std::span<const float> vector;
  std::size_t size = 10;      ///< hits wanted of all shards together, at most kMostHits
  std::size_t ef_search = 0;  ///< rows that the walk in each shard keeps, at least `size`
  Json filter;                ///< query DSL; null: no more than the indexed items
  /// Whether hits of the same score come in the order of their ids. Each shard chooses its own hits
  /// without: it matters where there are several, and costs what hundreds of rows cost.
  bool ordered_by_id = true;
  /// Fields of the documents that come back; empty: none.
  std::vector<std::string> source{};
};

/// More hits than this no index gives (index.max_result_window, k).
inline constexpr std::size_t kMostHits = 10'000;

/// What differs between OpenSearch and Elasticsearch. Stateless.
class Dialect {
 public:
  virtual ~Dialect() = default;

  static const Dialect& of(Distribution distribution);
  [[nodiscard]] virtual Distribution distribution() const = 0;

  /// The body of PUT /INDEX: settings and a strict mapping.
  [[nodiscard]] Json index_body(const IndexLayout& layout) const;
  /// Bodies of POST /INDEX/_search. Hits are ordered by score; those of an exact search with the
  /// same score always by id (kItemId).
  [[nodiscard]] virtual std::string approximate_body(const VectorQuery& query) const = 0;
  [[nodiscard]] virtual std::string exact_body(const VectorQuery& query) const = 0;
  /// The inner product x that a hit's score says, in both products and both kinds of search: 1 + x
  /// where it is not negative, else 1 / (1 - x).
  [[nodiscard]] static double inner_product(double score) {
    return score >= 1 ? score - 1 : 1 - 1 / score;
  }

  /// Whether an index's mapping is one that this program can search: `mappings` of GET /INDEX.
  /// Errors: kInvalidArgument, each with what to do: no embedding field, faiss or nmslib as engine,
  /// another space type, another dimension than `_meta` says, not strict.
  [[nodiscard]] Status check_mapping(const Json& mappings, std::string_view index) const;

  /// The body of PUT /INDEX/_mapping that replaces `_meta` and, where it names a network, maps its
  /// embedding.
  [[nodiscard]] Json meta_body(const IndexLayout& layout) const;

  // Points in time.
  [[nodiscard]] virtual std::string open_pit_path(std::string_view index,
                                                  std::string_view keep_alive) const = 0;
  [[nodiscard]] virtual std::string pit_id_field() const = 0;
  [[nodiscard]] virtual std::string close_pit_path() const = 0;
  [[nodiscard]] virtual Json close_pit_body(const std::string& pit_id) const = 0;

 protected:
  [[nodiscard]] virtual Json vector_settings() const = 0;
  [[nodiscard]] virtual Json embedding_mapping(const IndexLayout& layout) const = 0;
  [[nodiscard]] virtual Status check_embedding(const Json& field, int dimension,
                                               std::string_view index) const = 0;
};

/// The name of a network in `_meta`: the first 16 hex digits of SHA-256 of its canonical card.
std::string network_id(std::string_view card_json);

/// Some attributes as the body of PUT /INDEX/_mapping.
Json attributes_mapping_body(std::span<const std::string> attribute_names);

/// A vector as JSON, with nine digits a number: enough for every float32 to come back as it was.
Json numbers(std::span<const float> vector);

/// `_source` of a search: these fields, or none.
Json source_filter(std::span<const std::string> fields);

/// Attributes that one index may have.
inline constexpr int kMostAttributes = 2'000;

}  // namespace semblance::remote
