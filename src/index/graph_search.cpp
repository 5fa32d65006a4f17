#include "index/graph_search.h"

#include <algorithm>
#include <cstring>

namespace semblance {

namespace {

// Heaps: the closest open node on top, the farthest hit on top.
bool opens_later(const CodedHit& a, const CodedHit& b) {
  return closer(b, a);
}
bool is_closer(const CodedHit& a, const CodedHit& b) {
  return closer(a, b);
}

/// Nodes that are expanded before their neighbours are compared, all together: rows far apart in
/// memory come quicker when many are asked for at once.
constexpr std::size_t kExpandedTogether = 3;

// A hit as one number, smaller where closer; the last bit tells whether it was expanded.
constexpr std::uint64_t kExpanded = 1;
std::uint64_t key_of(std::int32_t sum, std::uint32_t node) {
  const std::uint32_t farness = ~(static_cast<std::uint32_t>(sum) ^ 0x80000000U);
  return std::uint64_t{farness} << 32 | std::uint64_t{node} << 1;
}
std::uint32_t node_of(std::uint64_t key) {
  return static_cast<std::uint32_t>(key) >> 1;
}
std::int32_t sum_of(std::uint64_t key) {
  return static_cast<std::int32_t>(~static_cast<std::uint32_t>(key >> 32) ^ 0x80000000U);
}

/// How many of `keys`, which are in order, are smaller. Without branches, which would be guessed
/// wrong half the time.
std::size_t place_of(const std::uint64_t* keys, std::size_t count, std::uint64_t key) {
  if (count == 0) return 0;
  const std::uint64_t* at = keys;
  while (count > 1) {
    const std::size_t half = count / 2;
    at = at[half - 1] < key ? at + half : at;
    count -= half;
  }
  return static_cast<std::size_t>(at - keys) + (*at < key ? 1 : 0);
}

/// The `width` closest nodes that were offered, in order.
class NearList {
 public:
  /// `keys` is its memory.
  NearList(std::vector<std::uint64_t>& keys, std::size_t width) : width_(width) {
    keys.resize(std::max(keys.size(), width + 1));
    keys_ = keys.data();
  }

  void offer(std::int32_t sum, std::uint32_t node) {
    const std::uint64_t key = key_of(sum, node);
    if (count_ == width_) {
      if (key > keys_[count_ - 1]) return;
      --count_;
    }
    const std::size_t at = place_of(keys_, count_, key);
    std::memmove(keys_ + at + 1, keys_ + at, (count_ - at) * sizeof *keys_);
    keys_[at] = key;
    ++count_;
    next_ = std::min(next_, at);
  }
  /// Whether a node is left that was not expanded.
  [[nodiscard]] bool has_open() {
    while (next_ < count_ && (keys_[next_] & kExpanded) != 0) ++next_;
    return next_ < count_;
  }
  /// The closest of these, which counts as expanded from now on.
  std::uint32_t take_open() {
    keys_[next_] |= kExpanded;
    return node_of(keys_[next_]);
  }
  /// Calls visit(node) for those that are to be expanded next, as it looks now.
  template <typename Visit>
  void each_open(std::size_t most, const Visit& visit) const {
    for (std::size_t i = next_; i < count_ && most > 0; ++i) {
      if ((keys_[i] & kExpanded) != 0) continue;
      visit(node_of(keys_[i]));
      --most;
    }
  }
  void write(std::vector<CodedHit>& hits) const {
    hits.resize(count_);
    for (std::size_t i = 0; i < count_; ++i) hits[i] = {sum_of(keys_[i]), node_of(keys_[i])};
  }

