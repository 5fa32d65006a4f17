#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/calibration.h"
#include "engine/measure.h"
#include "engine/query.h"
#include "engine/resampling.h"

namespace semblance {

// Confidence: the probability that a hit shows the same product as the photo that was searched
// with, learnt from a collection's own photos. docs/confidence.md says of what it is a probability.

/// How close two photos are, part by part; a score each, 0 to 1.
struct PairScores {
  double shape = 0;
  double colour = 0;     ///< of the network's colour output; 0 where it has none
  double histogram = 0;  ///< Hellinger similarity of the foreground histograms
};

/// Compares one photo with stored ones, part by part. Borrows the photo's vectors.
class PairScorer {
 public:
  PairScorer(int shape_dimension, bool has_colour, const DescriptorSpans& photo);
  [[nodiscard]] PairScores compare(const DescriptorSpans& stored) const;

 private:
  std::optional<Scorer> colour_;
  Scorer histogram_;
};

/// From part scores to a probability.
struct ConfidenceModel {
  bool all_parts = false;   ///< otherwise shape alone
  bool has_colour = false;  ///< of the network
  LogisticModel logistic;
  /// Where it is not empty, the probability is that of the logistic model's sum.
  MonotoneSteps steps;

  /// What the logistic model looks at.
  [[nodiscard]] std::vector<double> columns(const PairScores& scores) const;
  /// As it was fitted, for measuring.
  [[nodiscard]] double raw(const PairScores& scores) const;
  /// .001 to .999, in steps of .001: nobody knows it better, and nothing is certain.
  [[nodiscard]] double of(const PairScores& scores) const;
  /// Whether hits that were found by this measure have a confidence: shape by cosine, mixed with
  /// what colour is mixed in by default or not.
  [[nodiscard]] bool speaks_of(const Measure& measure) const;
  /// "parts, logistic"
  [[nodiscard]] std::string name() const;
};

/// How well probabilities fit what happened, on photos that they were not learnt from.
struct CalibrationCheck {
  std::int64_t queries = 0;
  std::int64_t hits = 0;
  std::int64_t right = 0;
  double error = 0;        ///< calibration_error in 15 bins of equal size
  Interval error_between;  ///< 95 %, by bootstrap over the products
  /// What the error would be on average if every probability were exactly right, by the chance of
  /// what happened alone.
  double error_by_chance = 0;
  double log_loss = 0;
  double log_loss_of_share = 0;  ///< of saying the same, the share of right hits, of every hit
  std::vector<ReliabilityBin> bins;
};

/// A way from scores to probabilities that was tried.
struct ConfidenceCandidate {
  std::string name;
  double log_loss = 0;
  double error = 0;
};

/// What a collection knows of its confidence.
struct Confidence {
  std::string network;  ///< SHA-256 of the canonical card of the set of vectors that it is about
  std::string label;    ///< what told which photos belong together
  std::string where;    ///< filter: only these photos were looked at; may be empty
  std::string fitted;   ///< UTC, ISO 8601
  std::int64_t photos = 0;    ///< of the collection (that the filter leaves) then
  std::int64_t products = 0;  ///< with several photos
  ConfidenceModel model;
  std::vector<ConfidenceCandidate> candidates;
  CalibrationCheck check;  ///< by cross-validation
};

/// What the catalogue has; nothing where nothing was fitted. Errors: kCorrupt, kIo.
Result<std::optional<Confidence>> stored_confidence(const Catalogue& catalogue);
/// Needs the collection's lock. Nothing: forgets it.
Status store_confidence(const Catalogue& catalogue, const std::optional<Confidence>& confidence);

std::string to_json(const Confidence& confidence);
std::string to_json(const CalibrationCheck& check);
/// Errors: kCorrupt.
Result<Confidence> parse_confidence(std::string_view json);

/// What names the network, its output and its projection.
std::string confidence_network(const VectorSet& set);

/// The model for a set of vectors: nothing where none was fitted, where it was fitted for another
/// network or projection, and where what is stored cannot be read (searches go on without it).
std::optional<ConfidenceModel> confidence_for(const Catalogue& catalogue, const VectorSet& set);

/// The probability for one hit; nothing where there is no model, the measure is another, or the
/// query is not one whole photo (several examples, an embedding without histograms): of the hits of
/// these nothing was learnt.
std::optional<double> confidence_of_hit(const std::optional<ConfidenceModel>& model,
                                        const SearchQuery& query, const Measure& measure,
                                        int shape_dimension, const DescriptorSpans& photo,
                                        const DescriptorSpans& hit);

/// Why what was learnt may not be true any more, as one sentence; empty: it is current. Errors:
/// those of Catalogue::filter.
Result<std::string> why_stale(const Confidence& confidence, const Catalogue& catalogue,
                              const VectorSet& set);

}  // namespace semblance
