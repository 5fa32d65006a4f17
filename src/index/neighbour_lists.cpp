#include "index/neighbour_lists.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/bitmap.h"

namespace semblance {

namespace {

/// Queries that go through the codes together: a block of codes is read once for all of them.
constexpr std::size_t kTogether = 128;
/// Where more of the lists than this are to be made anew, all are: it is less work.
constexpr double kRebuildShare = 0.5;

using Rows = std::vector<std::uint32_t>;

struct Scored {
  std::int64_t row = 0;
  double score = 0;
};

/// Work that is done in pieces by several threads, of which the caller's is one and reports.
class Pieces {
 public:
  Pieces(const NeighbourTask& task, std::int64_t total) : task_(task), total_(total) {}

  /// Calls work(piece of `rows`), a Status, for all of `rows`. The first error ends it.
  template <typename Work>
  Status run(const Rows& rows, const Work& work) {
    next_ = 0;
    const auto take_pieces = [&](bool reports) {
      while (!ended_.load()) {
        const std::size_t first = next_.fetch_add(kTogether);
        if (first >= rows.size()) return;
        const auto piece = std::span(rows).subspan(first, std::min(kTogether, rows.size() - first));
        if (Status done = work(piece); !done) return end(done.error());
        done_ += static_cast<std::int64_t>(piece.size());
        if (reports && task_.progress && !task_.progress(done_, total_)) {
          return end({ErrorCode::kCancelled, "stopped while looking for neighbours"});
        }
      }
    };
    std::vector<std::thread> helpers;
    for (int i = 1; i < task_.threads && rows.size() > kTogether; ++i) {
      helpers.emplace_back(take_pieces, false);
    }
    take_pieces(true);
    for (std::thread& helper : helpers) helper.join();
    if (error_) return *error_;
    return {};
  }

 private:
  void end(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    ended_ = true;
  }

  const NeighbourTask& task_;
  const std::int64_t total_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::int64_t> done_{0};
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::optional<Error> error_;
};

/// Makes lists, all or some.
class Maker {
 public:
  explicit Maker(const NeighbourTask& task) : task_(task) {
    lists_.k = task.k;
    lists_.tags.assign(task.tags.begin(), task.tags.end());
    lists_.places.resize(lists_.tags.size() * k());
    const auto with_item = static_cast<std::size_t>(
        std::count_if(task.tags.begin(), task.tags.end(), [](auto tag) { return tag != 0; }));
    if (with_item == lists_.tags.size()) return;
    included_.emplace(lists_.tags.size());
    for (std::size_t row = 0; row < lists_.tags.size(); ++row) {
      if (lists_.tags[row] != 0) included_->add(static_cast<std::int64_t>(row));
    }
  }

  /// Makes the lists of these rows anew.
  Status search(const Rows& rows, Pieces& pieces) {
    return pieces.run(rows, [&](std::span<const std::uint32_t> piece) { return search(piece); });
  }

  /// Lets `fresh` rows into the lists of other rows. Returns into how many.
  Result<std::int64_t> join(const Rows& fresh, const Rows& others, Pieces& pieces);

  void keep(std::int64_t row, std::span<const Neighbour> list) {
    std::copy(list.begin(), list.end(), places_of(row).begin());
  }

  NeighbourLists take() { return std::move(lists_); }

 private:
  [[nodiscard]] std::size_t k() const { return static_cast<std::size_t>(task_.k); }
  std::span<Neighbour> places_of(std::int64_t row) {
    return std::span(lists_.places).subspan(static_cast<std::size_t>(row) * k(), k());
  }

  /// Queries of rows, one behind the other. Rows that are not finite are no query.
  struct Queries {
    std::vector<float> numbers;
    std::vector<std::uint32_t> rows;
    std::vector<IndexQuery> queries;
  };
  [[nodiscard]] Queries queries_of(std::span<const std::uint32_t> rows) const;

  Status search(std::span<const std::uint32_t> rows);
  bool join(std::int64_t row, const std::vector<Candidate>& candidates, const Rows& fresh);
  void put(std::int64_t row, std::vector<Scored> neighbours);

