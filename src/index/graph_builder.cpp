#include "index/graph_builder.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <thread>
#include <utility>

#include "index/graph_search.h"

namespace semblance {

namespace {

constexpr std::size_t kMaxLevels = 12;
/// A batch is at most this share of the rows that are in, so that what its rows do not see of each
/// other matters little: with a 16th, a walk has to keep a fifth more rows for the same recall.
constexpr std::size_t kBatchShare = 128;
constexpr std::size_t kMaxBatch = 2048;
constexpr std::size_t kRepairWidth = 128;
/// Of walks down the upper levels.
constexpr std::size_t kDescentWidth = 128;

/// SplitMix64's mixing (Steele, Lea, Flood 2014).
std::uint64_t mixed(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// Calls work(thread, index) for every index below `count`, by up to `threads` threads.
template <typename Work>
void in_parallel(int threads, std::size_t count, const Work& work) {
  constexpr std::size_t kChunk = 16;
  std::atomic<std::size_t> next = 0;
  const auto run = [&](std::size_t thread) {
    while (true) {
      const std::size_t begin = next.fetch_add(kChunk);
      if (begin >= count) return;
      for (std::size_t i = begin; i < std::min(begin + kChunk, count); ++i) work(thread, i);
    }
  };
  std::vector<std::thread> others;
  const std::size_t useful =
      std::min<std::size_t>(static_cast<std::size_t>(threads), count / 64 + 1);
  for (std::size_t t = 1; t < useful; ++t) others.emplace_back(run, t);
  run(0);
  for (std::thread& other : others) other.join();
}

/// A link to be entered: `target` gets a link to `source`.
struct Edge {
  std::uint32_t target = 0;
  std::uint32_t source = 0;
  std::int32_t sum = 0;
};

class Builder {
 public:
  Builder(const CodeView& codes, const GraphOptions& options, const kernels::KernelTable& kernels)
      : codes_(codes),
        options_(options),
        kernels_(kernels),
        degree_(static_cast<std::size_t>(options.degree)),
        threads_(std::max(options.threads, 1)) {}

  Graph build() {
    choose_order();
    if (order_.empty()) return std::move(graph_);
    view_ = graph_.view();
    for (int t = 0; t < threads_; ++t) {
      walkers_.push_back(
          std::make_unique<GraphWalker>(codes_, kernels_, static_cast<std::size_t>(codes_.rows)));
    }
    edges_.resize(static_cast<std::size_t>(threads_));
    for (std::size_t done = 1; done < order_.size();) {
      const std::size_t end =
          std::min(order_.size(), done + std::clamp<std::size_t>(done / kBatchShare, 1, kMaxBatch));
      enter_batch(done, end);
      done = end;
      if (options_.progress && !options_.progress(static_cast<std::int64_t>(done),
                                                  static_cast<std::int64_t>(order_.size()))) {
        return {};
      }
    }
    link_unreached();
    return std::move(graph_);
  }

 private:
  /// Level 0 for 23 of 24 rows (degree 24), level 1 for 23 of 24 of the others, ...
  [[nodiscard]] std::size_t height(std::uint32_t row) const {
    const double uniform = (static_cast<double>(mixed(row) >> 11) + .5) * 0x1p-53;
    const double height = -std::log(uniform) / std::log(static_cast<double>(degree_));
    return std::min(static_cast<std::size_t>(height), kMaxLevels);
  }

  /// Higher nodes first; within a level in no order that has to do with the rows'.
  void choose_order() {
    graph_.rows = codes_.rows;
    graph_.degree = options_.degree;
    graph_.ground.assign(static_cast<std::size_t>(codes_.rows) * 2 * degree_, GraphView::kNoLink);
    for (std::int64_t row = 0; row < codes_.rows; ++row) {
      if (options_.included != nullptr && !options_.included->contains(row)) continue;
      order_.push_back(static_cast<std::uint32_t>(row));
    }
    heights_.resize(static_cast<std::size_t>(codes_.rows));
    for (const std::uint32_t row : order_) heights_[row] = static_cast<std::uint8_t>(height(row));
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      if (heights_[a] != heights_[b]) return heights_[a] > heights_[b];
      return mixed(~std::uint64_t{a}) < mixed(~std::uint64_t{b});
    });
    if (order_.empty()) return;
    // Searches need somewhere to begin.
    heights_[order_[0]] = std::max<std::uint8_t>(heights_[order_[0]], 1);
    for (std::size_t level = 1; level <= heights_[order_[0]]; ++level) {
      const auto end = std::find_if(order_.begin(), order_.end(),
                                    [&](std::uint32_t row) { return heights_[row] < level; });
      const auto nodes = static_cast<std::size_t>(end - order_.begin());
      if (level == 1) graph_.upper_rows.assign(order_.begin(), end);
      graph_.levels.emplace_back(nodes * degree_, GraphView::kNoLink);
    }
  }

