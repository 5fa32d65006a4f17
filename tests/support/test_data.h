#pragma once

#include <filesystem>
#include <optional>

namespace semblance::test {

/// The folder with real photos and networks: SEMBLANCE_TEST_DATA, or the folder `shared` beside the
/// checkout. Empty where it is absent; tests that need it then skip and say so.
std::optional<std::filesystem::path> test_data();

}  // namespace semblance::test

/// In a TEST: `const auto data = ...` or skip with a sentence that says how to provide it.
#define SEMBLANCE_TEST_DATA_OR_SKIP(variable)                                          \
  const auto variable##_found = ::semblance::test::test_data();                        \
  if (!variable##_found) GTEST_SKIP() << "needs real photos: set SEMBLANCE_TEST_DATA"; \
  const std::filesystem::path& variable = *variable##_found
