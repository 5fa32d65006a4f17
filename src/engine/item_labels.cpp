#include "engine/item_labels.h"

#include <utility>
#include <vector>

namespace semblance {

namespace {

constexpr char kBetweenParts = '\x1f';  // of a joined label

std::vector<std::string> split_label(const std::string& label) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (true) {
    const std::size_t plus = label.find('+', start);
    parts.push_back(label.substr(start, plus - start));
    if (plus == std::string::npos) return parts;
    start = plus + 1;
  }
}

}  // namespace

Result<std::unordered_map<std::int64_t, std::string>> labels_by_key(const Catalogue& catalogue,
                                                                    const std::string& label) {
  std::unordered_map<std::int64_t, std::string> joined;
  bool first = true;
  for (const std::string& part : split_label(label)) {
    const auto values = catalogue.values(part);
    if (!values) return values.error();
    std::unordered_map<std::int64_t, std::string> next;
    for (const auto& [key, value] : *values) {
      const auto before = joined.find(key);
      if (!first && before == joined.end()) continue;
      next[key] = (first ? "" : before->second + kBetweenParts) + value;
    }
    joined = std::move(next);
    first = false;
  }
  return joined;
}

std::string readable_label(std::string label) {
  for (std::size_t at = 0; (at = label.find(kBetweenParts, at)) != std::string::npos;) {
    label.replace(at, 1, " + ");
  }
  return label;
}

}  // namespace semblance
