#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace semblance::demo {

using Fragments = std::map<std::string, std::string, std::less<>>;

/// What placeholders may name.
struct Variables {
  std::map<std::string, double, std::less<>> numbers;
  std::map<std::string, std::string, std::less<>> texts;
};

/// Fills in the placeholders of `text`:
///
///   {{name}}                 the variable; {{name|other}} gives "other" where there is none
///   {{200 - sleeve * 2}}     arithmetic with + - * / and parentheses
///   {{#name}} ... {{/name}}  kept where the variable is a number other than 0
///   {{^name}} ... {{/name}}  kept where it is 0 or absent
///   {{> part a=1 b=$base}}   the fragment "part" with more variables ($: value of a variable)
///
/// Errors: kInvalidArgument, naming the placeholder.
Result<std::string> expand(std::string_view text, const Variables& variables,
                           const Fragments& fragments);

}  // namespace semblance::demo
