#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"

namespace semblance {

struct Attribute {
  std::string name;
  std::string value;
  bool operator==(const Attribute&) const = default;
};

/// What a source says of an item besides its photo, in the order of its columns.
using Attributes = std::vector<Attribute>;

/// The number that a value says, for filters: all of the text is a finite number ("12.99", "-3",
/// "1e3"), or an amount of money, a number with one currency before or behind it: three capital
/// letters ("12.99 USD", as in product feeds) or the sign of dollar, euro, pound, yen or rupee
/// ("$12.99"). Currencies are not converted, and a comma is no part of a number.
std::optional<double> number_in(std::string_view text);

/// How values say true and false.
inline constexpr std::array<std::string_view, 7> kTrueTexts = {"true", "True", "TRUE", "yes",
                                                               "Yes",  "YES",  "1"};
inline constexpr std::array<std::string_view, 7> kFalseTexts = {"false", "False", "FALSE", "no",
                                                                "No",    "NO",    "0"};

/// Order-independent hash of attributes, to see whether they changed.
Sha256 hash_of(const Attributes& attributes);

/// Attributes as one text, for temporary tables.
std::string pack(const Attributes& attributes);
Attributes unpack(std::string_view packed);

}  // namespace semblance
