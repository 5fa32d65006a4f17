#include "search/hnswlib_baseline.h"

#if defined(SEMBLANCE_WITH_HNSWLIB)
#include <hnswlib/hnswlib.h>

#include <atomic>
#include <thread>

namespace semblance::bench {

struct HnswlibBaseline::State {
  State(const MatrixView& rows, int degree, int effort)
      : space(static_cast<std::size_t>(rows.dimension)),
        graph(&space, static_cast<std::size_t>(rows.rows), static_cast<std::size_t>(degree),
              static_cast<std::size_t>(effort)) {}
  hnswlib::InnerProductSpace space;
  hnswlib::HierarchicalNSW<float> graph;
};

HnswlibBaseline::HnswlibBaseline(const MatrixView& rows, int degree, int effort, int threads)
    : state_(std::make_unique<State>(rows, degree, effort)) {
  state_->graph.addPoint(rows.row(0).data(), 0);
  std::atomic<std::int64_t> next = 1;
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&] {
      for (std::int64_t r = next++; r < rows.rows; r = next++) {
        state_->graph.addPoint(rows.row(r).data(), static_cast<std::size_t>(r));
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
}

HnswlibBaseline::~HnswlibBaseline() = default;

std::vector<Candidate> HnswlibBaseline::search(std::span<const float> query, std::size_t k,
                                               std::size_t effort) const {
  state_->graph.ef_ = effort;
  auto found = state_->graph.searchKnn(query.data(), k);
  std::vector<Candidate> best;
  while (!found.empty()) {
    best.push_back({static_cast<std::int64_t>(found.top().second),
                    1 - static_cast<double>(found.top().first)});
    found.pop();
  }
  return best;
}

std::size_t HnswlibBaseline::bytes() const {
  const auto& graph = state_->graph;
  std::size_t bytes = graph.max_elements_ * graph.size_data_per_element_;
  for (std::size_t i = 0; i < graph.cur_element_count; ++i) {
    bytes += sizeof(void*) +
             static_cast<std::size_t>(graph.element_levels_[i]) * graph.size_links_per_element_;
  }
  return bytes;
}

bool HnswlibBaseline::available() {
  return true;
}

}  // namespace semblance::bench

#else

namespace semblance::bench {

struct HnswlibBaseline::State {};
HnswlibBaseline::HnswlibBaseline(const MatrixView&, int, int, int) {}
HnswlibBaseline::~HnswlibBaseline() = default;
std::vector<Candidate> HnswlibBaseline::search(std::span<const float>, std::size_t,
                                               std::size_t) const {
  return {};
}
std::size_t HnswlibBaseline::bytes() const {
  return 0;
}
bool HnswlibBaseline::available() {
  return false;
}

}  // namespace semblance::bench

#endif
