#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "distance/emd.h"
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
  /// What the colour part of a mixture compares: the network's colour output, or a histogram.
  Descriptor colour_descriptor = Descriptor::kHistogramForeground;
  Metric colour_metric = Metric::kHellinger;
};

/// What the user asked for, by name; empty where nothing was said.
struct MeasureNames {
  std::string descriptor;
  std::string metric;
  double colour_weight = 0;
  std::string colour_descriptor{};
  std::string colour_metric{};
};

/// Cosine by default, chi-square for histograms. The colour part of a mixture is the network's
/// colour output by cosine, or, without one (`has_colour`), the foreground histogram by Hellinger.
/// Errors: kInvalidArgument for names that do not exist or do not fit together, saying which do.
/// Whether a network's vectors fit a metric that wants no negative numbers is for check_fits.
Result<Measure> make_measure(const MeasureNames& names, bool has_colour);

/// Whether a network's vectors are compared by a metric that wants no negative numbers.
bool wants_non_negative(const Measure& measure);

/// Whether the embeddings (shape and colour side by side, the first `shape_dimension` numbers are
/// shape) are such that the measure can compare them. Errors: kInvalidArgument, naming the metrics
/// that can.
Status check_fits(const Measure& measure, int shape_dimension, const MatrixView& embeddings);

/// How close a stored photo is to the query.
struct Closeness {
  double score = 0;         ///< 0..1, exactly 1 only for an identical vector
  double distance = 0;      ///< by the metric; 1 - score where shape and colour are mixed
  double shape_score = 0;   ///< set where shape and colour are mixed
  double colour_score = 0;  ///< likewise
};

/// Compares one query with stored photos. Borrows the query's vectors. Safe to use from several
/// threads.
/// Mixing: score = (1-w) * shape score + w * colour score. The colour score is the cosine score of
/// the network's colour output; of histograms compared by Hellinger, the Hellinger similarity
/// sum sqrt(a b); by another metric, that metric's score.
class Scorer {
 public:
  Scorer(const Measure& measure, int shape_dimension, const DescriptorSpans& query);

  [[nodiscard]] Closeness compare(const DescriptorSpans& stored) const;

  /// Efforts that bound() knows; 0 where a score is no dearer than a bound (all but emd).
  [[nodiscard]] int efforts() const { return emd_query_ ? 2 : 0; }
  /// A number that the score of `stored` does not exceed. Effort 0: by the mean colours; 1, dearer
  /// and closer: by emd_lower_bound.
  [[nodiscard]] double bound(const DescriptorSpans& stored, int effort) const;

 private:
  struct Part {
    double score = 0;
    double distance = 0;
  };
  /// The query, prepared for the earth mover's distance.
  struct EmdQuery {
    ColourMasses masses;
    ConePoint mean;
  };
  [[nodiscard]] Part compare_part(Descriptor descriptor, Metric metric,
                                  const DescriptorSpans& stored) const;
  [[nodiscard]] Part compare_main(const DescriptorSpans& stored) const;
  [[nodiscard]] Part compare_colour(const DescriptorSpans& stored) const;
  [[nodiscard]] double emd_score_bound(std::span<const float> histogram, int effort) const;
  [[nodiscard]] Closeness mix(const Part& shape, const Part& colour) const;

  Measure measure_;
  int shape_dimension_;
  DescriptorSpans query_;
  std::optional<EmdQuery> emd_query_;
};

/// The numbers of one descriptor.
std::span<const float> numbers_of(Descriptor descriptor, int shape_dimension,
                                  const DescriptorSpans& photo);

}  // namespace semblance
