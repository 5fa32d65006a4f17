#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

namespace semblance {
namespace {

template <typename T>
std::string written(const T& value) {
  JsonWriter writer;
  writer.value(value);
  return writer.take();
}

TEST(JsonWriter, PutsCommasAndColonsWhereTheyBelong) {
  JsonWriter writer;
  writer.begin_object();
  writer.member("text", "a");
  writer.member("none", nullptr);
  writer.key("list");
  writer.begin_array();
  writer.value(1);
  writer.begin_object();
  writer.end_object();
  writer.begin_array();
  writer.end_array();
  writer.value(true);
  writer.json(R"({"b":[2]})");
  writer.value(",[{:");
  writer.value(false);
  writer.end_array();
  writer.member("", std::string());
  writer.end_object();
  EXPECT_EQ(writer.take(),
            R"({"text":"a","none":null,"list":[1,{},[],true,{"b":[2]},",[{:",false],"":""})");
  writer.value(7);
  EXPECT_EQ(writer.take(), "7");
}

TEST(JsonWriter, WritesAnyTextSoThatItIsReadBack) {
  std::string all;
  for (char c = 0; c >= 0 && c < 127; ++c) all += c;
  for (const std::string& text :
       {all, std::string("\xC3\xA9\xF0\x9F\x91\x9F \"\\"), std::string()}) {
    EXPECT_EQ(nlohmann::json::parse(written(text)), text);
  }
  EXPECT_EQ(written("a\n\x01/"), R"("a\n\u0001/")");
  EXPECT_EQ(written("pipe \xFF.jpg"), R"("pipe \\xFF.jpg")");
}

TEST(JsonWriter, WritesNumbersSoThatTheyAreReadBack) {
  EXPECT_EQ(written(0.5), "0.5");
  EXPECT_EQ(written(1.0), "1.0");
  EXPECT_EQ(written(0.1F), "0.1");
  EXPECT_EQ(written(-0.0), "-0.0");
  EXPECT_EQ(written(std::nan("")), "null");
  EXPECT_EQ(written(std::numeric_limits<float>::infinity()), "null");
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  std::mt19937_64 random(7);
  for (int i = 0; i < 2'000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    EXPECT_EQ(nlohmann::json::parse(written(number)).get<double>(), number);
    const auto small = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isfinite(small)) {
      EXPECT_EQ(nlohmann::json::parse(written(small)).get<float>(), small);
    }
  }
}

}  // namespace
}  // namespace semblance
