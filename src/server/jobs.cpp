#include "server/jobs.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/atomic_file.h"
#include "base/file.h"
#include "base/utf8.h"
#include "engine/answer_json.h"
#include "remote/any_engine.h"
#include "server/clock_text.h"
#include "server/random_id.h"

namespace semblance::server {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostWaiting = 16;
constexpr std::size_t kMostRemembered = 100;
constexpr std::size_t kMostNotices = 20;
constexpr std::uint64_t kLargestHistory = 16 << 20;

std::string_view phase_name(SyncProgress::Phase phase) {
  switch (phase) {
    case SyncProgress::Phase::kReadingIndex:
      return "reading_index";
    case SyncProgress::Phase::kScanning:
      return "scanning";
    case SyncProgress::Phase::kComparing:
      return "comparing";
    case SyncProgress::Phase::kIndexing:
      return "indexing";
    case SyncProgress::Phase::kBuildingGraph:
      return "building_graph";
    case SyncProgress::Phase::kNeighbours:
      return "neighbours";
  }
  return "";
}

Json time_json(const std::string& time) {
  return time.empty() ? Json() : Json(time);
}

std::filesystem::path history_path(const std::filesystem::path& data_folder) {
  return data_folder / "server-jobs.json";
}

/// What an earlier run of the server remembered. A file that is damaged is no harm.
Json read_history(const std::filesystem::path& data_folder) {
  const Result<Bytes> bytes = read_file(history_path(data_folder), kLargestHistory);
  if (!bytes) return Json::array();
  const auto* text = reinterpret_cast<const char*>(bytes->data());
  Json history = Json::parse(text, text + bytes->size(), nullptr, false);
  if (!history.is_array()) return Json::array();
  for (const Json& job : history) {
    if (!job.is_object() || !job.contains("id") || !job["id"].is_string()) return Json::array();
  }
  return history;
}

}  // namespace

std::string_view job_state_name(Job::State state) {
  switch (state) {
    case Job::State::kQueued:
      return "queued";
    case Job::State::kRunning:
      return "running";
    case Job::State::kDone:
      return "done";
    case Job::State::kFailed:
      return "failed";
    case Job::State::kCancelled:
      return "cancelled";
  }
  return "";
}

Json json_of(const Job& job) {
  Json notices = Json::array();
  for (const std::string& notice : job.notices) notices.push_back(to_utf8(notice));
  Json json = {{"id", job.id},
               {"kind", "sync"},
               {"collection", job.collection},
               {"sources", job.options.sources},
               {"dry_run", job.options.dry_run},
               {"state", job_state_name(job.state)},
               {"progress",
                {{"phase", phase_name(job.progress.phase)},
                 {"done", job.progress.done},
                 {"total", job.progress.total},
                 {"failed", job.progress.failed}}},
               {"notices", std::move(notices)},
               {"created", job.created},
               {"started", time_json(job.started)},
               {"finished", time_json(job.finished)}};
  json["report"] = job.report ? json_of(*job.report) : Json();
  json["error"] = job.error ? Json{{"code", code_name(job.error->code)},
                                   {"message", to_utf8(job.error->message)}}
                            : Json();
  return json;
}

Jobs::Jobs(std::filesystem::path data_folder, SyncHooks hooks)
    : data_folder_(std::move(data_folder)),
      hooks_(std::move(hooks)),
      history_(std::make_unique<Json>(read_history(data_folder_))),
      worker_([this] { work(); }) {}

Jobs::~Jobs() {
  stop();
}

void Jobs::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (const auto& entry : active_) entry->stop = true;
  }
  changed_.notify_all();
  if (worker_.joinable()) worker_.join();
}

Result<Job> Jobs::start(std::string collection, SyncOptions options) {
  const auto entry = std::make_shared<Entry>();
  entry->job.id = "job_" + random_id();
  entry->job.collection = std::move(collection);
  entry->job.options = std::move(options);
  entry->job.created = utc_now();
  const std::scoped_lock lock(mutex_);
  if (stopping_) return Error{ErrorCode::kUnavailable, "the server is stopping"};
  if (active_.size() >= kMostWaiting) {
    return Error{ErrorCode::kUnavailable, "many jobs wait already; try again later"};
  }
  active_.push_back(entry);
  changed_.notify_all();
  return entry->job;
}

Json Jobs::list() const {
  const std::scoped_lock lock(mutex_);
  Json jobs = Json::array();
  for (auto entry = active_.rbegin(); entry != active_.rend(); ++entry) {
    jobs.push_back(json_of((*entry)->job));
  }
  for (const Json& job : *history_) jobs.push_back(job);
  return jobs;
}

Json Jobs::find(std::string_view id) const {
  for (const Json& job : list()) {
    if (job["id"].get_ref<const std::string&>() == id) return job;
  }
  return {};
}

bool Jobs::cancel(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  for (const auto& entry : active_) {
    if (entry->job.id != id) continue;
    entry->stop = true;
    return true;
  }
  return false;
}

std::size_t Jobs::active() const {
  const std::scoped_lock lock(mutex_);
  return active_.size();
}

void Jobs::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !active_.empty(); });
    if (active_.empty()) return;
    const std::shared_ptr<Entry> entry = active_.front();
    entry->job.started = utc_now();
    if (entry->stop) {
      entry->job.state = Job::State::kCancelled;
    } else {
      entry->job.state = Job::State::kRunning;
      lock.unlock();
      run(entry);
      lock.lock();
    }
    entry->job.finished = utc_now();
    remember(entry->job);
    active_.pop_front();
  }
}

void Jobs::run(const std::shared_ptr<Entry>& entry) {
  SyncHooks hooks = hooks_;
  hooks.stop = &entry->stop;
  hooks.progress = [&](const SyncProgress& progress) {
    const std::scoped_lock lock(mutex_);
    entry->job.progress = progress;
  };
  hooks.notice = [&](std::string_view line) {
    const std::scoped_lock lock(mutex_);
    auto& notices = entry->job.notices;
    if (notices.size() == kMostNotices) notices.erase(notices.begin());
    notices.emplace_back(line);
  };
  Result<SyncReport> report =
      remote::sync_any(data_folder_, entry->job.collection, entry->job.options, hooks, {});
  const std::scoped_lock lock(mutex_);
  Job& job = entry->job;
  if (report) {
    job.report = *report;
    job.state = report->interrupted ? Job::State::kCancelled : Job::State::kDone;
  } else {
    job.error = report.error();
    job.state =
        report.error().code == ErrorCode::kCancelled ? Job::State::kCancelled : Job::State::kFailed;
  }
}

/// Under the lock. The history is a convenience: where it cannot be written, it ends with the
/// server.
void Jobs::remember(const Job& job) {
  history_->insert(history_->begin(), json_of(job));
  while (history_->size() > kMostRemembered) history_->erase(history_->size() - 1);
  const Status ignored =
      write_file_atomically(history_path(data_folder_), history_->dump(1) + "\n");
  static_cast<void>(ignored);
}

}  // namespace semblance::server
