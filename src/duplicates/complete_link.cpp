#include "duplicates/complete_link.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace semblance {

namespace {

std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint64_t>(std::min(a, b)) << 32 | std::max(a, b);
}

}  // namespace

std::vector<std::vector<std::uint32_t>> complete_link_groups(
    std::vector<Link> links, const std::function<bool(std::uint32_t, std::uint32_t)>& linked) {
  std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) {
    return a.strength != b.strength ? a.strength > b.strength
                                    : pair_key(a.a, a.b) < pair_key(b.a, b.b);
  });
  std::unordered_map<std::uint64_t, bool> known;
  for (const Link& link : links) known[pair_key(link.a, link.b)] = true;
  const auto are_linked = [&](std::uint32_t a, std::uint32_t b) {
    const auto [place, is_new] = known.try_emplace(pair_key(a, b), false);
    if (is_new) place->second = linked(std::min(a, b), std::max(a, b));
    return place->second;
  };

  std::vector<std::vector<std::uint32_t>> groups;
  std::unordered_map<std::uint32_t, std::size_t> group_of;
  const auto group_with = [&](std::uint32_t member) {
    const auto [place, is_new] = group_of.try_emplace(member, groups.size());
    if (is_new) groups.push_back({member});
    return place->second;
  };
  for (const Link& link : links) {
    std::size_t into = group_with(link.a);
    std::size_t from = group_with(link.b);
    if (into == from || groups[into].size() + groups[from].size() > kLargestGroup) continue;
    const bool all = std::all_of(groups[into].begin(), groups[into].end(), [&](std::uint32_t a) {
      return std::all_of(groups[from].begin(), groups[from].end(),
                         [&](std::uint32_t b) { return are_linked(a, b); });
    });
    if (!all) continue;
    if (groups[into].size() < groups[from].size()) std::swap(into, from);
    for (const std::uint32_t member : groups[from]) {
      group_of[member] = into;
      groups[into].push_back(member);
    }
    groups[from].clear();
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  for (auto& group : groups) std::sort(group.begin(), group.end());
  std::sort(groups.begin(), groups.end());
  return groups;
}

}  // namespace semblance
