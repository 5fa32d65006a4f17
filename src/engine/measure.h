#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "distance/metric.h"
#include "vector/vector_store.h"

namespace semblance {

/// Which of a photo's vectors is compared.
enum class Descriptor { kShape, kColour, kHistogram, kHistogramForeground };

std::string_view descriptor_name(Descriptor descriptor);
std::optional<Descriptor> descriptor_from_name(std::string_view name);

/// How two photos are compared: one descriptor by one metric, or, with a colour weight, shape mixed
/// with colour.
struct Measure {
  Descriptor descriptor = Descriptor::kShape;
  Metric metric = Metric::kCosine;
  double colour_weight = 0;  ///< 0..1; more than 0 only with kShape and kCosine
};

/// What the user asked for, by name; empty where nothing was said.
struct MeasureNames {
  std::string descriptor;
  std::string metric;
  double colour_weight = 0;
};

/// Cosine by default, chi-square for histograms. Errors: kInvalidArgument for names that do not
/// exist or do not fit together, saying which do. `has_colour`: the network has a colour output.
Result<Measure> make_measure(const MeasureNames& names, bool has_colour);

/// How close a stored photo is to the query.
struct Closeness {
  double score = 0;         ///< 0..1, exactly 1 only for an identical vector
  double distance = 0;      ///< by the metric; 1 - score where shape and colour are mixed
  double shape_score = 0;   ///< set where shape and colour are mixed
  double colour_score = 0;  ///< likewise
};

/// Compares one query photo with stored ones. Borrows the query's vectors.
/// Mixing: score = (1-w) * shape score + w * colour score, where the colour score is the cosine
/// score of the network's colour output, or, without one, the Hellinger similarity sum sqrt(a b) of
/// the foreground histograms.
class Scorer {
 public:
  Scorer(const Measure& measure, int shape_dimension, const DescriptorSpans& query)
      : measure_(measure),
        shape_dimension_(static_cast<std::size_t>(shape_dimension)),
        query_(query) {}

  [[nodiscard]] Closeness compare(const DescriptorSpans& stored) const;

 private:
  struct Part {
    double score = 0;
    double distance = 0;
  };
  [[nodiscard]] Part compare_by(Metric metric, std::span<const float> a,
                                std::span<const float> b) const;
  [[nodiscard]] Part compare_unit(std::span<const float> a, std::span<const float> b) const;
  [[nodiscard]] Part compare_colour(const DescriptorSpans& stored) const;
  [[nodiscard]] std::span<const float> shape(const DescriptorSpans& spans) const {
    return spans.embedding.first(shape_dimension_);
  }
  [[nodiscard]] std::span<const float> colour(const DescriptorSpans& spans) const {
    return spans.embedding.subspan(shape_dimension_);
  }

  Measure measure_;
  std::size_t shape_dimension_;
  DescriptorSpans query_;
};

}  // namespace semblance
