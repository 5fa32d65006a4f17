#include "server/closeness.h"

#include <algorithm>
#include <vector>

namespace semblance::server {

namespace {

constexpr std::size_t kSampled = 100;
constexpr int kNeighbours = 10;
/// A collection that has changed a lot is looked at again.
constexpr std::uint64_t kVersionsTogether = 256;

/// The value that a share of the values does not exceed.
double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 1;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

}  // namespace

Result<ClosenessWords> ClosenessScale::words(const LiveCollection& collection,
                                             const Measure& measure,
                                             const std::atomic<bool>* cancelled) {
  const std::string key = collection.name() + "\n" +
                          std::to_string(collection.version() / kVersionsTogether) + "\n" +
                          std::string(descriptor_name(measure.descriptor)) + "\n" +
                          std::to_string(measure.colour_weight);
  if (const auto known = known_.get(key)) return *known;
  const Result<std::vector<ItemWithAttributes>> items = collection.sample(kSampled, 1);
  if (!items) return items.error();
  SearchOptions options;
  options.measure = measure;
  options.limit = kNeighbours;
  options.cancelled = cancelled;
  std::vector<double> first;
  std::vector<double> last;
  for (const auto& [item, attributes] : *items) {
    const Result<SearchAnswer> answer = collection.search({{}, {item.id}}, options);
    if (!answer && answer.error().code == ErrorCode::kNotFound) continue;  // removed just now
    if (!answer) return answer.error();
    if (answer->hits.empty()) continue;
    first.push_back(answer->hits.front().closeness.score);
    last.push_back(answer->hits.back().closeness.score);
  }
  const ClosenessWords words{quantile(std::move(first), 0.75), quantile(std::move(last), 0.5)};
  known_.put(key, words);
  return words;
}

}  // namespace semblance::server
