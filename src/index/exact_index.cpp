#include "index/exact_index.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "index/ranking.h"

namespace semblance {

namespace {

/// Rows of one step of a scan: their sums stay in the first cache, and the threshold rises between.
constexpr std::int64_t kBlockRows = 512;
/// Below this share of allowed rows, only these are looked at: scattered reads cost more than
/// reading in order.
constexpr std::size_t kSparseShare = 3;
constexpr std::size_t kFirstCompaction = 16'384;
/// Of double precision sums, relative to the norms of what is multiplied; with room to spare.
constexpr double kRounding = 1e-12;
constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kLargestSum = std::numeric_limits<std::int32_t>::max();

using Clock = std::chrono::steady_clock;

double microseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::micro>(to - from).count();
}

/// The k largest of what it is offered.
class LargestSums {
 public:
  explicit LargestSums(std::size_t k) : k_(k) {}

  void offer(std::int32_t sum) {
    if (heap_.size() == k_) {
      if (sum <= heap_.front()) return;
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      heap_.back() = sum;
    } else {
      heap_.push_back(sum);
    }
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }
  /// The k-th largest; kNone as long as there are fewer.
  [[nodiscard]] std::int32_t smallest() const { return heap_.size() == k_ ? heap_.front() : kNone; }

 private:
  std::size_t k_;
  std::vector<std::int32_t> heap_;
};

}  // namespace

/// One query on its way through the codes. Sums of codes, times `unit`, are inner products but for
/// the errors of row and query.
class ExactIndex::Search {
 public:
  Search(const CodeView& codes, const IndexQuery& query, QueryCodes coded)
      : query_(query),
        codes_(coded.codes),
        unit_(coded.step * static_cast<double>(codes.step)),
        query_norm_(coded.norm),
        query_error_((coded.error + kRounding * coded.norm) * codes.norm),
        usual_error_(coded.norm * codes.error + query_error_),
        rough_(codes.rough),
        largest_(query.k) {
    ask_for(query.least);
  }

  [[nodiscard]] const IndexQuery& query() const { return query_; }
  [[nodiscard]] const std::vector<std::int8_t>& codes() const { return codes_; }

  /// Takes what of a block of consecutive rows can still be among the best.
  void take_block(const kernels::KernelTable& kernels, std::int64_t first, const std::int32_t* sums,
                  std::size_t count) {
    std::array<std::uint32_t, kBlockRows + 16> positions;
    const std::size_t found = kernels.select(sums, count, threshold_, positions.data());
    std::size_t rough = next_rough_;
    for (std::size_t i = 0; i < found; ++i) {
      const std::int64_t row = first + positions[i];
      while (rough < rough_.size() && rough_[rough].row < row) ++rough;
      if (rough < rough_.size() && rough_[rough].row == row) continue;  // comes below
      offer(row, sums[positions[i]]);
    }
    const std::int64_t end = first + static_cast<std::int64_t>(count);
    for (; next_rough_ < rough_.size() && rough_[next_rough_].row < end; ++next_rough_) {
      offer_rough(rough_[next_rough_], sums[rough_[next_rough_].row - first]);
    }
    raise_threshold();
  }

  /// The same for rows with ascending numbers.
  void take_listed(std::span<const std::uint32_t> rows, const std::int32_t* sums) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      while (next_rough_ < rough_.size() && rough_[next_rough_].row < rows[i]) ++next_rough_;
      if (next_rough_ < rough_.size() && rough_[next_rough_].row == rows[i]) {
        offer_rough(rough_[next_rough_], sums[i]);
      } else if (sums[i] >= threshold_) {
        offer(rows[i], sums[i]);
      }
    }
    raise_threshold();
  }

  /// The rows that the codes leave, with what their inner products are at most.
  std::vector<Bounded> candidates() {
    compact();
    std::vector<Bounded> bounded = std::move(rough_pool_);
    for (const Pooled& pooled : pool_) bounded.push_back({pooled.row, upper(pooled.sum)});
    return bounded;
  }

 private:
  struct Pooled {
    std::int64_t row;
    std::int32_t sum;
  };

  [[nodiscard]] double upper(std::int32_t sum) const { return sum * unit_ + usual_error_; }
  [[nodiscard]] bool allowed(std::int64_t row) const {
    return query_.allowed == nullptr || query_.allowed->contains(row);
  }

  void offer(std::int64_t row, std::int32_t sum) {
    if (!allowed(row)) return;
    pool_.push_back({row, sum});
    largest_.offer(sum);
  }

  void offer_rough(const RoughRow& rough, std::int32_t sum) {
    if (!allowed(rough.row)) return;
    const double error = query_norm_ * static_cast<double>(rough.error) + query_error_;
    // Infinite errors of a zero query: 0 times infinity is no number.
    const double most =
        std::isfinite(error) ? sum * unit_ + error : std::numeric_limits<double>::infinity();
    if (most >= lowest_of_best_) rough_pool_.push_back({rough.row, most});
  }

  /// k rows have at least the inner product `lowest_of_best_`: others must be able to reach it.
  void raise_threshold() {
    const std::int32_t smallest = largest_.smallest();
    if (smallest == kNone) return;
    ask_for(std::max(query_.least, smallest * unit_ - usual_error_ - query_.margin));
    if (pool_.size() >= next_compaction_) {
      compact();
      next_compaction_ = std::max(kFirstCompaction, pool_.size() * 2);
    }
  }

  /// No row with a smaller inner product is needed any more.
  void ask_for(double inner_product) {
    lowest_of_best_ = inner_product;
    const double sum = unit_ > 0 ? std::floor((inner_product - usual_error_) / unit_) : kNone;
    // The largest sum stands for all that no row can have.
    threshold_ =
        sum > kNone ? static_cast<std::int32_t>(std::min<double>(sum, kLargestSum)) : kNone;
  }

  void compact() {
    std::erase_if(pool_, [&](const Pooled& pooled) { return pooled.sum < threshold_; });
    std::erase_if(rough_pool_, [&](const Bounded& one) { return one.most < lowest_of_best_; });
  }

  const IndexQuery& query_;
  std::vector<std::int8_t> codes_;
  double unit_;
  double query_norm_;
  double query_error_;
  double usual_error_;
  std::span<const RoughRow> rough_;
  std::size_t next_rough_ = 0;
  LargestSums largest_;
  std::int32_t threshold_ = kNone;
  double lowest_of_best_ = -std::numeric_limits<double>::infinity();
  std::vector<Pooled> pool_;
  std::vector<Bounded> rough_pool_;
  std::size_t next_compaction_ = kFirstCompaction;
};

