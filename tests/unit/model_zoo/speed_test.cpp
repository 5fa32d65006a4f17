#include "model_zoo/speed.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "support/temporary_folder.h"
#include "support/tiny_network.h"

namespace semblance {
namespace {

class Speed : public testing::Test {
 protected:
  Speed() { ::setenv("XDG_CACHE_HOME", cache_.path().c_str(), 1); }
  void TearDown() override { ::unsetenv("XDG_CACHE_HOME"); }

  test::TemporaryFolder cache_;
  test::TemporaryFolder networks_;
};

TEST_F(Speed, IsMeasuredAndRemembered) {
  ModelCard card = test::write_tiny_network(networks_.path(), test::tiny_card("net", 8, 192),
                                            {{"Relu", {"input"}, "embedding"}});
  const auto milliseconds = measure_speed(card);
  ASSERT_TRUE(milliseconds) << milliseconds.error().message;
  EXPECT_GT(*milliseconds, 0);
  SpeedNotes notes = SpeedNotes::load();
  EXPECT_FALSE(notes.find(card));
  ASSERT_TRUE(notes.add(card, 12.5));
  EXPECT_EQ(SpeedNotes::load().find(card), 12.5);
  card.version = "2";
  EXPECT_FALSE(SpeedNotes::load().find(card));
}

TEST_F(Speed, DamagedNotesCountAsNone) {
  const ModelCard card = test::tiny_card("net", 8, 192);
  cache_.write("semblance/network-speed.json", "{\"a\": ");
  EXPECT_FALSE(SpeedNotes::load().find(card));
  SpeedNotes notes = SpeedNotes::load();
  EXPECT_TRUE(notes.add(card, 1));
  EXPECT_EQ(SpeedNotes::load().find(card), 1.0);
}

TEST_F(Speed, ADamagedNetworkIsNotMeasured) {
  const ModelCard card = test::write_tiny_network(networks_.path(), test::tiny_card("net", 8, 192),
                                                  {{"Relu", {"input"}, "embedding"}});
  ASSERT_TRUE(write_file_atomically(card.onnx_path(), "damaged"));
  EXPECT_EQ(measure_speed(card).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace semblance
