#include "search/search_bench.h"

namespace semblance::bench {

nlohmann::ordered_json graph_bench(const SearchBenchOptions&) {
  return {};
}

}  // namespace semblance::bench