  const NeighbourTask& task_;
  NeighbourLists lists_;
  std::optional<Bitmap> included_;  ///< nothing: every row
};

Maker::Queries Maker::queries_of(std::span<const std::uint32_t> rows) const {
  const auto dimension = static_cast<std::size_t>(task_.rows.dimension);
  Queries result;
  result.numbers.resize(rows.size() * dimension);
  for (const std::uint32_t row : rows) {
    const auto query = std::span(result.numbers).subspan(result.rows.size() * dimension, dimension);
    task_.measure.query_of(row, query);
    if (!std::all_of(query.begin(), query.end(), [](float x) { return std::isfinite(x); })) {
      continue;
    }
    IndexQuery& added = result.queries.emplace_back();
    added.vector = query;
    added.margin = 2 * NeighbourMeasure::kSlack;  // of both rows that are compared
    added.effort = task_.effort;
    result.rows.push_back(row);
  }
  return result;
}

/// The best k of what was found become the row's list.
void Maker::put(std::int64_t row, std::vector<Scored> neighbours) {
  const std::size_t count = std::min(k(), neighbours.size());
  std::partial_sort(neighbours.begin(), neighbours.begin() + static_cast<std::ptrdiff_t>(count),
                    neighbours.end(), [&](const Scored& a, const Scored& b) {
                      return a.score != b.score ? a.score > b.score
                                                : task_.measure.before(a.row, b.row);
                    });
  const std::span<Neighbour> places = places_of(row);
  std::fill(places.begin(), places.end(), Neighbour{});
  for (std::size_t i = 0; i < count; ++i) {
    places[i] = {static_cast<std::int32_t>(neighbours[i].row),
                 static_cast<float>(neighbours[i].score)};
  }
}

Status Maker::search(std::span<const std::uint32_t> rows) {
  Queries asked = queries_of(rows);
  for (IndexQuery& query : asked.queries) {
    query.k = k() + 1;  // one may be the row itself
    query.allowed = included_ ? &*included_ : nullptr;
  }
  std::vector<Result<IndexAnswer>> answers;
  if (task_.approximate == nullptr) {
    answers = task_.exact.search_together(asked.queries);
  } else {
    for (const IndexQuery& query : asked.queries) {
      answers.push_back(task_.approximate->search(query));
    }
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) return answers[i].error();
    const std::int64_t row = asked.rows[i];
    std::vector<Scored> neighbours;
    for (const Candidate& one : answers[i]->best) {
      if (one.row != row) neighbours.push_back({one.row, task_.measure.score(row, one.row)});
    }
    put(row, std::move(neighbours));
  }
  return {};
}

bool Maker::join(std::int64_t row, const std::vector<Candidate>& candidates, const Rows& fresh) {
  if (candidates.empty()) return false;
  const std::vector<Neighbour> before(places_of(row).begin(), places_of(row).end());
  std::vector<Scored> neighbours;
  for (const Neighbour& one : before) {
    if (one.row == Neighbour::kNone) break;
    // Not the rounded score: that could tie with a new row's.
    neighbours.push_back({one.row, task_.measure.score(row, one.row)});
  }
  for (const Candidate& one : candidates) {
    const std::int64_t other = fresh[static_cast<std::size_t>(one.row)];
    neighbours.push_back({other, task_.measure.score(row, other)});
  }
  put(row, std::move(neighbours));
  const std::span<const Neighbour> after = places_of(row);
  return !std::equal(before.begin(), before.end(), after.begin());
}

Result<std::int64_t> Maker::join(const Rows& fresh, const Rows& others, Pieces& pieces) {
  if (fresh.empty() || others.empty()) return 0;
  const auto dimension = static_cast<std::size_t>(task_.rows.dimension);
  std::vector<float> numbers;
  numbers.reserve(fresh.size() * dimension);
  for (const std::uint32_t row : fresh) {
    const auto added = task_.rows.row(row);
    numbers.insert(numbers.end(), added.begin(), added.end());
  }
  const MatrixView matrix{numbers.data(), static_cast<std::int64_t>(fresh.size()),
                          task_.rows.dimension};
  const Codes codes = Codes::of(matrix);
  const ExactIndex index(codes.view(), matrix);
  std::atomic<std::int64_t> joined{0};
  Status done = pieces.run(others, [&](std::span<const std::uint32_t> piece) -> Status {
    Queries asked = queries_of(piece);
    for (std::size_t i = 0; i < asked.queries.size(); ++i) {
      IndexQuery& query = asked.queries[i];
      query.k = k();
      const Neighbour& last = places_of(asked.rows[i])[k() - 1];
      if (last.row == Neighbour::kNone) continue;                // there is room
      constexpr double kRounded = 2 * NeighbourMeasure::kSlack;  // also the score
      query.least = 2 * static_cast<double>(last.score) - 1 - kRounded;
    }
    const auto answers = index.search_together(asked.queries);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i]) return answers[i].error();
      if (join(asked.rows[i], answers[i]->best, fresh)) ++joined;
    }
    return {};
  });
  if (!done) return done.error();
  return joined.load();
}

