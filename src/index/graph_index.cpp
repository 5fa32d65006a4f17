#include "index/graph_index.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "index/ranking.h"

namespace semblance {

namespace {

constexpr std::int64_t kBlockRows = 512;
/// A walk that has seen this share of the rows costs more than comparing all.
constexpr std::size_t kLongWalkShare = 16;
constexpr std::size_t kLongWalkLeast = 20'000;

using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

bool by_closeness(const CodedHit& a, const CodedHit& b) {
  return closer(a, b);
}

/// The codes tell near ties apart only roughly, so some more than k are ranked.
std::size_t ranked_for(std::size_t k) {
  return k + std::max<std::size_t>(10, k / 2);
}

/// Of the walk down to level 0: the wider, the rarer it ends in the wrong part of the graph.
std::size_t descent_width(std::size_t width) {
  return std::clamp<std::size_t>(width / 4, 4, 64);
}

}  // namespace

/// A walker for one search, given back afterwards.
class GraphIndex::Lease {
 public:
  explicit Lease(const GraphIndex& index) : index_(index) {
    const std::lock_guard lock(index.mutex_);
    if (index.idle_.empty()) {
      walker_ = std::make_unique<GraphWalker>(index.codes_, index.kernels_,
                                              static_cast<std::size_t>(index.graph_.rows));
    } else {
      walker_ = std::move(index.idle_.back());
      index.idle_.pop_back();
    }
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    const std::lock_guard lock(index_.mutex_);
    index_.idle_.push_back(std::move(walker_));
  }
  GraphWalker& operator*() { return *walker_; }
  GraphWalker* operator->() { return walker_.get(); }

 private:
  const GraphIndex& index_;
  std::unique_ptr<GraphWalker> walker_;
};

GraphIndex::GraphIndex(const GraphView& graph, const CodeView& codes, const MatrixView& rows,
                       const kernels::KernelTable& kernels)
    : graph_(graph), codes_(codes), rows_(rows), kernels_(kernels), exact_(codes, rows, kernels) {}

/// Coded rows behind the graph's, and stray ones.
void GraphIndex::compare_tail(const IndexQuery& query, const std::int8_t* codes,
                              std::vector<CodedHit>& hits) const {
  const auto stride = static_cast<std::size_t>(codes_.stride);
  const auto allowed = [&](std::int64_t row) {
    return query.allowed == nullptr || query.allowed->contains(row);
  };
  std::array<std::int32_t, kBlockRows> sums;
  for (std::int64_t first = graph_.rows; first < codes_.rows; first += kBlockRows) {
    const std::int64_t count = std::min(kBlockRows, codes_.rows - first);
    kernels_.scan_one(codes, stride, codes_.row(first), static_cast<std::size_t>(count),
                      sums.data());
    for (std::int64_t i = 0; i < count; ++i) {
      if (!allowed(first + i)) continue;
      hits.push_back({sums[static_cast<std::size_t>(i)], static_cast<std::uint32_t>(first + i)});
    }
  }
  for (const std::uint32_t row : graph_.stray) {
    if (row >= codes_.rows || !allowed(row)) continue;
    hits.push_back({kernels_.dot_codes(codes, codes_.row(row), stride), row});
  }
}

Result<IndexAnswer> GraphIndex::search(const IndexQuery& query) const {
  SEMBLANCE_RETURN_IF_ERROR(check_query(query, rows_.dimension));
  const Result<QueryCodes> coded = encode_query(query.vector);
  if (!coded) return coded.error();
  if (query.k == 0) return IndexAnswer();
  // The exact index is quicker, too, where nearly all rows are asked for.
  const std::size_t width = std::max(query.effort, query.k);
  const auto rows = static_cast<std::size_t>(graph_.rows);
  if (graph_.upper_rows.empty() || graph_.upper_rows[0] >= rows || graph_.rows > codes_.rows ||
      width > rows / kLongWalkShare) {
    return exact_.search(query);
  }
  const auto start = Clock::now();
  IndexAnswer answer;
  std::vector<CodedHit> hits;
  {
    Lease walker(*this);
    walker->reset_counts();
    const std::size_t longest = std::max(rows / kLongWalkShare, kLongWalkLeast);
    walker->descend(graph_, coded->codes.data(), 0, descent_width(width));
    hits = walker->walk_ground(graph_, coded->codes.data(), width, query.allowed, longest);
    answer.statistics.scanned = walker->compared();
  }
  if (hits.size() < std::min(width, query.k)) return exact_.search(query);
  if (query.allowed != nullptr && hits.size() < width) return exact_.search(query);
  compare_tail(query, coded->codes.data(), hits);
  answer.statistics.scanned += rows_.rows - graph_.rows;
  answer.statistics.candidates = static_cast<std::int64_t>(hits.size());
  const std::size_t ranked = std::min(hits.size(), ranked_for(query.k));
  std::nth_element(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(ranked) - 1, hits.end(),
                   by_closeness);
  std::vector<std::uint32_t> to_rank;
  for (std::size_t i = 0; i < ranked; ++i) to_rank.push_back(hits[i].row);
  answer.statistics.scan_us = microseconds_since(start);
  const auto ranking_start = Clock::now();
  Ranking ranking(query, rows_, kernels_);
  ranking.add_all(to_rank);
  ranking.add_rows_from(codes_.rows);
  if (query.stopped()) return Error{ErrorCode::kCancelled, "the search was given up"};
  answer.best = ranking.take();
  answer.statistics.ranked = ranking.ranked();
  answer.statistics.rank_us = microseconds_since(ranking_start);
  answer.statistics.exact = false;
  return answer;
}

}  // namespace semblance
