#include "support/test_data.h"

#include <cstdlib>

namespace semblance::test {

std::optional<std::filesystem::path> test_data() {
  const char* named = std::getenv("SEMBLANCE_TEST_DATA");
  const std::filesystem::path folder =
      named != nullptr && *named != '\0' ? named : SEMBLANCE_DEFAULT_TEST_DATA;
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder / "data", ignored)) return std::nullopt;
  return folder;
}

}  // namespace semblance::test
