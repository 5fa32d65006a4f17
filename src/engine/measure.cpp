#include "engine/measure.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace semblance {

namespace {

constexpr Descriptor kDescriptors[] = {Descriptor::kShape, Descriptor::kColour,
                                       Descriptor::kHistogram, Descriptor::kHistogramForeground};

bool is_histogram(Descriptor descriptor) {
  return descriptor == Descriptor::kHistogram || descriptor == Descriptor::kHistogramForeground;
}

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

Result<Descriptor> find_descriptor(const std::string& name, bool has_colour) {
  const std::optional<Descriptor> descriptor = descriptor_from_name(name);
  if (!descriptor) {
    return invalid("no descriptor '" + name +
                   "'; there are shape, colour, histogram and histogram-foreground");
  }
  if (*descriptor == Descriptor::kColour && !has_colour) {
    return invalid("the collection's network has no colour output; use histogram-foreground");
  }
  return *descriptor;
}

Result<Metric> find_metric(const std::string& name, Descriptor descriptor) {
  const std::optional<Metric> metric = metric_from_name(name);
  if (!metric) {
    return invalid("no metric '" + name + "'; there are " +
                   metric_names_for(VectorKind::kHistogram));
  }
  // Whether a network gives negative numbers is seen when its vectors are.
  const VectorKind kind =
      is_histogram(descriptor) ? VectorKind::kHistogram : VectorKind::kNonNegative;
  if (!metric_fits(*metric, kind)) {
    return invalid(name + " compares histograms, not the network's vectors (" +
                   std::string(descriptor_name(descriptor)) + "), which " + metric_names_for(kind) +
                   " fit; use another metric, or --descriptor histogram");
  }
  return *metric;
}

Status set_colour_part(const MeasureNames& names, bool has_colour, Measure& measure) {
  measure.colour_descriptor = has_colour ? Descriptor::kColour : Descriptor::kHistogramForeground;
  if (!names.colour_descriptor.empty()) {
    const Result<Descriptor> descriptor = find_descriptor(names.colour_descriptor, has_colour);
    if (!descriptor) return descriptor.error();
    if (*descriptor == Descriptor::kShape) {
      return invalid("shape is no colour; mix it with colour, histogram or histogram-foreground");
    }
    measure.colour_descriptor = *descriptor;
  }
  measure.colour_metric =
      measure.colour_descriptor == Descriptor::kColour ? Metric::kCosine : Metric::kHellinger;
  if (names.colour_metric.empty()) return {};
  const Result<Metric> metric = find_metric(names.colour_metric, measure.colour_descriptor);
  if (!metric) return metric.error();
  measure.colour_metric = *metric;
  return {};
}

/// An EMD computed apart from its bound may differ from it in the last digits.
constexpr double kEmdSlack = 1e-9;

const double kLargestBelowOne = std::nextafter(1.0, 0.0);

}  // namespace

std::string_view descriptor_name(Descriptor descriptor) {
  switch (descriptor) {
    case Descriptor::kShape:
      return "shape";
    case Descriptor::kColour:
      return "colour";
    case Descriptor::kHistogram:
      return "histogram";
    case Descriptor::kHistogramForeground:
      return "histogram-foreground";
  }
  return "shape";
}

std::optional<Descriptor> descriptor_from_name(std::string_view name) {
  for (const Descriptor descriptor : kDescriptors) {
    if (name == descriptor_name(descriptor)) return descriptor;
  }
  return std::nullopt;
}

Result<Measure> make_measure(const MeasureNames& names, bool has_colour) {
  Measure measure;
  if (!names.descriptor.empty()) {
    const Result<Descriptor> descriptor = find_descriptor(names.descriptor, has_colour);
    if (!descriptor) return descriptor.error();
    measure.descriptor = *descriptor;
  }
  measure.metric = is_histogram(measure.descriptor) ? Metric::kChiSquare : Metric::kCosine;
  if (!names.metric.empty()) {
    const Result<Metric> metric = find_metric(names.metric, measure.descriptor);
    if (!metric) return metric.error();
    measure.metric = *metric;
  }
  SEMBLANCE_RETURN_IF_ERROR(set_colour_part(names, has_colour, measure));
  measure.colour_weight = names.colour_weight;
  if (!(measure.colour_weight >= 0 && measure.colour_weight <= 1)) {
    return invalid("the colour weight must be between 0 and 1");
  }
  if (measure.colour_weight > 0 &&
      (measure.descriptor != Descriptor::kShape || measure.metric != Metric::kCosine)) {
    return invalid(
        "a colour weight mixes shape and colour by cosine; leave --descriptor and "
        "--metric out");
  }
  return measure;
}

namespace {

/// What a measure compares, part by part.
std::vector<std::pair<Descriptor, Metric>> parts_of(const Measure& measure) {
  std::vector<std::pair<Descriptor, Metric>> parts{{measure.descriptor, measure.metric}};
  if (measure.colour_weight > 0) {
    parts.emplace_back(measure.colour_descriptor, measure.colour_metric);
  }
  return parts;
}

bool part_wants_non_negative(Descriptor descriptor, Metric metric) {
  return !is_histogram(descriptor) && !metric_fits(metric, VectorKind::kAny);
}

bool has_negative(std::span<const float> numbers) {
  return std::any_of(numbers.begin(), numbers.end(), [](float number) { return number < 0; });
}

}  // namespace

