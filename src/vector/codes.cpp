#include "vector/codes.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/finite.h"

namespace semblance {

namespace {

constexpr int kStrideBytes = 64;
constexpr float kLargestCode = 127.0F;
/// Cut numbers cost recall in a graph, so hardly any are; but a few outliers must not make the step
/// of all others coarse.
constexpr double kQuantile = .99999;
constexpr double kInnerQuantile = .9999;
constexpr float kMostOverInner = 1.5F;
constexpr std::int64_t kSampleRows = 100'000;
/// Bounds are computed in double precision and must hold exactly.
constexpr double kRoundUp = 1 + 1e-6;

float rounded_up(double value) {
  return std::nextafter(static_cast<float>(value * kRoundUp),
                        std::numeric_limits<float>::infinity());
}

std::int8_t code_of(float x, float inverse_step) {
  const float scaled = std::clamp(x * inverse_step, -kLargestCode, kLargestCode);
  return static_cast<std::int8_t>(std::lrintf(scaled));
}

}  // namespace

int code_stride(int dimension) {
  return (dimension + kStrideBytes - 1) / kStrideBytes * kStrideBytes;
}

float choose_step(const MatrixView& rows) {
  // A histogram over the float's own leading bits: fine enough (1/512 of the value) and one pass.
  constexpr int kDroppedBits = 14;
  std::vector<std::uint64_t> histogram((std::size_t{1} << (31 - kDroppedBits)));
  const std::int64_t sampled = std::min(rows.rows, kSampleRows);
  std::uint64_t count = 0;
  for (std::int64_t i = 0; i < sampled; ++i) {
    for (const float x : rows.row(i * rows.rows / sampled)) {
      if (!std::isfinite(x)) continue;
      const auto bits = std::bit_cast<std::uint32_t>(std::fabs(x));
      ++histogram[bits >> kDroppedBits];
      ++count;
    }
  }
  const auto quantile = [&](double share) {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(count) * share));
    std::uint64_t seen = 0;
    std::size_t bin = 0;
    while (bin + 1 < histogram.size() && (seen += histogram[bin]) < wanted) ++bin;
    return std::bit_cast<float>(static_cast<std::uint32_t>((bin + 1) << kDroppedBits));
  };
  const float largest = std::min(quantile(kQuantile), kMostOverInner * quantile(kInnerQuantile));
  const float step = largest / kLargestCode;
  // Rows of nothing, or of denormals only, would make the inverse infinite.
  if (step >= std::numeric_limits<float>::min() && std::isfinite(step)) return step;
  return 1.0F / kLargestCode;
}

CodedRow encode_row(std::span<const float> row, float step, std::int8_t* codes) {
  const auto stride = static_cast<std::size_t>(code_stride(static_cast<int>(row.size())));
  if (!all_finite(row)) {
    std::fill_n(codes, stride, std::int8_t{0});
    return {std::numeric_limits<float>::infinity(), 0, 0};
  }
  std::fill(codes + row.size(), codes + stride, std::int8_t{0});
  const float inverse_step = 1.0F / step;
  double squared_error = 0;
  double squared_norm = 0;
  CodedRow coded;
  for (std::size_t i = 0; i < row.size(); ++i) {
    codes[i] = code_of(row[i], inverse_step);
    const double decoded = static_cast<double>(step) * codes[i];
    const double error = static_cast<double>(row[i]) - decoded;
    squared_error += error * error;
    squared_norm += decoded * decoded;
    coded.cut += std::fabs(row[i]) > step * (kLargestCode + .5F) ? 1 : 0;
  }
  coded.error = rounded_up(std::sqrt(squared_error));
  coded.norm = rounded_up(std::sqrt(squared_norm));
  return coded;
}

Result<QueryCodes> encode_query(std::span<const float> query) {
  if (!all_finite(query)) {
    return Error{ErrorCode::kInvalidArgument, "the query has a number that is not finite"};
  }
  double largest = 0;
  double squared_norm = 0;
  for (const float x : query) {
    largest = std::max(largest, std::fabs(static_cast<double>(x)));
    squared_norm += static_cast<double>(x) * static_cast<double>(x);
  }
  QueryCodes result;
  result.codes.resize(static_cast<std::size_t>(code_stride(static_cast<int>(query.size()))));
  result.step = largest > 0 ? largest / static_cast<double>(kLargestCode) : 1.0;
  double squared_error = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    const double x = static_cast<double>(query[i]);
    result.codes[i] = static_cast<std::int8_t>(std::lrint(x / result.step));
    const double error = x - result.step * result.codes[i];
    squared_error += error * error;
  }
  result.error = std::sqrt(squared_error) * kRoundUp;
  result.norm = std::sqrt(squared_norm) * kRoundUp;
  return result;
}

double usual_error(std::span<const float> errors) {
  std::vector<float> sorted(errors.begin(), errors.end());
  if (sorted.empty()) return 0;
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() - 1) * 99 / 100);
  std::nth_element(sorted.begin(), at, sorted.end());
  // Where most rows are not finite, these are the rough ones nevertheless.
  if (!std::isfinite(*at)) return 0;
  return static_cast<double>(*at);
}

Codes Codes::of(const MatrixView& rows) {
  Codes result;
  const int stride = code_stride(rows.dimension);
  result.view_ = {nullptr, rows.rows, rows.dimension, stride, choose_step(rows), 0, 0, {}};
  result.codes_.resize(static_cast<std::size_t>(rows.rows) * static_cast<std::size_t>(stride));
  std::vector<float> errors;
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    const CodedRow coded =
        encode_row(rows.row(i), result.view_.step, result.codes_.data() + i * stride);
    errors.push_back(coded.error);
    result.view_.norm = std::max(result.view_.norm, static_cast<double>(coded.norm));
  }
  result.view_.error = usual_error(errors);
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (static_cast<double>(errors[i]) > result.view_.error) {
      result.rough_.push_back({static_cast<std::uint32_t>(i), errors[i]});
    }
  }
  return result;
}

CodeView Codes::view() const {
  CodeView view = view_;
  view.data = codes_.data();
  view.rough = rough_;
  return view;
}

}  // namespace semblance
