#include "engine/rows_by_id.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace semblance {

Result<std::vector<IdAndRow>> rows_by_id(const Collection& collection) {
  Result<std::vector<std::pair<std::int64_t, std::string>>> ids =
      collection.catalogue().indexed_ids();
  if (!ids) return ids.error();
  std::unordered_map<std::int64_t, std::string> id_of;
  for (auto& [key, id] : *ids) id_of.emplace(key, std::move(id));
  std::vector<IdAndRow> rows;
  const std::vector<std::int64_t>& keys = collection.keys_by_row();
  for (std::size_t row = 0; row < keys.size(); ++row) {
    const auto found = id_of.find(keys[row]);
    if (found == id_of.end()) continue;
    rows.push_back({found->second, static_cast<std::int64_t>(row)});
  }
  std::sort(rows.begin(), rows.end(),
            [](const IdAndRow& a, const IdAndRow& b) { return a.id < b.id; });
  return rows;
}

}  // namespace semblance
