#include "index/graph_search.h"

#include <algorithm>

namespace semblance {

namespace {

// Heaps: the closest open node on top, the farthest hit on top.
bool opens_later(const CodedHit& a, const CodedHit& b) {
  return closer(b, a);
}
bool is_closer(const CodedHit& a, const CodedHit& b) {
  return closer(a, b);
}

}  // namespace

void GraphWalker::compare(const std::int8_t* query) {
  sums_.resize(rows_.size());
  kernels_.scan_listed(query, static_cast<std::size_t>(codes_.stride), codes_.data, rows_.data(),
                       rows_.size(), sums_.data());
  compared_ += static_cast<std::int64_t>(rows_.size());
}

std::uint32_t GraphWalker::descend(const GraphView& graph, const std::int8_t* query,
                                   std::size_t level) {
  const auto degree = static_cast<std::size_t>(graph.degree);
  std::uint32_t at = 0;
  rows_.assign(1, graph.upper_rows[0]);
  compare(query);
  CodedHit best{sums_[0], rows_[0]};
  for (std::size_t walked = graph.levels.size(); walked > level; --walked) {
    const std::span<const std::uint32_t> links = graph.levels[walked - 1];
    const std::size_t nodes = links.size() / degree;
    for (bool moved = true; moved && at < nodes;) {
      moved = false;
      nodes_.clear();
      rows_.clear();
      for (const std::uint32_t node : links.subspan(at * degree, degree)) {
        if (node >= nodes) break;
        if (graph.upper_rows[node] >= graph.rows) continue;
        nodes_.push_back(node);
        rows_.push_back(graph.upper_rows[node]);
      }
      compare(query);
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        const CodedHit hit{sums_[i], rows_[i]};
        if (!closer(hit, best)) continue;
        best = hit;
        at = nodes_[i];
        moved = true;
      }
    }
  }
  return at;
}

/// Compares those neighbours of a node that were not seen before: nodes_ and sums_.
template <typename LinksOf, typename RowOf>
void GraphWalker::see_neighbours(const std::int8_t* query, std::uint32_t node,
                                 const LinksOf& links_of, const RowOf& row_of) {
  nodes_.clear();
  rows_.clear();
  for (const std::uint32_t linked : links_of(node)) {
    if (linked == GraphView::kNoLink) break;
    const std::uint32_t row = row_of(linked);
    if (row == GraphView::kNoLink || !visited_.mark(linked)) continue;
    nodes_.push_back(linked);
    rows_.push_back(row);
  }
  compare(query);
}

/// Without a filter what is open and what is a hit are the same list: the `width` closest, in
/// order, each either expanded or not.
template <typename LinksOf, typename RowOf>
void GraphWalker::walk_freely(const std::int8_t* query, std::uint32_t start, std::size_t width,
                              const LinksOf& links_of, const RowOf& row_of) {
  constexpr std::uint32_t kExpanded = 0x80000000U;
  hits_.clear();
  std::size_t next = 0;  // nothing before it is open
  const auto offer = [&](const CodedHit& hit) {
    // Rows are told apart without the mark of the expanded.
    const auto before = [](const CodedHit& a, const CodedHit& b) {
      return closer({a.sum, a.row & ~kExpanded}, b);
    };
    if (hits_.size() == width) {
      if (!before(hit, {hits_.back().sum, hits_.back().row & ~kExpanded})) return;
      hits_.pop_back();
    }
    const auto at = std::lower_bound(hits_.begin(), hits_.end(), hit, before);
    next = std::min(next, static_cast<std::size_t>(at - hits_.begin()));
    hits_.insert(at, hit);
  };
  const auto prefetch_links = [&](std::uint32_t node) {
    const auto links = links_of(node);
    __builtin_prefetch(links.data());
    __builtin_prefetch(links.data() + links.size() / 2);
  };
  visited_.mark(start);
  nodes_.assign(1, start);
  rows_.assign(1, row_of(start));
  compare(query);
  offer({sums_[0], start});
  while (next < hits_.size()) {
    const std::uint32_t node = hits_[next].row;
    hits_[next].row |= kExpanded;
    while (next < hits_.size() && (hits_[next].row & kExpanded) != 0) ++next;
    // Most probably the one to be expanded after this.
    if (next < hits_.size()) prefetch_links(hits_[next].row);
    see_neighbours(query, node, links_of, row_of);
    for (std::size_t i = 0; i < nodes_.size(); ++i) offer({sums_[i], nodes_[i]});
    while (next < hits_.size() && (hits_[next].row & kExpanded) != 0) ++next;
    if (next < hits_.size()) prefetch_links(hits_[next].row);
  }
  visited_.clear();
  for (CodedHit& hit : hits_) hit.row &= ~kExpanded;
}

/// With a filter, rows that are not allowed are ways to others.
template <typename LinksOf, typename RowOf>
void GraphWalker::walk(const std::int8_t* query, std::uint32_t start, std::size_t width,
                       const Bitmap& allowed, std::size_t max_visits, const LinksOf& links_of,
                       const RowOf& row_of) {
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
  visited_.mark(start);
  rows_.assign(1, row_of(start));
  compare(query);
  offer({sums_[0], start});
  std::size_t visits = 1;
  while (!open_.empty() && visits <= max_visits) {
    std::pop_heap(open_.begin(), open_.end(), opens_later);
    const CodedHit next = open_.back();
    open_.pop_back();
    if (hits_.size() == width && closer(hits_.front(), next)) break;
    see_neighbours(query, next.row, links_of, row_of);
    visits += nodes_.size();
    for (std::size_t i = 0; i < nodes_.size(); ++i) offer({sums_[i], nodes_[i]});
  }
  visited_.clear();
  std::sort_heap(hits_.begin(), hits_.end(), is_closer);
}

const std::vector<CodedHit>& GraphWalker::walk_ground(const GraphView& graph,
                                                      const std::int8_t* query, std::uint32_t start,
                                                      std::size_t width, const Bitmap* allowed,
                                                      std::size_t max_visits) {
  const auto links_of = [&](std::uint32_t row) { return graph.ground_links(row); };
  const auto row_of = [&](std::uint32_t row) {
    return row < graph.rows ? row : GraphView::kNoLink;
  };
  if (allowed == nullptr) {
    walk_freely(query, start, width, links_of, row_of);
  } else {
    walk(query, start, width, *allowed, max_visits, links_of, row_of);
  }
  return hits_;
}

const std::vector<CodedHit>& GraphWalker::walk_upper(const GraphView& graph,
                                                     const std::int8_t* query, std::size_t level,
                                                     std::uint32_t start, std::size_t width) {
  const auto degree = static_cast<std::size_t>(graph.degree);
  const std::span<const std::uint32_t> links = graph.levels[level - 1];
  const std::size_t nodes = links.size() / degree;
  walk_freely(
      query, start, width, [&](std::uint32_t node) { return links.subspan(node * degree, degree); },
      [&](std::uint32_t node) {
        return node < nodes ? graph.upper_rows[node] : GraphView::kNoLink;
      });
  return hits_;
}

}  // namespace semblance
