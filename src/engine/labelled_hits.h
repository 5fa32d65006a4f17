#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/confidence.h"
#include "engine/measure.h"

namespace semblance {

/// The label that takes duplicates of one photo (lanes identical and same-photo) for one product.
inline constexpr std::string_view kDuplicatesLabel = "duplicates";

struct LabelledHitOptions {
  /// An attribute, "product", several joined with '+', or kDuplicatesLabel. Empty: "product", or
  /// duplicates where hardly any product has several photos.
  std::string label{};
  std::string where{};                ///< filter: only these photos search and are found
  std::vector<Measure> measures{};    ///< each photo searches once by each of them
  int limit = 10;                     ///< hits of a search that count
  std::int64_t most_queries = 5'000;  ///< photos that search: all of some products, drawn at random
  int threads = 1;
};

/// Every member may be empty.
struct LabelledHitHooks {
  const std::atomic<bool>* stop = nullptr;
  /// Called now and then, from the caller's thread.
  std::function<void(std::string_view what, std::int64_t done, std::int64_t total)> progress{};
  /// One line for the user.
  std::function<void(std::string_view)> notice{};
};

/// A hit of which is known whether it is right. Products are numbered from 0.
struct LabelledHit {
  std::int64_t query = 0;  ///< item key
  std::int64_t hit = 0;
  int query_product = 0;
  int hit_product = 0;
  double score = 0;  ///< by the measure
  PairScores parts;

  [[nodiscard]] bool right() const { return query_product == hit_product; }
};

/// What searches with the photos of a collection find: each photo searches as `similar` does.
struct LabelledHits {
  std::string label;  ///< what was taken
  VectorSet set;
  std::int64_t photos = 0;                  ///< that pass the filter, with a label or without
  std::vector<std::int64_t> product_sizes;  ///< photos of each product, by its number
  std::vector<LabelledHit> hits;            ///< query by query

  [[nodiscard]] std::int64_t products_with_several() const;
};

/// Products with several photos, and right hits, from which on something can be learnt.
inline constexpr std::int64_t kLeastProducts = 10;
inline constexpr std::int64_t kLeastRightHits = 50;

/// Errors: those of Collection::open and find_duplicates; kNotFound where too few products have
/// several photos, or too few of these find each other, saying what to do; kInvalidArgument
/// (filter, measure); kCancelled.
Result<LabelledHits> gather_labelled_hits(const std::filesystem::path& data_folder,
                                          std::string_view collection,
                                          const LabelledHitOptions& options,
                                          const LabelledHitHooks& hooks);

}  // namespace semblance
