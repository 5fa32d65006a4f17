#include "server/duplicate_reports.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "server/clock_text.h"

namespace semblance::server {

namespace {

constexpr std::size_t kMostReports = 8;
/// How often somebody who waits looks whether the client is still there.
constexpr std::chrono::milliseconds kLook{50};

bool same_options(const DuplicateOptions& a, const DuplicateOptions& b) {
  return a.mirrored == b.mirrored && a.grey == b.grey && a.look_alike_score == b.look_alike_score;
}

/// What a report must be of to be current.
struct Wanted {
  Sha256 items{};
  std::set<std::string> apart;  ///< names of groups that somebody put asunder

  /// Groups that were put asunder since stand in the report, with the decision; one that is no
  /// longer does not, and has to be found again.
  [[nodiscard]] bool fits(const DuplicateReport& report) const {
    return report.items_digest == items &&
           std::includes(apart.begin(), apart.end(), report.kept_apart.begin(),
                         report.kept_apart.end());
  }
};

Result<Wanted> wanted_of(const CollectionDuplicates& collection) {
  Wanted wanted;
  const Result<Sha256> items = collection.items_digest();
  if (!items) return items.error();
  wanted.items = *items;
  const auto decisions = collection.decisions();
  if (!decisions) return decisions.error();
  for (const DuplicateDecision& decision : *decisions) {
    if (decision.verdict == DuplicateVerdict::kNotDuplicates) wanted.apart.insert(decision.group);
  }
  return wanted;
}

Error stopping() {
  return Error{ErrorCode::kUnavailable, "the server is stopping"};
}

}  // namespace

DuplicateReports::DuplicateReports(int threads)
    : threads_(std::max(threads, 1)), worker_([this] { work(); }) {}

DuplicateReports::~DuplicateReports() {
  stop();
}

void DuplicateReports::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  asked_.notify_all();
  found_.notify_all();
  if (worker_.joinable()) worker_.join();
}

/// The reports used last stay; those that somebody waits for always do.
Result<std::shared_ptr<DuplicateReports::Entry>> DuplicateReports::entry_for(
    const std::string& collection, const DuplicateOptions& options) {
  const auto known = std::find_if(kept_.begin(), kept_.end(), [&](const auto& one) {
    return one->collection == collection && same_options(one->options, options);
  });
  if (known != kept_.end()) {
    std::rotate(kept_.begin(), known, known + 1);
    return kept_.front();
  }
  if (kept_.size() == kMostReports) {
    const auto oldest =
        std::find_if(kept_.rbegin(), kept_.rend(), [](const auto& one) { return !one->waits; });
    if (oldest == kept_.rend()) {
      return Error{ErrorCode::kUnavailable,
                   "duplicates are being looked for in many ways already; try again later"};
    }
    kept_.erase(std::next(oldest).base());
  }
  auto entry = std::make_shared<Entry>();
  entry->collection = collection;
  entry->options = options;
  entry->options.lane.reset();
  entry->options.threads = threads_;
  kept_.push_front(entry);
  return entry;
}

Status DuplicateReports::put_in_line(const std::shared_ptr<Entry>& entry,
                                     const std::shared_ptr<LiveCollection>& collection) {
  if (stop_) return stopping();
  if (entry->waits) return {};
  entry->waits = true;
  entry->source = collection;
  entry->progress = {};
  line_.push_back(entry);
  asked_.notify_one();
  return {};
}

Result<DuplicateReports::Answer> DuplicateReports::get(
    const std::shared_ptr<LiveCollection>& collection, const DuplicateOptions& options,
    Clock::time_point until, const std::atomic<bool>* cancelled) {
  const Clock::time_point asked = Clock::now();
  const Result<Wanted> wanted = wanted_of(*collection->duplicates());
  if (!wanted) return wanted.error();
  std::unique_lock lock(mutex_);
  const Result<std::shared_ptr<Entry>> found = entry_for(collection->name(), options);
  if (!found) return found.error();
  Entry& entry = **found;
  // One that was begun after somebody asked is of that moment or later: where items change all the
  // time, nobody waits for ever.
  const auto is_current = [&] {
    return entry.report && (entry.begun >= asked || wanted->fits(*entry.report));
  };
  while (!is_current()) {
    SEMBLANCE_RETURN_IF_ERROR(put_in_line(*found, collection));
    const std::uint64_t searches = entry.searches;
    while (entry.searches == searches && Clock::now() < until && !stop_) {
      if (cancelled != nullptr && *cancelled) {
        return Error{ErrorCode::kCancelled, "nobody waits for the answer"};
      }
      found_.wait_until(lock, std::min(until, Clock::now() + kLook));
    }
    if (stop_) return stopping();
    if (entry.searches == searches) break;
    if (entry.error) return *entry.error;
  }
  return Answer{entry.report, entry.found, is_current(), entry.progress};
}

std::optional<DuplicateGroup> DuplicateReports::group(const LiveCollection& collection,
                                                      std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& entry : kept_) {
    if (entry->collection != collection.name() || !entry->report) continue;
    for (const DuplicateGroup& group : entry->report->groups) {
      if (group.name == name) return group;
    }
  }
  return std::nullopt;
}

void DuplicateReports::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    asked_.wait(lock, [this] { return stop_ || !line_.empty(); });
    if (stop_) return;
    const std::shared_ptr<Entry> entry = line_.front();
    lock.unlock();
    run(*entry);
    lock.lock();
    line_.pop_front();
    found_.notify_all();
  }
}

void DuplicateReports::run(Entry& entry) {
  DuplicateHooks hooks;
  hooks.stop = &stop_;
  hooks.progress = [&](std::string_view what, std::int64_t done, std::int64_t total) {
    const std::scoped_lock lock(mutex_);
    entry.progress = {std::string(what), done, total};
  };
  const Clock::time_point begun = Clock::now();
  Result<DuplicateReport> report = [&]() -> Result<DuplicateReport> {
    try {
      return entry.source->duplicates()->find(entry.options, hooks);
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::kUnavailable, "there is not enough memory to find duplicates"};
    } catch (const std::exception& error) {  // a fault of the program: this thread goes on
      return Error{ErrorCode::kInternal, error.what()};
    }
  }();
  const std::shared_ptr<LiveCollection> closed_outside_the_lock = std::move(entry.source);
  const std::scoped_lock lock(mutex_);
  entry.error.reset();
  if (report) {
    entry.report = std::make_shared<const DuplicateReport>(*std::move(report));
    entry.begun = begun;
    entry.found = utc_now();
  } else {
    entry.error = report.error();
  }
  entry.waits = false;
  entry.progress = {};
  ++entry.searches;
}

}  // namespace semblance::server
