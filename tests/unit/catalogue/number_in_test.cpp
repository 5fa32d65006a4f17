#include <gtest/gtest.h>

#include "catalogue/attributes.h"

namespace semblance {
namespace {

TEST(NumberIn, ReadsNumbersAndAmountsOfMoney) {
  const std::pair<const char*, double> cases[] = {
      {"0", 0},          {"-3", -3},        {"12.99", 12.99},     {"1e3", 1000},
      {".5", .5},        {" 7 ", 7},        {"12.99 USD", 12.99}, {"USD 12.99", 12.99},
      {"$12.99", 12.99}, {"12.99€", 12.99}, {"€ 12.99", 12.99},   {"12 £", 12},
      {"₹1299", 1299},
  };
  for (const auto& [text, number] : cases) EXPECT_EQ(number_in(text), number) << text;
}

TEST(NumberIn, TakesNothingElseForANumber) {
  for (const char* text :
       {"",          " ",        "XL",    "12 x 30", "1,299",     "12,99 EUR",  "7 For All Mankind",
        "12.99 usd", "12.99USD", "USD",   "$",       "$$5",       "5 USD USD",  "USD 5 USD",
        "inf",       "nan",      "1e999", "0x10",    "10007.jpg", "2024-01-05", "--5",
        "10 cm"}) {
    EXPECT_FALSE(number_in(text)) << text;
  }
}

}  // namespace
}  // namespace semblance
