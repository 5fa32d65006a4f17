#include "index/ranking.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

namespace semblance {

namespace {

constexpr std::size_t kAhead = 6;  // rows on their way from memory
constexpr std::size_t kFirstClearing = 4096;

}  // namespace

Status check_query(const IndexQuery& query, int dimension) {
  if (query.vector.size() == static_cast<std::size_t>(dimension)) return {};
  return Error{ErrorCode::kInvalidArgument, "the query has " + std::to_string(query.vector.size()) +
                                                " numbers, the rows " + std::to_string(dimension)};
}

Ranking::Ranking(const IndexQuery& query, const MatrixView& rows,
                 const kernels::KernelTable& kernels)
    : query_(query), rows_(rows), kernels_(kernels), next_clearing_(kFirstClearing) {}

double Ranking::needed() const {
  if (best_.size() < query_.k) return query_.least;
  return std::max(query_.least, best_.front() - query_.margin);
}

void Ranking::add(std::int64_t row) {
  ++ranked_;
  const double score =
      kernels_.dot(query_.vector.data(), rows_.row(row).data(), query_.vector.size());
  if (!std::isfinite(score) || !(score >= needed())) return;
  kept_.push_back({row, score});
  if (best_.size() == query_.k) {
    if (score <= best_.front()) return;
    std::pop_heap(best_.begin(), best_.end(), std::greater<>());
    best_.back() = score;
  } else {
    best_.push_back(score);
  }
  std::push_heap(best_.begin(), best_.end(), std::greater<>());
  // Rows that were among the best and are no longer would pile up.
  if (kept_.size() >= next_clearing_) {
    std::erase_if(kept_, [&](const Candidate& one) { return one.score < needed(); });
    next_clearing_ = std::max(kFirstClearing, 2 * kept_.size());
  }
}

void Ranking::add_rows_from(std::int64_t first) {
  constexpr std::int64_t kLookUp = 256;  // rows between two looks at whether to stop
  for (std::int64_t row = first; row < rows_.rows; ++row) {
    if ((row - first) % kLookUp == 0 && query_.stopped()) return;
    if (query_.allowed == nullptr || query_.allowed->contains(row)) add(row);
  }
}

void Ranking::prefetch(std::int64_t row) const {
  constexpr std::size_t kLineBytes = 64;
  const auto bytes = std::as_bytes(rows_.row(row));
  for (std::size_t i = 0; i < bytes.size(); i += kLineBytes) {
    __builtin_prefetch(bytes.data() + i);
  }
}

void Ranking::add_bounded(std::vector<Bounded> candidates) {
  const auto less = [](const Bounded& a, const Bounded& b) { return a.most < b.most; };
  std::make_heap(candidates.begin(), candidates.end(), less);
  auto end = candidates.end();  // behind it: taken from the heap, the next one last
  auto next = candidates.end();
  while (true) {
    while (end != candidates.begin() && next - end < static_cast<std::ptrdiff_t>(kAhead)) {
      std::pop_heap(candidates.begin(), end, less);
      prefetch((--end)->row);
    }
    if (next == end || (--next)->most < needed()) return;
    add(next->row);
  }
}

void Ranking::add_all(std::span<const std::uint32_t> rows) {
  for (std::size_t i = 0; i < rows.size() + kAhead; ++i) {
    if (i < rows.size()) prefetch(rows[i]);
    if (i >= kAhead) add(rows[i - kAhead]);
  }
}

std::vector<Candidate> Ranking::take() {
  std::erase_if(kept_, [&](const Candidate& one) { return one.score < needed(); });
  const auto better = [this](const Candidate& a, const Candidate& b) {
    if (a.score != b.score) return a.score > b.score;
    return query_.before ? query_.before(a.row, b.row) : a.row < b.row;
  };
  std::sort(kept_.begin(), kept_.end(), better);
  // Ties with the k-th go only where a margin asks for them.
  if (query_.margin <= 0 && kept_.size() > query_.k) kept_.resize(query_.k);
  best_.clear();
  return std::move(kept_);
}

}  // namespace semblance
