#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace semblance::test {

/// One member of a tar file, good or evil.
struct TarMember {
  std::string name;
  std::string content;
  char type = '0';  ///< '0' file, '1' hard link, '2' symbolic link, '3' device, '5' folder, ...
  std::string link = {};                                   ///< where a link leads
  std::optional<std::uint64_t> said_bytes = std::nullopt;  ///< instead of content's length
};

/// The tar file (ustar) of these members, as they are said to be. Names up to 100 bytes.
std::string make_tar(const std::vector<TarMember>& members);

/// The members of a tar file that has plain ustar headers only. Aborts where it has not.
std::vector<TarMember> read_tar(std::string_view tar);

}  // namespace semblance::test