  [[nodiscard]] const std::int8_t* code(std::uint32_t row) const { return codes_.row(row); }
  [[nodiscard]] std::uint32_t row_of(std::size_t level, std::uint32_t node) const {
    return level == 0 ? node : graph_.upper_rows[node];
  }
  [[nodiscard]] std::span<std::uint32_t> links(std::size_t level, std::uint32_t node) {
    if (level == 0) return std::span(graph_.ground).subspan(node * 2 * degree_, 2 * degree_);
    return std::span(graph_.levels[level - 1]).subspan(node * degree_, degree_);
  }

  /// Of near nodes, closest first, those that are closer to the base than to any chosen before:
  /// links that lead in different directions. At most `most`. (Heuristic of the HNSW paper; equal
  /// rows count as near each other, so that many equal photos do not fill all links.)
  void choose(std::size_t level, std::vector<CodedHit>& near, std::size_t most) const {
    std::vector<std::uint32_t> rows;
    std::vector<std::int32_t> sums;
    std::size_t kept = 0;
    for (const CodedHit& hit : near) {
      if (kept == most) break;
      const std::uint32_t row = row_of(level, hit.row);
      sums.resize(rows.size());
      kernels_.scan_listed(code(row), static_cast<std::size_t>(codes_.stride), codes_.data,
                           rows.data(), rows.size(), sums.data());
      const auto nearer = [&](std::int32_t sum) { return sum >= hit.sum; };
      if (std::any_of(sums.begin(), sums.end(), nearer)) continue;
      rows.push_back(row);
      near[kept++] = hit;
    }
    near.resize(kept);
  }

  /// Gives a new node its links, and notes the links back. `place` is its place in the order, which
  /// is its upper number where it has one.
  void find_links(std::size_t thread, std::uint32_t place) {
    GraphWalker& walker = *walkers_[thread];
    const std::uint32_t row = order_[place];
    walker.descend(view_, code(row), heights_[row], kDescentWidth);
    for (std::size_t level = heights_[row]; level >= 1; --level) {
      link(thread, level, place, walker.walk_upper(view_, code(row), level, options_.effort));
    }
    link(thread, 0, row,
         walker.walk_ground(view_, code(row), options_.effort, nullptr,
                            static_cast<std::size_t>(codes_.rows)));
  }

  void link(std::size_t thread, std::size_t level, std::uint32_t node,
            const std::vector<CodedHit>& hits) {
    std::vector<CodedHit> near(hits);
    choose(level, near, degree_);
    const std::span<std::uint32_t> own = links(level, node);
    for (std::size_t i = 0; i < near.size(); ++i) {
      own[i] = near[i].row;
      edges_[thread].resize(std::max(edges_[thread].size(), level + 1));
      edges_[thread][level].push_back({near[i].row, node, near[i].sum});
    }
  }

  void enter_batch(std::size_t begin, std::size_t end) {
    in_parallel(threads_, end - begin, [&](std::size_t thread, std::size_t i) {
      find_links(thread, static_cast<std::uint32_t>(begin + i));
    });
    for (std::size_t level = 0; level <= graph_.levels.size(); ++level) {
      std::vector<Edge> edges;
      for (auto& of_thread : edges_) {
        if (level >= of_thread.size()) continue;
        edges.insert(edges.end(), of_thread[level].begin(), of_thread[level].end());
        of_thread[level].clear();
      }
      enter_edges(level, edges);
    }
  }

