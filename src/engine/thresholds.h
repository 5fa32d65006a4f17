#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/labelled_hits.h"

namespace semblance {

struct ThresholdOptions {
  double precision = .95;  ///< share of the hits above the threshold that shall be right
  Measure measure;
  std::string label{};  ///< as LabelledHitOptions has it
  std::string where{};
  int threads = 1;
  std::int64_t most_queries = 5'000;
  std::size_t borderline = 20;  ///< pairs to show
};

/// A pair of photos whose score is near the threshold.
struct BorderlinePair {
  std::int64_t query = 0;  ///< item key
  std::int64_t hit = 0;
  double score = 0;
  bool right = false;
};

/// Of the hits that searches list, what a threshold leaves.
struct ThresholdEffect {
  double precision = 0;  ///< share of the hits above it that are right
  Interval precision_between;
  double recall = 0;  ///< share of the right hits that stay
  Interval recall_between;
};

/// A lowest score for searches, and what it does to photos of other products than those that it was
/// chosen on (ten folds). Intervals are 95 %, by bootstrap over the products.
struct ThresholdProposal {
  std::string label;
  std::int64_t queries = 0;
  std::int64_t hits = 0;
  std::int64_t right = 0;
  double min_score = 0;
  Interval min_score_between;
  double max_distance = 0;  ///< the same limit as a distance
  ThresholdEffect held_out;
  /// The limit on confidence, instead, that leaves hits of that precision, and the recall; nothing
  /// where no confidence was learnt for hits of this measure, or none does.
  std::optional<double> confidence;
  double confidence_recall = 0;
  std::vector<BorderlinePair> borderline{};  ///< best score first
};

/// The lowest score from which on that share of the hits is right; nothing where there is none that
/// leaves at least kLeastHitsAbove of them, by weight.
inline constexpr double kLeastHitsAbove = 20;
std::optional<double> threshold_for(const std::vector<double>& scores,
                                    const std::vector<Outcome>& outcomes, double precision);

/// Errors: those of gather_labelled_hits; kInvalidArgument (precision not above 0 and below 1, a
/// measure that does not fit); kNotFound where no score leaves hits of that precision, saying what
/// is the best that one does.
Result<ThresholdProposal> propose_threshold(const std::filesystem::path& data_folder,
                                            std::string_view collection,
                                            const ThresholdOptions& options,
                                            const LabelledHitHooks& hooks);

/// The same on hits that were gathered.
Result<ThresholdProposal> propose_threshold(const LabelledHits& hits,
                                            const ThresholdOptions& options,
                                            const std::optional<ConfidenceModel>& confidence);

}  // namespace semblance
