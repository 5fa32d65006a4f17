#include "engine/measure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace semblance {
namespace {

struct Photo {
  std::vector<float> embedding;  // shape of 2, colour of 2
  std::vector<float> histogram;
  std::vector<float> foreground;
  [[nodiscard]] DescriptorSpans spans() const { return {embedding, histogram, foreground}; }
};

const Photo kQuery{{1, 0, 1, 0}, {0.5, 0.5, 0}, {0.25, 0.25, 0.5}};
// Shape at 90 degrees, colour opposite.
const Photo kOther{{0, 1, -1, 0}, {0.5, 0, 0.5}, {0.25, 0.75, 0}};

Closeness compare(const Measure& measure, const Photo& query, const Photo& stored) {
  return Scorer(measure, 2, query.spans()).compare(stored.spans());
}

Closeness compare(const MeasureNames& names, const Photo& query, const Photo& stored) {
  const auto measure = make_measure(names, query.embedding.size() > 2);
  if (!measure) {
    ADD_FAILURE() << measure.error().message;
    return {};
  }
  return compare(*measure, query, stored);
}

TEST(MakeMeasure, FillsInWhatFits) {
  const auto nothing = make_measure({}, false);
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->descriptor, Descriptor::kShape);
  EXPECT_EQ(nothing->metric, Metric::kCosine);
  EXPECT_EQ(nothing->colour_weight, 0);
  EXPECT_EQ(make_measure({"histogram", "", 0}, false)->metric, Metric::kChiSquare);
  EXPECT_EQ(make_measure({"histogram-foreground", "", 0}, false)->metric, Metric::kChiSquare);
  EXPECT_EQ(make_measure({"histogram", "euclidean", 0}, false)->metric, Metric::kEuclidean);
  EXPECT_EQ(make_measure({"colour", "", 0}, true)->metric, Metric::kCosine);
  EXPECT_EQ(make_measure({"", "", 1}, false)->colour_weight, 1);
  EXPECT_EQ(nothing->colour_descriptor, Descriptor::kHistogramForeground);
  EXPECT_EQ(nothing->colour_metric, Metric::kHellinger);
  EXPECT_EQ(make_measure({}, true)->colour_descriptor, Descriptor::kColour);
  EXPECT_EQ(make_measure({}, true)->colour_metric, Metric::kCosine);
  const auto histogram = make_measure({"", "", .5, "histogram", ""}, true);
  EXPECT_EQ(histogram->colour_descriptor, Descriptor::kHistogram);
  EXPECT_EQ(histogram->colour_metric, Metric::kHellinger);
  for (const char* metric : {"jaccard", "hellinger", "intersection", "emd"}) {
    EXPECT_EQ(metric_name(make_measure({"histogram", metric, 0}, false)->metric), metric);
  }
}

