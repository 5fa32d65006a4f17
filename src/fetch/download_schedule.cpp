#include "fetch/download_schedule.h"

#include <algorithm>
#include <utility>

namespace semblance {

void DownloadSchedule::add(std::unique_ptr<FetchJob> job) {
  waiting_.push_back(std::move(job));
}

std::unique_ptr<FetchJob> DownloadSchedule::take(FetchClock::time_point now) {
  for (auto job = waiting_.begin(); job != waiting_.end(); ++job) {
    if ((*job)->not_before > now) continue;
    Host& host = hosts_[(*job)->current.host];
    // One exchange finds out whether a host that was given up is back.
    const int limit = host.failures_in_a_row >= options_.give_up_after ? 1 : options_.per_host;
    if (host.active >= limit || host.not_before > now) continue;
    ++host.active;
    std::unique_ptr<FetchJob> taken = std::move(*job);
    waiting_.erase(job);
    return taken;
  }
  return nullptr;
}

std::vector<std::unique_ptr<FetchJob>> DownloadSchedule::take_hopeless(FetchClock::time_point now) {
  std::vector<std::unique_ptr<FetchJob>> hopeless;
  for (std::unique_ptr<FetchJob>& job : waiting_) {
    const auto host = hosts_.find(job->current.host);
    if (host != hosts_.end() && host->second.given_up_until > now) {
      hopeless.push_back(std::move(job));
    }
  }
  if (!hopeless.empty()) std::erase(waiting_, nullptr);
  return hopeless;
}

std::vector<std::unique_ptr<FetchJob>> DownloadSchedule::take_all() {
  return std::exchange(waiting_, {});
}

void DownloadSchedule::leave(const std::string& host) {
  --hosts_[host].active;
  forget_if_idle(host);
}

void DownloadSchedule::note_answer(const std::string& host) {
  Host& known = hosts_[host];
  known.failures_in_a_row = 0;
  known.given_up_until = {};
  forget_if_idle(host);
}

void DownloadSchedule::note_failure(const std::string& host, FetchClock::time_point now) {
  Host& known = hosts_[host];
  ++known.failures_in_a_row;
  if (known.failures_in_a_row >= options_.give_up_after) {
    known.given_up_until = now + options_.give_up_for;
  }
}

void DownloadSchedule::hold(const std::string& host, FetchClock::time_point until) {
  Host& known = hosts_[host];
  known.not_before = std::max(known.not_before, until);
}

std::uint64_t DownloadSchedule::held_bytes() const {
  std::uint64_t bytes = 0;
  for (const std::unique_ptr<FetchJob>& job : waiting_) bytes += job->received.bytes.size();
  return bytes;
}

void DownloadSchedule::forget_if_idle(const std::string& host) {
  const auto known = hosts_.find(host);
  if (known == hosts_.end() || known->second.active > 0) return;
  if (known->second.failures_in_a_row > 0) return;
  if (known->second.not_before > FetchClock::now()) return;
  hosts_.erase(known);
}

}  // namespace semblance
