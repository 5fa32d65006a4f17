#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace semblance {

// The language of --filter; docs/filters.md has the grammar and what the comparisons mean.

inline constexpr std::size_t kMaxFilterBytes = 65'536;
inline constexpr int kMaxFilterDepth = 64;         ///< parentheses and NOTs inside each other
inline constexpr int kMaxFilterComparisons = 100;  ///< each may read a whole index

/// What an attribute is compared with. Words in quotes are always text.
struct FilterValue {
  enum class Kind { kText, kNumber, kBoolean };
  Kind kind = Kind::kText;
  std::string text;  ///< as written, without quotes
  double number = 0;
  bool boolean = false;
};

enum class Comparison {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
  kHas,  ///< there is a value, whatever it is
};

/// A node of the tree that a filter is.
struct FilterNode {
  enum class Kind { kAnd, kOr, kNot, kComparison };
  Kind kind = Kind::kComparison;
  std::vector<FilterNode> children;  ///< kAnd and kOr: two or more; kNot: one; else none

  // A comparison:
  std::string name;
  std::size_t name_offset = 0;  ///< where the name stands in the text, in bytes
  Comparison comparison = Comparison::kHas;
  std::vector<FilterValue> values;  ///< kIn and kNotIn: one or more; kHas: none; else one
};

struct Filter {
  std::string text;
  FilterNode root;
};

/// Reads a filter. Errors: kInvalidArgument, as of filter_error().
Result<Filter> parse_filter(std::string_view text);

/// kInvalidArgument with the message "column N: WHAT", N counting characters from 1, and as details
/// the place in the text with a caret below it. `offset` is in bytes.
Error filter_error(std::string_view text, std::size_t offset, std::string_view what);

/// The error for a comparison whose name is none of the collection's attributes, with the names
/// that there are.
Error unknown_filter_name(const Filter& filter, const FilterNode& comparison,
                          std::span<const std::string> attribute_names);

}  // namespace semblance
