#include "cli/command.h"

#include <csignal>
#include <cstdio>

namespace semblance::cli {

int fail(const Error& error) {
  std::fprintf(stderr, "semblance: %s\n", error.message.c_str());
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
