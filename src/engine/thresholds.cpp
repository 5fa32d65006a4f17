#include "engine/thresholds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <unordered_set>
#include <utility>

#include "engine/collection.h"
#include "engine/confidence_fit.h"
#include "engine/held_out.h"

namespace semblance {

namespace {

constexpr int kSamples = 500;

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

double max_distance_for(const Measure& measure, double score) {
  if (measure.colour_weight > 0) return 1 - score;
  if (measure.metric == Metric::kCosine) return 2 * (1 - score);
  return 1 / score - 1;
}

/// A step of the curve of what thresholds leave, from the best score down.
struct Cut {
  double score = 0;
  double kept = 0;
  double right = 0;

  [[nodiscard]] double precision() const { return right / kept; }
};

/// What stays from each score on, best first; hits of one score stay or go together.
std::vector<Cut> cuts_of(const std::vector<double>& scores, const std::vector<Outcome>& outcomes) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<Cut> cuts;
  Cut cut;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Outcome& outcome = outcomes[order[i]];
    cut.score = scores[order[i]];
    cut.kept += outcome.weight;
    cut.right += outcome.right ? outcome.weight : 0;
    const bool last = i + 1 == order.size() || scores[order[i + 1]] != cut.score;
    if (last && cut.kept >= kLeastHitsAbove) cuts.push_back(cut);
  }
  return cuts;
}

/// What a threshold leaves of the hits of one product's photos.
struct Kept {
  double hits = 0;
  double right = 0;
  double all_right = 0;

  Kept& operator+=(const Kept& other) {
    hits += other.hits;
    right += other.right;
    all_right += other.all_right;
    return *this;
  }
  [[nodiscard]] double precision() const { return hits > 0 ? right / hits : 1; }
  [[nodiscard]] double recall() const { return all_right > 0 ? right / all_right : 1; }
};

ThresholdEffect effect_of(const std::vector<Kept>& products) {
  const auto sum_of = [&](std::span<const int> drawn) {
    Kept sum;
    for (std::size_t i = 0; i < products.size(); ++i) {
      for (int k = 0; k < drawn[i]; ++k) sum += products[i];
    }
    return sum;
  };
  const std::vector<int> each(products.size(), 1);
  ThresholdEffect effect;
  effect.precision = sum_of(each).precision();
  effect.recall = sum_of(each).recall();
  effect.precision_between = bootstrap_over_products(
      products.size(), kSamples, [&](auto drawn) { return sum_of(drawn).precision(); });
  effect.recall_between = bootstrap_over_products(
      products.size(), kSamples, [&](auto drawn) { return sum_of(drawn).recall(); });
  return effect;
}

/// One proposal: the steps in the order in which run() calls them.
class Proposer {
 public:
  Proposer(const LabelledHits& hits, const ThresholdOptions& options)
      : hits_(hits), options_(options), groups_(hits_by_query_product(hits)) {
    for (const LabelledHit& hit : hits.hits) {
      scores_.push_back(hit.score);
      outcomes_.push_back({hit.right()});
    }
  }

  Result<ThresholdProposal> run(const std::optional<ConfidenceModel>& confidence);

 private:
  [[nodiscard]] Error out_of_reach() const;
  [[nodiscard]] Interval threshold_between() const;
  [[nodiscard]] ThresholdEffect held_out_effect() const;
  Status add_confidence(const ConfidenceModel& model);
  void add_borderline();

  const LabelledHits& hits_;
  const ThresholdOptions& options_;
  const std::vector<std::vector<std::size_t>> groups_;
  std::vector<double> scores_;
  std::vector<Outcome> outcomes_;
  ThresholdProposal proposal_;
};

Error Proposer::out_of_reach() const {
  Cut best;
  for (const Cut& cut : cuts_of(scores_, outcomes_)) {
    if (best.kept == 0 || cut.precision() > best.precision()) best = cut;
  }
  std::string message =
      fmt::format("no score leaves hits of which {:g} are right (of at least {:g} hits)",
                  options_.precision, kLeastHitsAbove);
  if (best.kept > 0) {
    message +=
        fmt::format("; the best is {:.3f}, from score {:.4f} on", best.precision(), best.score);
  }
  return {ErrorCode::kNotFound, message};
}

Interval Proposer::threshold_between() const {
  const double beyond = std::nextafter(1.0, 2.0);  // nothing stays
  return bootstrap_over_products(groups_.size(), kSamples, [&](std::span<const int> drawn) {
    std::vector<Outcome> weighted = outcomes_;
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      for (const std::size_t place : groups_[group]) weighted[place].weight = drawn[group];
    }
    return std::min(1.0, threshold_for(scores_, weighted, options_.precision).value_or(beyond));
  });
}

