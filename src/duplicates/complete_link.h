#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace semblance {

/// Two of the things that are grouped, and how close they are: larger is closer.
struct Link {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  double strength = 0;
};

/// More than this many things make no group: what is found beyond stands in a further one. All
/// pairs of a group are compared, so that it costs the square of its size.
inline constexpr std::size_t kLargestGroup = 256;

/// Groups in which every pair is linked: a chain of links makes no group. Greedy: the strongest
/// links first (equal ones by their numbers), two groups become one where `linked` says so of every
/// pair across them. `linked` is asked for each pair at most once, and not for pairs of `links`.
/// Groups have at least two members, ascending, and are in the order of their first one. The same
/// input gives the same groups, in any order of the links.
std::vector<std::vector<std::uint32_t>> complete_link_groups(
    std::vector<Link> links, const std::function<bool(std::uint32_t, std::uint32_t)>& linked);

}  // namespace semblance
