#include "describe/device.h"

#include <gtest/gtest.h>

#include "describe/embedder.h"
#include "support/temporary_folder.h"
#include "support/tiny_network.h"

namespace semblance {
namespace {

class DeviceTest : public testing::Test {
 protected:
  void TearDown() override { choose_device(Device::kCpu); }

  Result<std::unique_ptr<Embedder>> open_network() {
    return open_onnx_embedder(test::write_tiny_network(
        folder_.path(), test::tiny_card("net", 2, 12), {{"Relu", {"input"}, "embedding"}}));
  }

  test::TemporaryFolder folder_;
};

TEST_F(DeviceTest, IsReadFromText) {
  EXPECT_EQ(*parse_device("cpu"), Device::kCpu);
  EXPECT_EQ(*parse_device("cuda"), Device::kCuda);
  EXPECT_FALSE(parse_device("gpu"));
}

TEST_F(DeviceTest, TheProcessorIsAlwaysThere) {
  EXPECT_EQ(chosen_device(), Device::kCpu);
  EXPECT_TRUE(check_device());
  EXPECT_TRUE(open_network());
}

TEST_F(DeviceTest, CudaWorksOrSaysWhatIsMissing) {
  choose_device(Device::kCuda);
  const Status status = check_device();
  const auto embedder = open_network();
  EXPECT_EQ(status.ok(), embedder.ok());
  if (status) {
    Image grey;
    grey.width = grey.height = 2;
    grey.pixels.assign(12, 90);
    EXPECT_TRUE((*embedder)->embed(grey));
    return;
  }
  EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(embedder.error().message, status.error().message);
  // Either a provider's library, or, where it is there, one that it needs.
  EXPECT_NE(status.error().message.find("device 'cuda'"), std::string::npos);
  EXPECT_NE(status.error().message.find("lib"), std::string::npos) << status.error().message;
}

}  // namespace
}  // namespace semblance
