#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "remote/cluster.h"
#include "remote/dialect.h"

namespace semblance::remote {

/// "ALIAS-000001": one index for each generation of a collection.
std::string generation_name(std::string_view alias, int generation);
/// An alias that only this index has, for BulkWriter.
std::string write_alias(std::string_view index);
/// The companion index of uploaded photos.
std::string photos_index_name(std::string_view alias);
/// Whether a cluster takes this as the name of an alias, with room for a generation behind it.
/// Errors: kInvalidArgument, saying what a name may be.
Status check_alias(std::string_view alias);

struct Generation {
  std::string index;
  int number = 0;
  bool live = false;  ///< the alias points at it
};

/// An index as the cluster describes it.
struct IndexDescription {
  std::string index;  ///< the real name, where an alias was asked for
  IndexMeta meta;
  std::set<std::string> attributes;  ///< names that are mapped
  int shards = 0;
  int replicas = 0;
};

struct ClusterHealth {
  std::string status;  ///< "green", "yellow", "red"
  int nodes = 0;
  int data_nodes = 0;
  int active_shards = 0;
  int unassigned_shards = 0;
};

struct IndexStatistics {
  std::int64_t documents = 0;  ///< of primary shards
  std::uint64_t bytes = 0;     ///< on disk, with replicas
  std::uint64_t primary_bytes = 0;
};

/// Makes, describes and removes indices. Safe to use from several threads. Borrows the cluster.
class IndexAdmin {
 public:
  IndexAdmin(const Cluster& cluster, const Dialect& dialect)
      : cluster_(&cluster), dialect_(&dialect) {}

  /// Makes the next generation of an alias, which does not point at it yet. Errors: kConflict where
  /// another process made it meanwhile.
  Result<std::string> create_generation(std::string_view alias, const IndexLayout& layout,
                                        const SendOptions& options = {}) const;
  /// Of the alias, by number.
  Result<std::vector<Generation>> generations(std::string_view alias,
                                              const SendOptions& options = {}) const;
  /// The alias points at `index` and at nothing else, in one step. With `expected` only if it
  /// pointed at that one before ("" : at none). Errors: kConflict, kNotFound.
  Status point_alias(std::string_view alias, std::string_view index,
                     const std::optional<std::string>& expected = {},
                     const SendOptions& options = {}) const;
  /// Nothing where there is no such index.
  Status remove(std::string_view index, const SendOptions& options = {}) const;

  /// Errors: kNotFound (says how to create one), kInvalidArgument (those of check_mapping and
  /// parse_index_meta; an alias of several indices).
  Result<IndexDescription> describe(std::string_view index_or_alias,
                                    const SendOptions& options = {}) const;
  /// Replaces `_meta`, and maps the embedding where an empty index had no network before. Errors:
  /// kInvalidArgument where it has vectors of another dimension.
  Status put_meta(std::string_view index, const IndexMeta& meta,
                  const SendOptions& options = {}) const;
  /// Maps attributes that are not mapped yet; those that are stay as they are, so that any number
  /// of processes may do it at once. Errors: kInvalidArgument where the index is full of fields.
  Status add_attributes(std::string_view index, std::span<const std::string> names,
                        const SendOptions& options = {}) const;

  /// The index for uploaded photos, made where it is not there: documents {"id", "photo"}.
  Status ensure_photos_index(std::string_view alias, int shards, int replicas,
                             const SendOptions& options = {}) const;

  /// What was acknowledged before is found by searches after it.
  Status refresh(std::string_view index, const SendOptions& options = {}) const;
  /// Of the whole cluster, or with `index` of what that needs.
  Result<ClusterHealth> health(std::string_view index = {}, const SendOptions& options = {}) const;
  Result<IndexStatistics> statistics(std::string_view index, const SendOptions& options = {}) const;

 private:
  const Cluster* cluster_;
  const Dialect* dialect_;
};

}  // namespace semblance::remote
