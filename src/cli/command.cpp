#include "cli/command.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string_view>

namespace semblance::cli {

int fail(const Error& error) {
  std::fprintf(stderr, "semblance: %s\n", error.message.c_str());
  for (std::string_view rest = error.details; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    std::fprintf(stderr, "  %.*s\n", static_cast<int>(line.size()), line.data());
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return error.code == ErrorCode::kCancelled ? kInterrupted : kUsageOrNothingDone;
}

void tell(const Session& session, const std::string& line) {
  if (!session.global.quiet) std::fprintf(stderr, "%s\n", line.c_str());
}

std::atomic<bool>& interrupted() {
  static std::atomic<bool> flag{false};
  static_assert(std::atomic<bool>::is_always_lock_free);  // so a signal handler may set it
  return flag;
}

void catch_interrupts() {
  interrupted();  // made now, not in the handler
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted().store(true); };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace semblance::cli
