#include "describe/onnx_runtime.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

void expect_unavailable(const Result<const OrtApi*>& api, std::string_view part) {
  ASSERT_FALSE(api);
  EXPECT_EQ(api.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(api.error().message.find(part), std::string::npos) << api.error().message;
}

TEST(OnnxRuntime, SaysThatTheLibraryIsMissingAndWhatToDo) {
  const auto api = load_onnx_runtime({"/nowhere/libonnxruntime.so", "libonnxruntime.so.0"});
  expect_unavailable(api, "/nowhere/libonnxruntime.so");
  expect_unavailable(api, "run scripts/setup");
}

TEST(OnnxRuntime, RefusesALibraryThatIsTooOld) {
  expect_unavailable(load_onnx_runtime({SEMBLANCE_OLD_ONNX_RUNTIME}), "1.2.3");
  expect_unavailable(load_onnx_runtime({SEMBLANCE_OLD_ONNX_RUNTIME}), "too old");
}

TEST(OnnxRuntime, RefusesAnotherLibrary) {
  expect_unavailable(load_onnx_runtime({"libm.so.6"}), "is not ONNX Runtime");
}

TEST(OnnxRuntime, RefusesAFileThatIsNoLibrary) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("libonnxruntime.so", "not a library");
  expect_unavailable(load_onnx_runtime({path}), path.string());
}

TEST(OnnxRuntime, IsLookedForBesideTheProgramUnlessNamed) {
  const char* before = std::getenv("SEMBLANCE_ONNXRUNTIME");
  const std::string saved = before == nullptr ? "" : before;
  ::unsetenv("SEMBLANCE_ONNXRUNTIME");
  const auto candidates = onnx_runtime_candidates();
  ASSERT_EQ(candidates.size(), 2U);
  EXPECT_TRUE(candidates[0].string().ends_with("/lib/libonnxruntime.so"));
  EXPECT_EQ(candidates[1], "libonnxruntime.so.1");
  ::setenv("SEMBLANCE_ONNXRUNTIME", "/opt/mine.so", 1);
  EXPECT_EQ(onnx_runtime_candidates(), std::vector<std::filesystem::path>{"/opt/mine.so"});
  ::unsetenv("SEMBLANCE_ONNXRUNTIME");
  if (before != nullptr) ::setenv("SEMBLANCE_ONNXRUNTIME", saved.c_str(), 1);
}

TEST(OnnxRuntime, IsLoadedOnce) {
  const auto first = onnx_runtime();
  const auto second = onnx_runtime();
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
}

}  // namespace
}  // namespace semblance