  void enter_edges(std::size_t level, std::vector<Edge>& edges) {
    std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
      return a.target != b.target ? a.target < b.target : a.source < b.source;
    });
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (i == 0 || edges[i].target != edges[i - 1].target) starts.push_back(i);
    }
    starts.push_back(edges.size());
    in_parallel(threads_, starts.size() - 1, [&](std::size_t, std::size_t i) {
      add_links(level, std::span(edges).subspan(starts[i], starts[i + 1] - starts[i]));
    });
  }

  /// All of one target.
  void add_links(std::size_t level, std::span<const Edge> edges) {
    const std::uint32_t target = edges[0].target;
    const std::span<std::uint32_t> own = links(level, target);
    const auto used = static_cast<std::size_t>(
        std::find(own.begin(), own.end(), GraphView::kNoLink) - own.begin());
    if (used + edges.size() <= own.size()) {
      for (std::size_t i = 0; i < edges.size(); ++i) own[used + i] = edges[i].source;
      return;
    }
    std::vector<std::uint32_t> rows;
    for (const std::uint32_t node : own.first(used)) rows.push_back(row_of(level, node));
    std::vector<std::int32_t> sums(used);
    kernels_.scan_listed(code(row_of(level, target)), static_cast<std::size_t>(codes_.stride),
                         codes_.data, rows.data(), used, sums.data());
    std::vector<CodedHit> near;
    for (std::size_t i = 0; i < used; ++i) near.push_back({sums[i], own[i]});
    for (const Edge& edge : edges) near.push_back({edge.sum, edge.source});
    std::sort(near.begin(), near.end(),
              [](const CodedHit& a, const CodedHit& b) { return closer(a, b); });
    choose(level, near, own.size());
    std::fill(own.begin(), own.end(), GraphView::kNoLink);
    for (std::size_t i = 0; i < near.size(); ++i) own[i] = near[i].row;
  }

  /// Marks what can be reached from a row, itself included.
  void flood(Bitmap& reached, std::uint32_t from) {
    std::vector<std::uint32_t> open = {from};
    reached.add(from);
    while (!open.empty()) {
      const std::uint32_t row = open.back();
      open.pop_back();
      for (const std::uint32_t linked : links(0, row)) {
        if (linked == GraphView::kNoLink) break;
        if (reached.contains(linked)) continue;
        reached.add(linked);
        open.push_back(linked);
      }
    }
  }

  /// Pruning may cut the last link that led to a row. It gets one from a near row that has room.
  void link_unreached() {
    Bitmap reached(static_cast<std::size_t>(codes_.rows));
    flood(reached, graph_.upper_rows[0]);
    for (const std::uint32_t row : order_) {
      if (reached.contains(row)) continue;
      walkers_[0]->descend(view_, code(row), graph_.levels.size(), 1);  // from the very first row
      const auto& hits = walkers_[0]->walk_ground(view_, code(row), kRepairWidth, nullptr,
                                                  static_cast<std::size_t>(codes_.rows));
      const auto with_room = std::find_if(hits.begin(), hits.end(), [&](const CodedHit& hit) {
        return links(0, hit.row).back() == GraphView::kNoLink;
      });
      if (with_room == hits.end()) {
        graph_.stray.push_back(row);
        continue;
      }
      const std::span<std::uint32_t> own = links(0, with_room->row);
      *std::find(own.begin(), own.end(), GraphView::kNoLink) = row;
      flood(reached, row);
    }
    // A later link may have led to one that was given up before.
    std::erase_if(graph_.stray, [&](std::uint32_t row) { return reached.contains(row); });
    std::sort(graph_.stray.begin(), graph_.stray.end());
  }

  const CodeView& codes_;
  const GraphOptions& options_;
  const kernels::KernelTable& kernels_;
  std::size_t degree_;
  int threads_;
  Graph graph_;
  GraphView view_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint8_t> heights_;
  std::vector<std::unique_ptr<GraphWalker>> walkers_;
  std::vector<std::vector<std::vector<Edge>>> edges_;  // by thread and level
};

}  // namespace

Graph build_graph(const CodeView& codes, const GraphOptions& options,
                  const kernels::KernelTable& kernels) {
  return Builder(codes, options, kernels).build();
}

}  // namespace semblance