ThresholdEffect Proposer::held_out_effect() const {
  const std::vector<int> folds = folds_of_products(hits_.product_sizes);
  std::vector<std::optional<double>> limits;
  for (int fold = 0; fold < kFolds; ++fold) {
    const TrainingHits training = training_hits(hits_, folds, fold);
    std::vector<double> scores;
    for (const std::size_t place : training.places) scores.push_back(scores_[place]);
    limits.push_back(threshold_for(scores, training.outcomes, options_.precision));
  }
  std::vector<Kept> products(groups_.size());
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    for (const std::size_t place : groups_[group]) {
      const LabelledHit& hit = hits_.hits[place];
      const auto fold = folds[static_cast<std::size_t>(hit.query_product)];
      const auto& limit = limits[static_cast<std::size_t>(fold)];
      const bool stays = limit && hit.score >= *limit;
      products[group] +=
          {stays ? 1.0 : 0.0, stays && hit.right() ? 1.0 : 0.0, hit.right() ? 1.0 : 0.0};
    }
  }
  return effect_of(products);
}

Status Proposer::add_confidence(const ConfidenceModel& model) {
  if (!model.speaks_of(options_.measure)) return {};
  const Result<std::vector<double>> confidence = held_out_confidence(hits_, model);
  if (!confidence) return confidence.error();
  const std::vector<Cut> cuts = cuts_of(*confidence, outcomes_);
  for (const Cut& cut : cuts) {
    if (cut.precision() < options_.precision) continue;
    proposal_.confidence = std::ceil(cut.score * 1000) / 1000;
    proposal_.confidence_recall = cut.right / static_cast<double>(proposal_.right);
  }
  return {};
}

void Proposer::add_borderline() {
  std::vector<std::size_t> order(scores_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto apart = [&](std::size_t place) {
    return std::abs(scores_[place] - proposal_.min_score);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return apart(a) < apart(b); });
  const std::size_t wanted[] = {options_.borderline / 2, (options_.borderline + 1) / 2};
  std::size_t count[] = {0, 0};  // below and above
  std::unordered_set<int> products;
  std::set<std::pair<std::int64_t, std::int64_t>> pairs;
  // Of many products rather than of one again and again, where there are so many.
  for (const bool each_product_once : {true, false}) {
    for (const std::size_t place : order) {
      const LabelledHit& hit = hits_.hits[place];
      const int side = hit.score >= proposal_.min_score ? 1 : 0;
      if (count[side] == wanted[side]) continue;
      if (each_product_once && products.contains(hit.query_product)) continue;
      if (!pairs.insert(std::minmax(hit.query, hit.hit)).second) continue;
      products.insert(hit.query_product);
      ++count[side];
      proposal_.borderline.push_back({hit.query, hit.hit, hit.score, hit.right()});
    }
  }
  std::stable_sort(proposal_.borderline.begin(), proposal_.borderline.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
}

Result<ThresholdProposal> Proposer::run(const std::optional<ConfidenceModel>& confidence) {
  proposal_.label = hits_.label;
  std::unordered_set<std::int64_t> queries;
  for (const LabelledHit& hit : hits_.hits) queries.insert(hit.query);
  proposal_.queries = static_cast<std::int64_t>(queries.size());
  proposal_.hits = static_cast<std::int64_t>(scores_.size());
  proposal_.right = std::count_if(outcomes_.begin(), outcomes_.end(),
                                  [](const Outcome& outcome) { return outcome.right; });
  const std::optional<double> limit = threshold_for(scores_, outcomes_, options_.precision);
  if (!limit) return out_of_reach();
  proposal_.min_score = *limit;
  proposal_.min_score_between = threshold_between();
  proposal_.max_distance = max_distance_for(options_.measure, *limit);
  proposal_.held_out = held_out_effect();
  if (confidence) SEMBLANCE_RETURN_IF_ERROR(add_confidence(*confidence));
  add_borderline();
  return std::move(proposal_);
}

}  // namespace

std::optional<double> threshold_for(const std::vector<double>& scores,
                                    const std::vector<Outcome>& outcomes, double precision) {
  std::optional<double> lowest;
  for (const Cut& cut : cuts_of(scores, outcomes)) {
    if (cut.precision() >= precision) lowest = cut.score;
  }
  return lowest;
}

Result<ThresholdProposal> propose_threshold(const LabelledHits& hits,
                                            const ThresholdOptions& options,
                                            const std::optional<ConfidenceModel>& confidence) {
  if (!(options.precision > 0 && options.precision < 1)) {
    return invalid("the precision must be above 0 and below 1");
  }
  return Proposer(hits, options).run(confidence);
}

Result<ThresholdProposal> propose_threshold(const std::filesystem::path& data_folder,
                                            std::string_view collection,
                                            const ThresholdOptions& options,
                                            const LabelledHitHooks& hooks) {
  if (!(options.precision > 0 && options.precision < 1)) {
    return invalid("the precision must be above 0 and below 1");
  }
  const Result<Collection> opened = Collection::open(data_folder, collection);
  if (!opened) return opened.error();
  LabelledHitOptions searches;
  searches.label = options.label;
  searches.where = options.where;
  searches.measures = {options.measure};
  searches.threads = options.threads;
  searches.most_queries = options.most_queries;
  const Result<LabelledHits> hits = gather_labelled_hits(data_folder, collection, searches, hooks);
  if (!hits) return hits.error();
  return propose_threshold(*hits, options, confidence_for(opened->catalogue(), hits->set));
}

}  // namespace semblance
