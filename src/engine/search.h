#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/measure.h"
#include "engine/planner.h"
#include "engine/query.h"

namespace semblance {

/// The last hit of a page.
struct PagePlace {
  double score = 0;
  std::string id;
  std::int64_t hits = 0;  ///< up to and with this one: how far the search has to look
};

struct SearchOptions {
  int limit = 10;
  Measure measure;
  std::string filter{};   ///< only items for which it is true (docs/filters.md); empty: all
  double min_score = 0;   ///< 0..1; hits with a lower score are left out
  bool collapse = false;  ///< one hit a product: its best photo
  /// 0..1: how much hits should differ from each other (diversity.h); 0: not at all, by score.
  double diversity = 0;
  bool exact = false;           ///< never by a graph
  double recall_target = 0.99;  ///< share of the true hits that a graph shall find
  bool explain = false;         ///< say how the answer was found
  /// Hits with a larger distance are left out, too.
  std::optional<double> max_distance{};
  /// Only hits that come after this place in the order by score, then id: the next page. A page
  /// neither repeats nor leaves out an item because others came or went before it. Not together
  /// with diversity, whose order is another.
  std::optional<PagePlace> after{};
  /// Gives the search up when it is set (kCancelled); may be null.
  const std::atomic<bool>* cancelled = nullptr;
};

/// How an answer was found, for --explain.
struct SearchExplanation {
  SearchMethod method = SearchMethod::kCompareAll;
  std::size_t effort = 0;       ///< of a graph: rows that its walk kept
  std::int64_t rows = 0;        ///< of the collection, those of no item among them
  std::int64_t allowed = 0;     ///< rows that could be hits
  std::int64_t scanned = 0;     ///< rows that were looked at
  std::int64_t candidates = 0;  ///< rows that the codes could not rule out
  std::int64_t ranked = 0;      ///< rows that were compared in float32
  double filter_us = 0;         ///< examples, filter and products
  double scan_us = 0;
  double rank_us = 0;
  double hits_us = 0;  ///< diversity, and reading the hits from the catalogue
};

struct Hit {
  int rank = 0;  ///< from 1
  Item item;
  Closeness closeness;
  Attributes attributes;
  int photos = 1;  ///< collapsed: the product's photos that could have been hits themselves
  std::optional<double> confidence{};  ///< where one was learnt (confidence_of_hit)
};

struct SearchAnswer {
  double took_ms = 0;  ///< of the search itself, without decoding and embedding the query
  std::string collection;
  std::string model;
  Measure measure;
  int limit = 0;
  bool collapsed = false;
  double diversity = 0;
  bool approximate = false;  ///< a graph found the hits: one that belongs here may be missing
  bool partial = false;      ///< a part of a cluster did not answer: hits may be missing
  bool explained = false;
  SearchExplanation explanation;
  std::vector<Hit> hits;  ///< best first, ties by id; with diversity, in the order of choice
};

/// Errors: kInvalidArgument for what is out of range or does not go together.
Status check_search_options(const SearchOptions& options);

/// kNotFound.
Error no_item_in(std::string_view id, std::string_view collection);
/// kConflict, for a photo.
Error described_by_another_network();

}  // namespace semblance
