#include "engine/confidence_fit.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/utc_time.h"
#include "engine/collection.h"
#include "engine/held_out.h"
#include "engine/open_to_change.h"

namespace semblance {

namespace {

constexpr std::size_t kBins = 15;
constexpr int kSamples = 300;
constexpr int kDraws = 100;
/// The colour weights that docs/search.md recommends.
constexpr double kWeightOfColour = 0.5;
constexpr double kWeightOfHistogram = 0.15;

/// A model of the same way as `like`, learnt from some hits.
Result<ConfidenceModel> learn(const LabelledHits& hits, const TrainingHits& training,
                              const ConfidenceModel& like, bool isotonic) {
  ConfidenceModel model;
  model.all_parts = like.all_parts;
  model.has_colour = like.has_colour;
  std::vector<double> rows;
  std::size_t columns = 0;
  for (const std::size_t place : training.places) {
    const std::vector<double> row = model.columns(hits.hits[place].parts);
    rows.insert(rows.end(), row.begin(), row.end());
    columns = row.size();
  }
  Result<LogisticModel> logistic = fit_logistic(rows, columns, training.outcomes);
  if (!logistic) return logistic.error();
  model.logistic = *std::move(logistic);
  if (!isotonic) return model;
  std::vector<double> sums;
  for (std::size_t i = 0; i < training.places.size(); ++i) {
    sums.push_back(model.logistic.sum(std::span(rows).subspan(i * columns, columns)));
  }
  model.steps = fit_isotonic(sums, training.outcomes);
  return model;
}

Result<std::vector<double>> held_out(const LabelledHits& hits, const ConfidenceModel& like,
                                     bool isotonic) {
  const std::vector<int> folds = folds_of_products(hits.product_sizes);
  std::vector<double> confidence(hits.hits.size());
  for (int fold = 0; fold < kFolds; ++fold) {
    const Result<ConfidenceModel> model =
        learn(hits, training_hits(hits, folds, fold), like, isotonic);
    if (!model) return model.error();
    for (std::size_t i = 0; i < hits.hits.size(); ++i) {
      const LabelledHit& hit = hits.hits[i];
      if (folds[static_cast<std::size_t>(hit.query_product)] != fold) continue;
      confidence[i] = model->raw(hit.parts);
    }
  }
  return confidence;
}

std::vector<Outcome> outcomes_of(const LabelledHits& hits) {
  std::vector<Outcome> outcomes;
  for (const LabelledHit& hit : hits.hits) outcomes.push_back({hit.right()});
  return outcomes;
}

double error_of(const std::vector<double>& confidence, const std::vector<Outcome>& outcomes) {
  return calibration_error(reliability_bins(confidence, outcomes, kBins));
}

/// The mean error of outcomes that are drawn by the probabilities themselves.
double error_by_chance(const std::vector<double>& confidence) {
  Random random;
  std::vector<Outcome> drawn(confidence.size());
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    for (std::size_t k = 0; k < drawn.size(); ++k) drawn[k].right = random.share() < confidence[k];
    sum += error_of(confidence, drawn);
  }
  return sum / kDraws;
}

std::int64_t count_queries(const LabelledHits& hits) {
  std::vector<std::int64_t> keys;
  for (const LabelledHit& hit : hits.hits) keys.push_back(hit.query);
  std::sort(keys.begin(), keys.end());
  return std::unique(keys.begin(), keys.end()) - keys.begin();
}

LabelledHitOptions searches_for(const ConfidenceOptions& options, bool has_colour) {
  LabelledHitOptions searches;
  searches.label = options.label;
  searches.where = options.where;
  searches.threads = options.threads;
  searches.most_queries = options.most_queries;
  MeasureNames names;
  for (const double weight : {0.0, has_colour ? kWeightOfColour : kWeightOfHistogram}) {
    names.colour_weight = weight;
    // These names fit together in any collection.
    searches.measures.push_back(*make_measure(names, has_colour));
  }
  return searches;
}

Result<LabelledHits> gather(const std::filesystem::path& data_folder, std::string_view collection,
                            const ConfidenceOptions& options, const LabelledHitHooks& hooks) {
  const Result<Collection> opened = Collection::open(data_folder, collection);
  if (!opened) return opened.error();
  return gather_labelled_hits(data_folder, collection, searches_for(options, opened->has_colour()),
                              hooks);
}

}  // namespace

