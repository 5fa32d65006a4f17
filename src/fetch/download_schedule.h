#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fetch/transfer.h"

namespace semblance {

/// Which job may start next: jobs wait here before each exchange (the first, after a redirect, for
/// a retry) until their time has come and their host is free. Jobs that wait for one host do not
/// keep those of others from starting. Used by one thread.
class DownloadSchedule {
 public:
  explicit DownloadSchedule(const FetchOptions& options) : options_(options) {}

  void add(std::unique_ptr<FetchJob> job);

  /// The first job that may start now; its host is one exchange busier until leave(). Null: none.
  std::unique_ptr<FetchJob> take(FetchClock::time_point now);
  /// Jobs whose host has been given up.
  std::vector<std::unique_ptr<FetchJob>> take_hopeless(FetchClock::time_point now);
  std::vector<std::unique_ptr<FetchJob>> take_all();

  /// An exchange with the host is over.
  void leave(const std::string& host);
  /// The host has sent an answer, whatever it said.
  void note_answer(const std::string& host);
  /// A photo has finally failed without an answer.
  void note_failure(const std::string& host, FetchClock::time_point now);
  /// Nothing is to be asked of the host before `until`.
  void hold(const std::string& host, FetchClock::time_point until);

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  /// Of photos' beginnings that wait to be gone on with.
  [[nodiscard]] std::uint64_t held_bytes() const;

 private:
  struct Host {
    int active = 0;
    int failures_in_a_row = 0;
    FetchClock::time_point not_before;
    FetchClock::time_point given_up_until;
  };

  void forget_if_idle(const std::string& host);

  const FetchOptions& options_;
  std::vector<std::unique_ptr<FetchJob>> waiting_;  ///< in the order of arrival
  std::map<std::string, Host> hosts_;               ///< those of which there is something to know
};

}  // namespace semblance