TEST(CheckFits, LooksForNegativeNumbersWhereTheyWouldMatter) {
  // Two rows: shape of 2, colour of 1.
  const std::vector<float> numbers{1, 0, -1, 0, 1, 1};
  const MatrixView rows{numbers.data(), 2, 3};
  EXPECT_TRUE(check_fits(*make_measure({"", "jaccard", 0}, true), 2, rows));
  EXPECT_TRUE(check_fits(*make_measure({}, true), 2, rows));
  EXPECT_TRUE(check_fits(*make_measure({"histogram", "jaccard", 0}, true), 2, rows));
  EXPECT_TRUE(check_fits(*make_measure({"colour", "jaccard", 0}, true), 2, {nullptr, 0, 3}));
  for (const MeasureNames& names :
       {MeasureNames{"colour", "jaccard", 0}, MeasureNames{"", "", .5, "colour", "jaccard"}}) {
    const Status fits = check_fits(*make_measure(names, true), 2, rows);
    ASSERT_FALSE(fits);
    EXPECT_EQ(fits.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(fits.error().message,
              "jaccard wants numbers that are not negative, and this network's colour vectors have "
              "negative ones; cosine and euclidean fit");
  }
}

TEST(MakeMeasure, RefusesMisfitsAndSaysWhatThereIs) {
  const auto refused = [](const MeasureNames& names, const char* hint, bool has_colour = true) {
    const auto measure = make_measure(names, has_colour);
    ASSERT_FALSE(measure) << hint;
    EXPECT_EQ(measure.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(measure.error().message.find(hint), std::string::npos) << measure.error().message;
  };
  refused({"texture", "", 0}, "histogram-foreground");
  refused({"Shape", "", 0}, "shape");
  refused({"", "manhattan", 0}, "jaccard, chi-square, hellinger, intersection and emd");
  refused({"colour", "", 0}, "no colour output", false);
  refused({"", "chi-square", 0}, "--descriptor histogram");
  refused({"colour", "chi-square", 0}, "--descriptor histogram");
  refused({"", "", -0.1}, "between 0 and 1");
  refused({"", "", 1.5}, "between 0 and 1");
  refused({"", "", std::numeric_limits<double>::quiet_NaN()}, "between 0 and 1");
  refused({"histogram", "", 0.5}, "leave --descriptor");
  refused({"", "euclidean", 0.5}, "leave --descriptor");
  refused({"", "emd", 0}, "which cosine, euclidean and jaccard fit");
  refused({"colour", "intersection", 0}, "which cosine, euclidean and jaccard fit");
  refused({"", "", 0.5, "shape", ""}, "histogram-foreground");
  refused({"", "", 0.5, "colour", ""}, "no colour output", false);
  refused({"", "", 0.5, "", "emd"}, "compares histograms");
  refused({"", "", 0.5, "histogram", "manhattan"}, "emd");
}

TEST(MakeMeasure, DescriptorsHaveNames) {
  for (const char* name : {"shape", "colour", "histogram", "histogram-foreground"}) {
    EXPECT_EQ(descriptor_name(*descriptor_from_name(name)), name);
  }
  EXPECT_FALSE(descriptor_from_name(""));
}

TEST(Scorer, ComparesEachDescriptorByItsMetric) {
  const auto shape = compare(MeasureNames{}, kQuery, kOther);
  EXPECT_DOUBLE_EQ(shape.distance, 1);
  EXPECT_DOUBLE_EQ(shape.score, 0.5);
  const auto colour = compare({"colour", "", 0}, kQuery, kOther);
  EXPECT_DOUBLE_EQ(colour.distance, 2);
  EXPECT_DOUBLE_EQ(colour.score, 0);
  const auto euclidean = compare({"shape", "euclidean", 0}, kQuery, kOther);
  EXPECT_DOUBLE_EQ(euclidean.distance, std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(euclidean.score, 1 / (1 + std::sqrt(2.0)));
  EXPECT_DOUBLE_EQ(compare({"colour", "euclidean", 0}, kQuery, kOther).distance, 2);
  // (.5, .5, 0) and (.5, 0, .5) over their norms: 1/2 (a + a) with a = sqrt(1/2).
  EXPECT_NEAR(compare({"histogram", "", 0}, kQuery, kOther).distance, std::sqrt(0.5), 1e-8);
  EXPECT_DOUBLE_EQ(compare({"histogram", "cosine", 0}, kQuery, kOther).distance, 0.5);
  EXPECT_NEAR(compare({"histogram-foreground", "euclidean", 0}, kQuery, kOther).distance,
              std::sqrt(0.5), 1e-12);
  EXPECT_EQ(shape.shape_score, 0);  // parts are of mixtures
}

TEST(Scorer, MixesShapeWithTheNetworksColour) {
  for (const double w : {0.25, 0.5, 1.0}) {
    const auto mixed = compare({"", "", w}, kQuery, kOther);
    EXPECT_DOUBLE_EQ(mixed.score, (1 - w) * 0.5);
    EXPECT_DOUBLE_EQ(mixed.distance, 1 - mixed.score);
    EXPECT_DOUBLE_EQ(mixed.shape_score, 0.5);
    EXPECT_DOUBLE_EQ(mixed.colour_score, 0);
  }
}

TEST(Scorer, MixesShapeWithForegroundColoursWhereTheNetworkHasNone) {
  Photo query = kQuery;
  Photo other = kOther;
  query.embedding.resize(2);
  other.embedding.resize(2);
  const double hellinger = 0.25 + std::sqrt(0.25 * 0.75);
  const auto mixed = compare({"", "", 0.5}, query, other);
  EXPECT_NEAR(mixed.colour_score, hellinger, 1e-12);
  EXPECT_NEAR(mixed.score, 0.25 + hellinger / 2, 1e-12);
  const auto colour_alone = compare({"", "", 1}, query, other);
  EXPECT_NEAR(colour_alone.score, hellinger, 1e-12);
  // Minima: .25 + .25; and of the whole photo .5.
  EXPECT_DOUBLE_EQ(compare({"", "", 1, "histogram-foreground", "intersection"}, query, other).score,
                   1 / 1.5);
  EXPECT_DOUBLE_EQ(compare({"", "", 1, "histogram", "intersection"}, query, other).score, 1 / 1.5);
}

TEST(Scorer, OnlyIdenticalVectorsScoreOne) {
  Photo nearly = kQuery;
  for (auto* part : {&nearly.embedding, &nearly.histogram, &nearly.foreground}) {
    for (float& number : *part) number = std::nextafter(number, 2.0F);
  }
  for (const MeasureNames& names :
       {MeasureNames{}, MeasureNames{"colour", "", 0}, MeasureNames{"shape", "euclidean", 0},
        MeasureNames{"histogram", "", 0}, MeasureNames{"histogram", "cosine", 0},
        MeasureNames{"histogram-foreground", "", 0}, MeasureNames{"", "", 0.3},
        MeasureNames{"histogram", "hellinger", 0}, MeasureNames{"histogram", "jaccard", 0},
        MeasureNames{"", "", 1}, MeasureNames{"", "", 1, "histogram", ""}}) {
    const auto same = compare(names, kQuery, kQuery);
    EXPECT_EQ(same.score, 1);
    EXPECT_EQ(same.distance, 0);
    EXPECT_LT(compare(names, kQuery, nearly).score, 1);
  }
  // Equal in one of two parts is not equal.
  Photo shape_only = kQuery;
  shape_only.embedding[3] = std::nextafter(0.0F, 1.0F);
  EXPECT_LT(compare({"", "", 1e-300}, kQuery, shape_only).score, 1);
}

}  // namespace
}  // namespace semblance
