#include "http/message.h"

#include <algorithm>

#include "http/ascii.h"

namespace semblance::http {

std::optional<std::string_view> field(const std::vector<Field>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& candidate) {
    return equal_ignoring_case(candidate.name, name);
  });
  if (found == fields.end()) return std::nullopt;
  return found->value;
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  const auto found = std::find_if(query.begin(), query.end(),
                                  [&](const auto& parameter) { return parameter.first == name; });
  if (found == query.end()) return std::nullopt;
  return found->second;
}

}  // namespace semblance::http