CalibrationCheck check_calibration(const LabelledHits& hits,
                                   const std::vector<double>& confidence) {
  const std::vector<Outcome> outcomes = outcomes_of(hits);
  CalibrationCheck check;
  check.queries = count_queries(hits);
  check.hits = static_cast<std::int64_t>(outcomes.size());
  check.right = std::count_if(outcomes.begin(), outcomes.end(),
                              [](const Outcome& outcome) { return outcome.right; });
  check.bins = reliability_bins(confidence, outcomes, kBins);
  check.error = calibration_error(check.bins);
  check.error_by_chance = error_by_chance(confidence);
  check.log_loss = log_loss(confidence, outcomes);
  const std::vector<double> share(
      outcomes.size(), static_cast<double>(check.right) / static_cast<double>(check.hits));
  check.log_loss_of_share = log_loss(share, outcomes);
  const auto groups = hits_by_query_product(hits);
  check.error_between =
      bootstrap_over_products(groups.size(), kSamples, [&](std::span<const int> drawn) {
        std::vector<double> some;
        std::vector<Outcome> theirs;
        for (std::size_t group = 0; group < groups.size(); ++group) {
          for (int i = 0; i < drawn[group]; ++i) {
            for (const std::size_t place : groups[group]) {
              some.push_back(confidence[place]);
              theirs.push_back(outcomes[place]);
            }
          }
        }
        return error_of(some, theirs);
      });
  return check;
}

Result<std::vector<double>> held_out_confidence(const LabelledHits& hits,
                                                const ConfidenceModel& like) {
  return held_out(hits, like, !like.steps.steps.empty());
}

Result<Confidence> learn_confidence(const LabelledHits& hits, bool has_colour) {
  Confidence result;
  result.label = hits.label;
  result.photos = hits.photos;
  result.products = hits.products_with_several();
  const std::vector<Outcome> outcomes = outcomes_of(hits);
  TrainingHits all;
  for (std::size_t i = 0; i < outcomes.size(); ++i) all.places.push_back(i);
  all.outcomes = outcomes;
  std::vector<double> best;
  for (const bool all_parts : {true, false}) {
    for (const bool isotonic : {false, true}) {
      ConfidenceModel like;
      like.all_parts = all_parts;
      like.has_colour = has_colour;
      Result<std::vector<double>> confidence = held_out(hits, like, isotonic);
      if (!confidence) return confidence.error();
      Result<ConfidenceModel> model = learn(hits, all, like, isotonic);
      if (!model) return model.error();
      const double loss = log_loss(*confidence, outcomes);
      const bool better =
          std::all_of(result.candidates.begin(), result.candidates.end(),
                      [&](const ConfidenceCandidate& other) { return loss < other.log_loss; });
      result.candidates.push_back({model->name(), loss, error_of(*confidence, outcomes)});
      if (!better) continue;
      result.model = *std::move(model);
      best = *std::move(confidence);
    }
  }
  result.check = check_calibration(hits, best);
  return result;
}

Result<Confidence> fit_confidence(const std::filesystem::path& data_folder,
                                  std::string_view collection, const ConfidenceOptions& options,
                                  const LabelledHitHooks& hooks) {
  const Result<LabelledHits> hits = gather(data_folder, collection, options, hooks);
  if (!hits) return hits.error();
  Result<Confidence> confidence = learn_confidence(*hits, hits->set.colour_dimension > 0);
  if (!confidence) return confidence;
  confidence->network = confidence_network(hits->set);
  confidence->where = options.where;
  confidence->fitted = iso_time(std::time(nullptr));
  const CollectionFiles files(data_folder, collection);
  const Result<OpenToChange> opened =
      open_to_change(files, data_folder, collection, hooks.stop, hooks.notice);
  if (!opened) return opened.error();
  SEMBLANCE_RETURN_IF_ERROR(store_confidence(opened->catalogue, *confidence));
  return confidence;
}

Result<CalibrationCheck> check_confidence(const std::filesystem::path& data_folder,
                                          std::string_view collection,
                                          const ConfidenceOptions& options,
                                          const LabelledHitHooks& hooks) {
  const Result<Collection> opened = Collection::open(data_folder, collection);
  if (!opened) return opened.error();
  const Result<std::optional<Confidence>> stored = stored_confidence(opened->catalogue());
  if (!stored) return stored.error();
  if (!*stored || (*stored)->network != confidence_network(opened->set())) {
    return Error{ErrorCode::kNotFound,
                 "nothing was learnt for this collection's network; run 'semblance confidence "
                 "fit' first"};
  }
  ConfidenceOptions same = options;
  if (same.label.empty()) same.label = (*stored)->label;
  const Result<LabelledHits> hits = gather(data_folder, collection, same, hooks);
  if (!hits) return hits.error();
  std::vector<double> confidence;
  for (const LabelledHit& hit : hits->hits) {
    confidence.push_back((*stored)->model.raw(hit.parts));
  }
  return check_calibration(*hits, confidence);
}

Status forget_confidence(const std::filesystem::path& data_folder, std::string_view collection,
                         const LabelledHitHooks& hooks) {
  const CollectionFiles files(data_folder, collection);
  const Result<OpenToChange> opened =
      open_to_change(files, data_folder, collection, hooks.stop, hooks.notice);
  if (!opened) return opened.error();
  const Result<std::optional<Confidence>> stored = stored_confidence(opened->catalogue);
  if (stored && !*stored) {
    return Error{ErrorCode::kNotFound, "no confidence was learnt for this collection"};
  }
  return store_confidence(opened->catalogue, std::nullopt);
}

}  // namespace semblance
