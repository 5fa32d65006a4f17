#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "vector/vector_file.h"

namespace semblance {

// int8 codes of float32 rows: a number x becomes round(x / step), cut to -127..127, with one step
// for all rows, so that inner products of codes are inner products of rows but for a factor. What
// is lost is known: |q . x - step * (q . code(x))| <= |q| * |x - step * code(x)|.

/// A row whose error is larger than that of nearly all others.
struct RoughRow {
  std::uint32_t row = 0;
  float error = 0;  ///< at least |x - step * code(x)|; infinite where the row is not finite
};

/// Codes in memory that somebody else owns.
struct CodeView {
  const std::int8_t* data = nullptr;  ///< rows of `stride` codes; those behind `dimension` are 0
  std::int64_t rows = 0;
  int dimension = 0;
  int stride = 0;
  float step = 0;
  double error = 0;  ///< at least |x - step * code(x)| of every row that is not rough
  double norm = 0;   ///< at least |step * code(x)| of every row
  std::span<const RoughRow> rough{};  ///< ascending

  [[nodiscard]] const std::int8_t* row(std::int64_t index) const { return data + index * stride; }
};

/// Codes a row: `dimension` rounded up, so that rows begin at cache lines.
int code_stride(int dimension);

/// A step for these rows: the .99999 quantile of |x| of at most 100,000 of them, evenly chosen, but
/// at most 1.5 times the .9999 quantile, is coded as 127. Numbers that are not finite do not count.
/// Positive, also for no rows.
float choose_step(const MatrixView& rows);

/// What became of one row.
struct CodedRow {
  float error = 0;  ///< at least |x - step * code|; infinite where a number is not finite
  float norm = 0;   ///< at least |step * code|
  int cut = 0;      ///< numbers that were beyond 127 steps
};
/// Writes code_stride(row.size()) codes; all 0 for a row with a number that is not finite.
CodedRow encode_row(std::span<const float> row, float step, std::int8_t* codes);

/// A query as codes, with a step of its own so that nothing is cut.
struct QueryCodes {
  std::vector<std::int8_t> codes;  ///< code_stride(dimension) of them
  double step = 0;
  double error = 0;  ///< at least |q - step * code|
  double norm = 0;   ///< at least |q|
};
/// Errors: kInvalidArgument where a number is not finite.
Result<QueryCodes> encode_query(std::span<const float> query);

/// Codes with the memory they lie in: for tests, measurements and collections too small for a file.
class Codes {
 public:
  static Codes of(const MatrixView& rows);
  [[nodiscard]] CodeView view() const;

 private:
  CodeView view_;
  std::vector<std::int8_t> codes_;
  std::vector<RoughRow> rough_;
};

/// The error that all but a hundredth of the rows keep to; 0 for no rows.
double usual_error(std::span<const float> errors);

}  // namespace semblance
