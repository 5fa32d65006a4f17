#include "engine/confidence.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/sha256.h"

namespace semblance {

namespace {

constexpr double kLeastConfidence = 0.001;
/// Scores nearer to 1 than this are taken for so near: an identical photo tells no more than one
/// that was saved again.
constexpr double kLeastDifference = 1e-4;
/// A fit is stale once there are so many times as many photos, or as few.
constexpr std::int64_t kMuchMore = 2;

/// The two scores of a mixture; which of them counts more does not matter here.
Measure parts_measure(bool colour) {
  Measure measure;
  measure.colour_weight = 0.5;
  measure.colour_descriptor = colour ? Descriptor::kColour : Descriptor::kHistogramForeground;
  measure.colour_metric = colour ? Metric::kCosine : Metric::kHellinger;
  return measure;
}

void add_columns(double score, std::vector<double>& columns) {
  columns.push_back(score);
  columns.push_back(-std::log(std::max(1 - score, kLeastDifference)));
}

}  // namespace

PairScorer::PairScorer(int shape_dimension, bool has_colour, const DescriptorSpans& photo)
    : histogram_(parts_measure(false), shape_dimension, photo) {
  if (has_colour) colour_.emplace(parts_measure(true), shape_dimension, photo);
}

PairScores PairScorer::compare(const DescriptorSpans& stored) const {
  const Closeness histogram = histogram_.compare(stored);
  return {histogram.shape_score, colour_ ? colour_->compare(stored).colour_score : 0,
          histogram.colour_score};
}

std::vector<double> ConfidenceModel::columns(const PairScores& scores) const {
  std::vector<double> columns;
  add_columns(scores.shape, columns);
  if (!all_parts) return columns;
  if (has_colour) add_columns(scores.colour, columns);
  add_columns(scores.histogram, columns);
  return columns;
}

double ConfidenceModel::raw(const PairScores& scores) const {
  const double sum = logistic.sum(columns(scores));
  const double probability = steps.steps.empty() ? semblance::logistic(sum) : steps.at(sum);
  return std::clamp(probability, kLeastConfidence, 1 - kLeastConfidence);
}

double ConfidenceModel::of(const PairScores& scores) const {
  return std::round(raw(scores) * 1000) / 1000;
}

bool ConfidenceModel::speaks_of(const Measure& measure) const {
  if (measure.descriptor != Descriptor::kShape || measure.metric != Metric::kCosine) return false;
  const Measure mixed = parts_measure(has_colour);
  return measure.colour_weight == 0 || (measure.colour_descriptor == mixed.colour_descriptor &&
                                        measure.colour_metric == mixed.colour_metric);
}

std::string ConfidenceModel::name() const {
  return std::string(all_parts ? "parts" : "shape") +
         (steps.steps.empty() ? ", logistic" : ", isotonic");
}

std::string confidence_network(const VectorSet& set) {
  return to_hex(sha256(std::as_bytes(std::span(set.card_json))));
}

std::optional<ConfidenceModel> confidence_for(const Catalogue& catalogue, const VectorSet& set) {
  const Result<std::optional<Confidence>> stored = stored_confidence(catalogue);
  if (!stored || !*stored) return std::nullopt;
  const Confidence& confidence = **stored;
  if (confidence.network != confidence_network(set)) return std::nullopt;
  if (confidence.model.has_colour != (set.colour_dimension > 0)) return std::nullopt;
  return confidence.model;
}

std::optional<double> confidence_of_hit(const std::optional<ConfidenceModel>& model,
                                        const SearchQuery& query, const Measure& measure,
                                        int shape_dimension, const DescriptorSpans& photo,
                                        const DescriptorSpans& hit) {
  const bool one_photo = query.photos.size() + query.like.size() == 1 && query.unlike.empty();
  if (!model || !one_photo || !model->speaks_of(measure)) return std::nullopt;
  if (!query.photos.empty() && query.photos.front().embedding_alone) return std::nullopt;
  return model->of(PairScorer(shape_dimension, model->has_colour, photo).compare(hit));
}

Result<std::string> why_stale(const Confidence& confidence, const Catalogue& catalogue,
                              const VectorSet& set) {
  if (confidence.network != confidence_network(set)) {
    return std::string("it was learnt from another network's vectors, and is not used");
  }
  const Result<Bitmap> items = catalogue.filter(confidence.where);
  if (!items) return items.error();
  const auto photos = static_cast<std::int64_t>(items->count());
  const bool grown = photos >= kMuchMore * confidence.photos;
  if (!grown && kMuchMore * photos > confidence.photos) return std::string();
  return "the collection has " + std::string(grown ? "grown" : "shrunk") + " from " +
         std::to_string(confidence.photos) + " to " + std::to_string(photos) + " photos since";
}

}  // namespace semblance
