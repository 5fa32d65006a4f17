#include "engine/measure.h"

#include <algorithm>
#include <cmath>

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
    const std::optional<Descriptor> descriptor = descriptor_from_name(names.descriptor);
    if (!descriptor) {
      return invalid("no descriptor '" + names.descriptor +
                     "'; there are shape, colour, histogram and histogram-foreground");
    }
    measure.descriptor = *descriptor;
  }
  if (measure.descriptor == Descriptor::kColour && !has_colour) {
    return invalid(
        "the collection's network has no colour output; use --descriptor histogram-foreground");
  }
  const bool histogram = is_histogram(measure.descriptor);
  measure.metric = histogram ? Metric::kChiSquare : Metric::kCosine;
  if (!names.metric.empty()) {
    const std::optional<Metric> metric = metric_from_name(names.metric);
    if (!metric) {
      return invalid("no metric '" + names.metric +
                     "'; there are cosine, euclidean and chi-square");
    }
    measure.metric = *metric;
  }
  if (measure.metric == Metric::kChiSquare && !histogram) {
    return invalid(
        "chi-square compares histograms, not the network's vectors; use --metric cosine "
        "or euclidean, or --descriptor histogram");
  }
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

Scorer::Part Scorer::compare_by(Metric metric, std::span<const float> a,
                                std::span<const float> b) const {
  const double d = distance(metric, a, b);
  return {score_from_distance(metric, d, identical(a, b)), d};
}

Scorer::Part Scorer::compare_unit(std::span<const float> a, std::span<const float> b) const {
  const bool same = identical(a, b);
  const double d = same ? 0.0 : 1.0 - std::clamp(dot(a, b), -1.0, 1.0);
  return {score_from_distance(Metric::kCosine, d, same), d};
}

Scorer::Part Scorer::compare_colour(const DescriptorSpans& stored) const {
  if (query_.embedding.size() > shape_dimension_) {
    return compare_unit(colour(query_), colour(stored));
  }
  const std::span<const float> a = query_.histogram_foreground;
  const std::span<const float> b = stored.histogram_foreground;
  double similarity = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    similarity += std::sqrt(static_cast<double>(a[i]) * static_cast<double>(b[i]));
  }
  const double score =
      identical(a, b) ? 1.0 : std::clamp(similarity, 0.0, std::nextafter(1.0, 0.0));
  return {score, 1 - score};
}

Closeness Scorer::compare(const DescriptorSpans& stored) const {
  Part part;
  switch (measure_.descriptor) {
    case Descriptor::kShape:
      part = measure_.metric == Metric::kCosine
                 ? compare_unit(shape(query_), shape(stored))
                 : compare_by(measure_.metric, shape(query_), shape(stored));
      break;
    case Descriptor::kColour:
      part = measure_.metric == Metric::kCosine
                 ? compare_unit(colour(query_), colour(stored))
                 : compare_by(measure_.metric, colour(query_), colour(stored));
      break;
    case Descriptor::kHistogram:
      part = compare_by(measure_.metric, query_.histogram, stored.histogram);
      break;
    case Descriptor::kHistogramForeground:
      part = compare_by(measure_.metric, query_.histogram_foreground, stored.histogram_foreground);
      break;
  }
  if (measure_.colour_weight == 0) return {part.score, part.distance, 0, 0};

  const Part colour_part = compare_colour(stored);
  const double w = measure_.colour_weight;
  double score = (1 - w) * part.score + w * colour_part.score;
  const bool same = part.score == 1 && colour_part.score == 1;
  score = same ? 1.0 : std::min(score, std::nextafter(1.0, 0.0));
  return {score, 1 - score, part.score, colour_part.score};
}

}  // namespace semblance
