#include "vector/projection.h"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

namespace semblance {

namespace {

constexpr char kMagic[8] = {'S', 'E', 'M', 'B', 'P', 'C', 'A', '1'};
constexpr int kLargestDimension = 65536;
constexpr Eigen::Index kBlockRows = 256;
// A direction whose variance is below this share of the whole is rounding, not data.
constexpr double kLeastShare = 1e-10;

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Header {
  char magic[8];
  std::int32_t from;
  std::int32_t to;
  double explained_variance;
};
static_assert(sizeof(Header) == 24);

/// Of the rows' differences from `mean`; the lower triangle.
Eigen::MatrixXd covariance(const Eigen::Map<const RowMajor>& rows, const Eigen::VectorXd& mean) {
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(rows.cols(), rows.cols());
  for (Eigen::Index first = 0; first < rows.rows(); first += kBlockRows) {
    const Eigen::Index count = std::min(kBlockRows, rows.rows() - first);
    Eigen::MatrixXd block = rows.middleRows(first, count).cast<double>();
    block.rowwise() -= mean.transpose();
    sum.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  }
  return sum / static_cast<double>(rows.rows());
}

/// An eigenvector's sign is arbitrary: its largest number becomes positive.
void fix_sign(std::span<float> component) {
  const auto largest = std::max_element(component.begin(), component.end(),
                                        [](float a, float b) { return std::abs(a) < std::abs(b); });
  if (*largest > 0) return;
  for (float& number : component) number = -number;
}

}  // namespace

Result<Projection> Projection::fit(std::span<const float> sample, int from, int to) {
  const auto rows_count = static_cast<Eigen::Index>(sample.size()) / from;
  if (rows_count <= to) {
    return Error{ErrorCode::kInvalidArgument,
                 std::to_string(to) + " principal components need more than " + std::to_string(to) +
                     " photos, and there are " + std::to_string(rows_count)};
  }
  const Eigen::Map<const RowMajor> rows(sample.data(), rows_count, from);
  const Eigen::VectorXd mean = rows.cast<double>().colwise().mean();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance(rows, mean));
  const Eigen::VectorXd& eigenvalues = solver.eigenvalues();  // ascending
  const double whole = eigenvalues.sum();
  if (solver.info() != Eigen::Success || !(whole > 0) ||
      eigenvalues(from - to) < kLeastShare * whole) {
    return Error{ErrorCode::kInvalidArgument, "the photos do not differ in " + std::to_string(to) +
                                                  " directions; take fewer principal components"};
  }
  Projection projection;
  projection.from_ = from;
  projection.to_ = to;
  projection.explained_variance_ = eigenvalues.tail(to).sum() / whole;
  projection.mean_.resize(static_cast<std::size_t>(from));
  Eigen::Map<Eigen::VectorXf>(projection.mean_.data(), from) = mean.cast<float>();
  projection.components_.resize(static_cast<std::size_t>(to) * static_cast<std::size_t>(from));
  for (int i = 0; i < to; ++i) {
    float* component = projection.components_.data() + std::ptrdiff_t{i} * from;
    Eigen::Map<Eigen::VectorXf>(component, from) =
        solver.eigenvectors().col(from - 1 - i).cast<float>();
    fix_sign({component, static_cast<std::size_t>(from)});
  }
  return projection;
}

Bytes Projection::to_bytes() const {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.from = from_;
  header.to = to_;
  header.explained_variance = explained_variance_;
  const std::size_t mean_bytes = mean_.size() * sizeof(float);
  Bytes bytes(sizeof header + mean_bytes + components_.size() * sizeof(float));
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, mean_.data(), mean_bytes);
  std::memcpy(bytes.data() + sizeof header + mean_bytes, components_.data(),
              components_.size() * sizeof(float));
  return bytes;
}

Result<Projection> Projection::from_bytes(std::span<const std::byte> bytes) {
  const Error corrupt{ErrorCode::kCorrupt, "the collection's principal components are damaged"};
  Header header{};
  if (bytes.size() < sizeof header) return corrupt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.from < 1 || header.to < 1 ||
      header.from > kLargestDimension || header.to > header.from) {
    return corrupt;
  }
  const auto from = static_cast<std::size_t>(header.from);
  const auto to = static_cast<std::size_t>(header.to);
  if (bytes.size() != sizeof header + (from + from * to) * sizeof(float)) return corrupt;
  Projection projection;
  projection.from_ = header.from;
  projection.to_ = header.to;
  projection.explained_variance_ = header.explained_variance;
  projection.mean_.resize(from);
  projection.components_.resize(from * to);
  const std::byte* numbers = bytes.data() + sizeof header;
  std::memcpy(projection.mean_.data(), numbers, from * sizeof(float));
  std::memcpy(projection.components_.data(), numbers + from * sizeof(float),
              from * to * sizeof(float));
  const auto finite = [](float number) { return std::isfinite(number); };
  if (!std::all_of(projection.mean_.begin(), projection.mean_.end(), finite) ||
      !std::all_of(projection.components_.begin(), projection.components_.end(), finite)) {
    return corrupt;
  }
  return projection;
}

void Projection::apply(std::span<const float> shape, std::span<float> projected) const {
  std::vector<double> centred(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    centred[i] = static_cast<double>(shape[i]) - static_cast<double>(mean_[i]);
  }
  std::vector<double> coordinates(projected.size());
  double squares = 0;
  for (std::size_t row = 0; row < projected.size(); ++row) {
    const float* component = components_.data() + row * shape.size();
    double sum = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      sum += centred[i] * static_cast<double>(component[i]);
    }
    coordinates[row] = sum;
    squares += sum * sum;
  }
  if (!(squares > 0)) {
    coordinates.front() = 1;
    squares = 1;
  }
  const double norm = std::sqrt(squares);
  for (std::size_t row = 0; row < projected.size(); ++row) {
    projected[row] = static_cast<float>(coordinates[row] / norm);
  }
}

}  // namespace semblance
