#include "index/graph.h"

#include <algorithm>

#include "base/bitmap.h"

namespace semblance {

GraphView Graph::view() const {
  GraphView view{rows, degree, ground, upper_rows, {}, stray};
  for (const std::vector<std::uint32_t>& level : levels) view.levels.emplace_back(level);
  return view;
}

std::int64_t reachable_rows(const GraphView& graph) {
  Bitmap reached(static_cast<std::size_t>(graph.rows));
  std::vector<std::uint32_t> open;
  std::int64_t count = 0;
  const auto reach = [&](std::uint32_t row) {
    if (row >= graph.rows || reached.contains(row)) return false;
    reached.add(row);
    ++count;
    return true;
  };
  if (!graph.upper_rows.empty() && reach(graph.upper_rows[0])) open.push_back(graph.upper_rows[0]);
  while (!open.empty()) {
    const std::uint32_t row = open.back();
    open.pop_back();
    for (const std::uint32_t link : graph.ground_links(row)) {
      if (reach(link)) open.push_back(link);
    }
  }
  for (const std::uint32_t row : graph.stray) reach(row);
  return count;
}

}  // namespace semblance
