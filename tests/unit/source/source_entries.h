#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/source.h"

namespace semblance::test {

/// Everything that a source has, read to its end (and once more, which must stay the end).
inline std::vector<SourceEntry> read_all(const Result<std::unique_ptr<Source>>& source) {
  std::vector<SourceEntry> entries;
  if (!source) {
    ADD_FAILURE() << source.error().message;
    return entries;
  }
  while (true) {
    const Result<std::optional<SourceEntry>> entry = (*source)->next();
    if (!entry) {
      ADD_FAILURE() << entry.error().message;
      return entries;
    }
    if (!*entry) break;
    entries.push_back(**entry);
  }
  const Result<std::optional<SourceEntry>> again = (*source)->next();
  EXPECT_TRUE(again.ok() && !again->has_value());
  return entries;
}

/// The error with which reading a source ends; fails the test if it does not.
inline Error error_of(const Result<std::unique_ptr<Source>>& source) {
  if (!source) return source.error();
  while (true) {
    const Result<std::optional<SourceEntry>> entry = (*source)->next();
    if (!entry) return entry.error();
    if (*entry) continue;
    ADD_FAILURE() << "no error";
    return {};
  }
}

inline std::vector<std::string> ids_of(const std::vector<SourceEntry>& entries) {
  std::vector<std::string> ids;
  ids.reserve(entries.size());
  for (const SourceEntry& entry : entries) ids.push_back(entry.id);
  return ids;
}

inline std::string attribute(const SourceEntry& entry, std::string_view name) {
  if (!entry.attributes) return "(no attributes)";
  for (const Attribute& each : *entry.attributes) {
    if (each.name == name) return each.value;
  }
  return "(none)";
}

/// The reason code of an entry's problem, or "".
inline std::string problem(const SourceEntry& entry) {
  return entry.problem ? std::string(code_name(entry.problem->code)) : "";
}

}  // namespace semblance::test
