#pragma once

// What the changer (live_changer.cpp) says of its changes, and what must be there of them.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "catalogue/attributes.h"

namespace semblance::test {

/// What an item is: which photo it shows, and a number that each change makes new.
struct LiveState {
  int look = 0;
  std::string number;
  bool operator==(const LiveState&) const = default;
};

/// Nothing: there is no such item.
using LiveItem = std::optional<LiveState>;

Bytes live_photo(int look);

/// One line: a change of an item is asked for ("b"), or was acknowledged ("d").
std::string log_line(bool done, const std::string& id, const LiveItem& item);

/// What may be there of an item.
struct LiveExpectation {
  LiveItem acknowledged;
  std::optional<LiveItem> under_way;  ///< asked for, not acknowledged
};
using LiveExpectations = std::map<std::string, LiveExpectation>;

/// Takes whole lines in.
void read_log(const std::string& text, LiveExpectations& expectations);

/// What was under way is settled by what is there.
void settle(const std::map<std::string, LiveState>& found, LiveExpectations& expectations);

/// After a crash: the doctor is content and each item is as the last acknowledged change left it,
/// or as the one that was under way would; its photo and its vectors are whole. Returns what is
/// there. Failures are GoogleTest's.
std::map<std::string, LiveState> expect_acknowledged(const std::filesystem::path& data,
                                                     const LiveExpectations& expectations);

/// An empty collection of a stand-in network, whose files are below `models`.
void create_live_collection(const std::filesystem::path& data, const std::filesystem::path& models);

}  // namespace semblance::test