 private:
  std::size_t width_;
  std::uint64_t* keys_;
  std::size_t count_ = 0;
  std::size_t next_ = 0;  // nothing before it is open
};

}  // namespace

void GraphWalker::compare(const std::int8_t* query) {
  sums_.resize(rows_.size());
  kernels_.scan_listed(query, static_cast<std::size_t>(codes_.stride), codes_.data, rows_.data(),
                       rows_.size(), sums_.data());
  compared_ += static_cast<std::int64_t>(rows_.size());
}

const std::vector<std::uint32_t>& GraphWalker::descend(const GraphView& graph,
                                                       const std::int8_t* query, std::size_t level,
                                                       std::size_t width) {
  starts_.assign(1, 0);
  for (std::size_t walked = graph.levels.size(); walked > level; --walked) {
    walk_upper(graph, query, walked, std::max<std::size_t>(1, width >> 2 * (walked - 1)));
  }
  return starts_;
}

void GraphWalker::forget_seen() {
  nodes_.clear();
  rows_.clear();
}

/// Adds those neighbours of a node that were not seen before to nodes_ and rows_.
template <typename LinksOf, typename RowOf>
void GraphWalker::see_neighbours(std::uint32_t node, const LinksOf& links_of, const RowOf& row_of) {
  for (const std::uint32_t linked : links_of(node)) {
    if (linked == GraphView::kNoLink) break;
    const std::uint32_t row = row_of(linked);
    if (row == GraphView::kNoLink || !visited_.mark(linked)) continue;
    nodes_.push_back(linked);
    rows_.push_back(row);
  }
}

/// The nodes that a walk begins with.
template <typename RowOf>
void GraphWalker::see_starts(const RowOf& row_of) {
  forget_seen();
  for (const std::uint32_t node : starts_) {
    const std::uint32_t row = row_of(node);
    if (row == GraphView::kNoLink || !visited_.mark(node)) continue;
    nodes_.push_back(node);
    rows_.push_back(row);
  }
}

/// Without a filter what is open and what is a hit are the same list: the `width` closest, in
/// order, each either expanded or not.
template <typename LinksOf, typename RowOf>
void GraphWalker::walk_freely(const std::int8_t* query, std::size_t width, const LinksOf& links_of,
                              const RowOf& row_of) {
  NearList near(near_, width);
  const auto prefetch_links = [&](std::uint32_t node) {
    const auto links = links_of(node);
    __builtin_prefetch(links.data());
    __builtin_prefetch(links.data() + links.size() / 2);
  };
  see_starts(row_of);
  compare(query);
  for (std::size_t i = 0; i < nodes_.size(); ++i) near.offer(sums_[i], nodes_[i]);
  while (near.has_open()) {
    forget_seen();
    for (std::size_t i = 0; i < kExpandedTogether && near.has_open(); ++i) {
      see_neighbours(near.take_open(), links_of, row_of);
    }
    near.each_open(kExpandedTogether, prefetch_links);
    compare(query);
    for (std::size_t i = 0; i < nodes_.size(); ++i) near.offer(sums_[i], nodes_[i]);
    near.each_open(kExpandedTogether, prefetch_links);
  }
  visited_.clear();
  near.write(hits_);
}

/// With a filter, rows that are not allowed are ways to others.
template <typename LinksOf, typename RowOf>
void GraphWalker::walk(const std::int8_t* query, std::size_t width, const Bitmap& allowed,
                       std::size_t max_visits, const LinksOf& links_of, const RowOf& row_of) {
  open_.clear();
  hits_.clear();
  const auto offer = [&](const CodedHit& hit) {
    // Full and farther than all hits: neither a hit nor a way to one.
    if (hits_.size() == width && !closer(hit, hits_.front())) return;
    open_.push_back(hit);
    std::push_heap(open_.begin(), open_.end(), opens_later);
    if (!allowed.contains(hit.row)) return;
    if (hits_.size() == width) {
      std::pop_heap(hits_.begin(), hits_.end(), is_closer);
      hits_.back() = hit;
    } else {
      hits_.push_back(hit);
    }
    std::push_heap(hits_.begin(), hits_.end(), is_closer);
  };
  see_starts(row_of);
  compare(query);
  for (std::size_t i = 0; i < nodes_.size(); ++i) offer({sums_[i], nodes_[i]});
  std::size_t visits = nodes_.size();
  while (!open_.empty() && visits <= max_visits) {
    std::pop_heap(open_.begin(), open_.end(), opens_later);
    const CodedHit next = open_.back();
    open_.pop_back();
    if (hits_.size() == width && closer(hits_.front(), next)) break;
    forget_seen();
    see_neighbours(next.row, links_of, row_of);
    compare(query);
    visits += nodes_.size();
    for (std::size_t i = 0; i < nodes_.size(); ++i) offer({sums_[i], nodes_[i]});
  }
  visited_.clear();
  std::sort_heap(hits_.begin(), hits_.end(), is_closer);
}

const std::vector<CodedHit>& GraphWalker::walk_ground(const GraphView& graph,
                                                      const std::int8_t* query, std::size_t width,
                                                      const Bitmap* allowed,
                                                      std::size_t max_visits) {
  const auto links_of = [&](std::uint32_t row) { return graph.ground_links(row); };
  const auto row_of = [&](std::uint32_t row) {
    return row < graph.rows ? row : GraphView::kNoLink;
  };
  for (std::uint32_t& start : starts_) start = graph.upper_rows[start];
  if (allowed == nullptr) {
    walk_freely(query, width, links_of, row_of);
  } else {
    walk(query, width, *allowed, max_visits, links_of, row_of);
  }
  return hits_;
}

const std::vector<CodedHit>& GraphWalker::walk_upper(const GraphView& graph,
                                                     const std::int8_t* query, std::size_t level,
                                                     std::size_t width) {
  const auto degree = static_cast<std::size_t>(graph.degree);
  const std::span<const std::uint32_t> links = graph.levels[level - 1];
  const std::size_t nodes = links.size() / degree;
  walk_freely(
      query, width, [&](std::uint32_t node) { return links.subspan(node * degree, degree); },
      [&](std::uint32_t node) {
        return node < nodes && graph.upper_rows[node] < graph.rows ? graph.upper_rows[node]
                                                                   : GraphView::kNoLink;
      });
  starts_.clear();
  for (const CodedHit& hit : hits_) starts_.push_back(hit.row);
  return hits_;
}

}  // namespace semblance