/// What became of the rows since lists were made.
struct Difference {
  Rows fresh;     ///< rows with an item that were not there as they are
  Rows searched;  ///< these, and those whose list held a row that went
  Rows kept;      ///< the others with an item
};

Difference difference(const NeighbourTask& task, const NeighbourView& before) {
  const std::size_t rows = task.tags.size();
  const auto was = [&](std::size_t row) {
    return row < before.tags.size() ? before.tags[row] : std::uint64_t{0};
  };
  const auto went = [&](std::int32_t row) {
    const auto index = static_cast<std::size_t>(row);
    return row < 0 || index >= rows || was(index) != task.tags[index];
  };
  Difference result;
  for (std::size_t row = 0; row < rows; ++row) {
    if (task.tags[row] == 0) continue;
    const auto number = static_cast<std::uint32_t>(row);
    const bool fresh = was(row) != task.tags[row];
    if (fresh) result.fresh.push_back(number);
    const auto lost_one = [&] {
      const auto list = before.of(static_cast<std::int64_t>(row));
      return std::any_of(list.begin(), list.end(), [&](const auto& one) { return went(one.row); });
    };
    (fresh || lost_one() ? result.searched : result.kept).push_back(number);
  }
  return result;
}

}  // namespace

std::span<const Neighbour> NeighbourView::of(std::int64_t row) const {
  const auto width = static_cast<std::size_t>(k);
  const auto list = places.subspan(static_cast<std::size_t>(row) * width, width);
  const auto end = std::find_if(list.begin(), list.end(),
                                [](const Neighbour& one) { return one.row == Neighbour::kNone; });
  return list.first(static_cast<std::size_t>(end - list.begin()));
}

Result<NeighbourLists> build_neighbour_lists(const NeighbourTask& task) {
  Maker maker(task);
  Rows rows;
  for (std::size_t row = 0; row < task.tags.size(); ++row) {
    if (task.tags[row] != 0) rows.push_back(static_cast<std::uint32_t>(row));
  }
  Pieces pieces(task, static_cast<std::int64_t>(rows.size()));
  SEMBLANCE_RETURN_IF_ERROR(maker.search(rows, pieces));
  return maker.take();
}

Result<UpdatedNeighbours> update_neighbour_lists(const NeighbourTask& task,
                                                 const NeighbourView& before) {
  const Difference changed = difference(task, before);
  const std::size_t all = changed.searched.size() + changed.kept.size();
  if (before.k != task.k ||
      static_cast<double>(changed.searched.size()) > kRebuildShare * static_cast<double>(all)) {
    Result<NeighbourLists> lists = build_neighbour_lists(task);
    if (!lists) return lists.error();
    return UpdatedNeighbours{*std::move(lists), static_cast<std::int64_t>(all), 0};
  }
  Maker maker(task);
  for (const std::uint32_t row : changed.kept) maker.keep(row, before.of(row));
  const bool joins = !changed.fresh.empty();
  Pieces pieces(task, static_cast<std::int64_t>(joins ? all : changed.searched.size()));
  SEMBLANCE_RETURN_IF_ERROR(maker.search(changed.searched, pieces));
  const Result<std::int64_t> joined = maker.join(changed.fresh, changed.kept, pieces);
  if (!joined) return joined.error();
  return UpdatedNeighbours{maker.take(), static_cast<std::int64_t>(changed.searched.size()),
                           *joined};
}

}  // namespace semblance