ExactIndex::ExactIndex(const CodeView& codes, const MatrixView& rows,
                       const kernels::KernelTable& kernels)
    : codes_(codes), rows_(rows), kernels_(kernels) {}

Result<IndexAnswer> ExactIndex::search(const IndexQuery& query) const {
  return std::move(search_together({&query, 1}).front());
}

/// Blocks of rows outside, queries inside: a block comes from memory once for all queries.
void ExactIndex::scan_codes(std::span<Search* const> searches) const {
  const auto dimension = static_cast<std::size_t>(codes_.stride);
  constexpr std::size_t kEight = kernels::kQueriesPerPass;
  const std::size_t passes = (searches.size() + kEight - 1) / kEight;
  std::vector<std::int8_t> queries(passes * kEight * dimension);
  for (std::size_t i = 0; i < searches.size(); ++i) {
    std::copy(searches[i]->codes().begin(), searches[i]->codes().end(),
              queries.begin() + static_cast<std::ptrdiff_t>(i * dimension));
  }
  std::vector<std::int32_t> sums((searches.size() == 1 ? 1 : kEight) * kBlockRows);
  const auto all_stopped = [&] {
    return std::all_of(searches.begin(), searches.end(),
                       [](const Search* each) { return each->query().stopped(); });
  };
  for (std::int64_t first = 0; first < codes_.rows && !all_stopped(); first += kBlockRows) {
    const auto count = static_cast<std::size_t>(std::min(kBlockRows, codes_.rows - first));
    for (std::size_t i = 0; i < searches.size(); i += kEight) {
      const auto pass = searches.subspan(i, std::min(kEight, searches.size() - i));
      const auto scan = pass.size() == 1 ? kernels_.scan_one : kernels_.scan_eight;
      scan(queries.data() + i * dimension, dimension, codes_.row(first), count, sums.data());
      for (std::size_t lane = 0; lane < pass.size(); ++lane) {
        pass[lane]->take_block(kernels_, first, sums.data() + lane * count, count);
      }
    }
  }
}

void ExactIndex::scan_allowed(Search& search) const {
  std::vector<std::uint32_t> rows;
  std::array<std::int32_t, kBlockRows> sums;
  const auto flush = [&] {
    kernels_.scan_listed(search.codes().data(), static_cast<std::size_t>(codes_.stride),
                         codes_.data, rows.data(), rows.size(), sums.data());
    search.take_listed(rows, sums.data());
    rows.clear();
  };
  search.query().allowed->for_each([&](std::int64_t row) {
    if (row >= codes_.rows || search.query().stopped()) return;
    rows.push_back(static_cast<std::uint32_t>(row));
    if (rows.size() == sums.size()) flush();
  });
  flush();
}

std::vector<Result<IndexAnswer>> ExactIndex::search_together(
    std::span<const IndexQuery> queries) const {
  const auto start = Clock::now();
  std::vector<Result<IndexAnswer>> answers(queries.size(), Result<IndexAnswer>(IndexAnswer()));
  std::vector<std::optional<Search>> searches(queries.size());
  std::vector<Search*> dense;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const IndexQuery& query = queries[i];
    if (Status fit = check_query(query, rows_.dimension); !fit) {
      answers[i] = fit.error();
      continue;
    }
    Result<QueryCodes> coded = encode_query(query.vector);
    if (!coded) {
      answers[i] = coded.error();
      continue;
    }
    if (query.k == 0) continue;
    Search& search = searches[i].emplace(codes_, query, *std::move(coded));
    const std::size_t allowed = query.allowed != nullptr ? query.allowed->count() : 0;
    answers[i]->statistics.scanned =
        query.allowed != nullptr ? static_cast<std::int64_t>(allowed) : rows_.rows;
    const bool sparse =
        query.allowed != nullptr && allowed * kSparseShare < static_cast<std::size_t>(codes_.rows);
    if (sparse) {
      scan_allowed(search);
    } else {
      dense.push_back(&search);
    }
  }
  scan_codes(dense);
  const double scan_us = microseconds(start, Clock::now());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (!searches[i]) continue;
    if (queries[i].stopped()) {
      answers[i] = Error{ErrorCode::kCancelled, "the search was given up"};
      continue;
    }
    const auto ranking_start = Clock::now();
    Ranking ranking(queries[i], rows_, kernels_);
    ranking.add_rows_from(codes_.rows);
    IndexStatistics& statistics = answers[i]->statistics;
    std::vector<Bounded> candidates = searches[i]->candidates();
    statistics.candidates = static_cast<std::int64_t>(candidates.size());
    ranking.add_bounded(std::move(candidates));
    answers[i]->best = ranking.take();
    statistics.ranked = ranking.ranked();
    statistics.scan_us = scan_us;
    statistics.rank_us = microseconds(ranking_start, Clock::now());
  }
  return answers;
}

}  // namespace semblance