bool wants_non_negative(const Measure& measure) {
  const auto parts = parts_of(measure);
  return std::any_of(parts.begin(), parts.end(), [](const auto& part) {
    return part_wants_non_negative(part.first, part.second);
  });
}

Status check_fits(const Measure& measure, int shape_dimension, const MatrixView& embeddings) {
  for (const auto& [descriptor, metric] : parts_of(measure)) {
    if (!part_wants_non_negative(descriptor, metric)) continue;
    for (std::int64_t row = 0; row < embeddings.rows; ++row) {
      if (!has_negative(numbers_of(descriptor, shape_dimension, {embeddings.row(row), {}, {}}))) {
        continue;
      }
      return invalid(std::string(metric_name(metric)) +
                     " wants numbers that are not negative, and this network's " +
                     std::string(descriptor_name(descriptor)) + " vectors have negative ones; " +
                     metric_names_for(VectorKind::kAny) + " fit");
    }
  }
  return {};
}

std::span<const float> numbers_of(Descriptor descriptor, int shape_dimension,
                                  const DescriptorSpans& photo) {
  const auto split = static_cast<std::size_t>(shape_dimension);
  switch (descriptor) {
    case Descriptor::kShape:
      return photo.embedding.first(split);
    case Descriptor::kColour:
      return photo.embedding.subspan(split);
    case Descriptor::kHistogram:
      return photo.histogram;
    case Descriptor::kHistogramForeground:
      return photo.histogram_foreground;
  }
  return {};
}

Scorer::Scorer(const Measure& measure, int shape_dimension, const DescriptorSpans& query)
    : measure_(measure), shape_dimension_(shape_dimension), query_(query) {
  std::optional<Descriptor> by_emd;
  if (measure.metric == Metric::kEmd) by_emd = measure.descriptor;
  if (measure.colour_weight > 0 && measure.colour_metric == Metric::kEmd) {
    by_emd = measure.colour_descriptor;
  }
  if (!by_emd) return;
  const std::span<const float> histogram = numbers_of(*by_emd, shape_dimension, query);
  // A query that is no histogram is infinitely far from everything: nothing to bound.
  if (const auto masses = ColourMasses::of(histogram)) {
    emd_query_ = EmdQuery{*masses, mean_colour(histogram)};
  }
}

Scorer::Part Scorer::compare_part(Descriptor descriptor, Metric metric,
                                  const DescriptorSpans& stored) const {
  const std::span<const float> a = numbers_of(descriptor, shape_dimension_, query_);
  const std::span<const float> b = numbers_of(descriptor, shape_dimension_, stored);
  const bool same = identical(a, b);
  double d = 0;
  if (!same) {
    if (metric == Metric::kCosine && !is_histogram(descriptor)) {
      d = 1 - std::clamp(dot(a, b), -1.0, 1.0);  // unit vectors
    } else if (metric == Metric::kEmd && emd_query_) {
      const std::optional<ColourMasses> masses = ColourMasses::of(b);
      d = masses ? emd(emd_query_->masses, *masses) : std::numeric_limits<double>::infinity();
    } else {
      d = distance(metric, a, b);
    }
  }
  return {score_from_distance(metric, d, same), d};
}

Scorer::Part Scorer::compare_main(const DescriptorSpans& stored) const {
  return compare_part(measure_.descriptor, measure_.metric, stored);
}

Scorer::Part Scorer::compare_colour(const DescriptorSpans& stored) const {
  Part part = compare_part(measure_.colour_descriptor, measure_.colour_metric, stored);
  if (measure_.colour_metric == Metric::kHellinger && part.score != 1) {
    part.score = std::clamp(1 - part.distance * part.distance, 0.0, kLargestBelowOne);
  }
  return part;
}

Closeness Scorer::mix(const Part& shape, const Part& colour) const {
  const double w = measure_.colour_weight;
  const bool same = shape.score == 1 && colour.score == 1;
  const double score =
      same ? 1.0 : std::min((1 - w) * shape.score + w * colour.score, kLargestBelowOne);
  return {score, 1 - score, shape.score, colour.score};
}

Closeness Scorer::compare(const DescriptorSpans& stored) const {
  const Part part = compare_main(stored);
  if (measure_.colour_weight == 0) return {part.score, part.distance, 0, 0};
  return mix(part, compare_colour(stored));
}

double Scorer::emd_score_bound(std::span<const float> histogram, int effort) const {
  double least = 0;
  if (effort == 0) {
    least = cone_distance(emd_query_->mean, mean_colour(histogram));
  } else if (const auto masses = ColourMasses::of(histogram)) {
    least = emd_lower_bound(emd_query_->masses, *masses);
  }
  // Also for what is no histogram and has no mean.
  if (!(least > kEmdSlack)) return 1;
  return 1 / (1 + (least - kEmdSlack));
}

double Scorer::bound(const DescriptorSpans& stored, int effort) const {
  if (measure_.colour_weight == 0) {
    return emd_score_bound(numbers_of(measure_.descriptor, shape_dimension_, stored), effort);
  }
  const double colour =
      emd_score_bound(numbers_of(measure_.colour_descriptor, shape_dimension_, stored), effort);
  return mix(compare_main(stored), {colour, 0}).score;
}

}  // namespace semblance
