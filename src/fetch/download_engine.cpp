#include "fetch/download_engine.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace semblance {

namespace {

/// A stop, and the end of a wait, are noticed so soon.
constexpr int kPollMs = 40;

/// A write to a connection that the server has closed must be an error of that download, not the
/// end of the program; TLS libraries do not prevent the signal.
void block_broken_pipe_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

DownloadEngine::DownloadEngine(const CurlLibrary& curl, const FetchOptions& options,
                               const std::atomic<bool>* stop)
    : curl_(curl),
      options_(options),
      stop_(stop),
      multi_(curl.curl_multi_init(), curl.curl_multi_cleanup),
      schedule_(options),
      random_(std::random_device{}()) {}

DownloadEngine::~DownloadEngine() {
  cancelled_ = true;
  close();
  if (thread_.joinable()) thread_.join();
}

Status DownloadEngine::start() {
  if (!multi_) return Error{ErrorCode::kInternal, "libcurl does not start: not enough memory"};
  // The limit of exchanges a host is ours; several streams in one connection would evade it.
  curl_.curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  curl_.curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS,
                          static_cast<long>(options_.parallel) * 2);
  thread_ = std::thread([this] { work(); });
  return {};
}

void DownloadEngine::submit(FetchRequest request) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  curl_.curl_multi_wakeup(multi_.get());
}

void DownloadEngine::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  if (multi_) curl_.curl_multi_wakeup(multi_.get());
}

std::optional<FetchOutcome> DownloadEngine::take(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  outcome_came_.wait_for(lock, wait, [&] { return !outcomes_.empty(); });
  if (outcomes_.empty()) return std::nullopt;
  std::optional<FetchOutcome> outcome(std::move(outcomes_.front()));
  outcomes_.pop_front();
  lock.unlock();
  curl_.curl_multi_wakeup(multi_.get());  // there is room for another download
  return outcome;
}

bool DownloadEngine::is_stopped() const {
  return cancelled_.load() || (stop_ != nullptr && stop_->load());
}

bool DownloadEngine::is_done() {
  if (!active_.empty() || !schedule_.empty()) return false;
  const std::lock_guard lock(mutex_);
  return closed_ && requests_.empty();
}

void DownloadEngine::work() {
  block_broken_pipe_signal();
  while (!is_done()) {
    accept_requests();
    if (is_stopped()) {
      break_off();
    } else {
      start_transfers();
    }
    int running = 0;
    curl_.curl_multi_perform(multi_.get(), &running);
    const bool made_room = finish_transfers();
    stop_stalled();
    if (!made_room && !is_done()) curl_.curl_multi_poll(multi_.get(), nullptr, 0, kPollMs, nullptr);
  }
}

void DownloadEngine::accept_requests() {
  std::deque<FetchRequest> requests;
  {
    const std::lock_guard lock(mutex_);
    requests.swap(requests_);
  }
  for (FetchRequest& request : requests) accept(std::move(request));
}

void DownloadEngine::accept(FetchRequest request) {
  auto job = std::make_unique<FetchJob>();
  job->request = std::move(request);
  Result<WebAddress> address = parse_web_address(curl_, job->request.url);
  if (!address) {
    fail(std::move(job), address.error());
    return;
  }
  job->first = *std::move(address);
  job->current = job->first;
  schedule_.add(std::move(job));
}

void DownloadEngine::start_transfers() {
  for (std::unique_ptr<FetchJob>& job : schedule_.take_hopeless(FetchClock::now())) {
    Error error{ErrorCode::kHttpError, job->current.host + " is not asked for a while: " +
                                           std::to_string(options_.give_up_after) +
                                           " photos in a row got no answer"};
    fail(std::move(job), std::move(error));
  }
  while (static_cast<int>(active_.size()) < options_.parallel) {
    std::size_t undelivered = 0;
    {
      const std::lock_guard lock(mutex_);
      undelivered = outcomes_.size();
    }
    // Photos that nobody has taken yet hold memory: no more are begun than twice as many as run.
    if (active_.size() + undelivered >= static_cast<std::size_t>(options_.parallel) * 2) return;
    std::unique_ptr<FetchJob> job = schedule_.take(FetchClock::now());
    if (!job) return;
    start_transfer(std::move(job));
  }
}

void DownloadEngine::start_transfer(std::unique_ptr<FetchJob> job) {
  if (auto partial = std::exchange(job->request.partial, nullptr)) {
    std::optional<PartialBody> left = partial();
    const bool usable = left && !left->validators.empty() && !left->bytes.empty() &&
                        left->bytes.size() < options_.max_bytes;
    if (usable) job->received = *std::move(left);
  }
  const std::string host = job->current.host;
  auto transfer = std::make_unique<Transfer>(curl_, options_, std::move(job));
  if (transfer->handle() == nullptr ||
      curl_.curl_multi_add_handle(multi_.get(), transfer->handle()) != CURLM_OK) {
    schedule_.leave(host);
    fail(transfer->take_job(), {ErrorCode::kInternal, "libcurl cannot begin a download"});
    return;
  }
  Transfer* key = transfer.get();
  active_.emplace(key, std::move(transfer));
}

std::unique_ptr<Transfer> DownloadEngine::take_transfer(Transfer& transfer) {
  const auto found = active_.find(&transfer);
  std::unique_ptr<Transfer> taken = std::move(found->second);
  active_.erase(found);
  return taken;
}

bool DownloadEngine::finish_transfers() {
  bool finished = false;
  int left = 0;
  while (const CURLMsg* message = curl_.curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* transfer = nullptr;
    curl_.curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    finish(*reinterpret_cast<Transfer*>(transfer), code);
    finished = true;
  }
  return finished;
}

void DownloadEngine::stop_stalled() {
  const FetchClock::time_point now = FetchClock::now();
  std::vector<Transfer*> stalled;
  for (const auto& [transfer, owned] : active_) {
    if (transfer->has_stalled(now)) stalled.push_back(transfer);
  }
  for (Transfer* transfer : stalled) finish(*transfer, std::nullopt);
}

void DownloadEngine::finish(Transfer& transfer, std::optional<CURLcode> code) {
  Verdict verdict = transfer.finish(code);
  curl_.curl_multi_remove_handle(multi_.get(), transfer.handle());
  std::unique_ptr<FetchJob> job = take_transfer(transfer)->take_job();
  schedule_.leave(job->current.host);
  if (verdict.answered) schedule_.note_answer(job->current.host);
  switch (verdict.kind) {
    case Verdict::Kind::kPhoto:
    case Verdict::Kind::kNotModified: {
      FetchOutcome outcome;
      outcome.tag = job->request.tag;
      outcome.not_modified = verdict.kind == Verdict::Kind::kNotModified;
      outcome.bytes = std::move(job->received.bytes);
      outcome.validators = outcome.not_modified ? std::move(job->request.known)
                                                : std::move(job->received.validators);
      deliver(std::move(outcome));
      break;
    }
    case Verdict::Kind::kRedirect:
      follow(std::move(job), verdict.location);
      break;
    case Verdict::Kind::kRetry:
      retry_later(std::move(job), verdict);
      break;
    case Verdict::Kind::kFailed:
      fail(std::move(job), std::move(verdict.error));
      break;
  }
}

void DownloadEngine::follow(std::unique_ptr<FetchJob> job, const std::string& location) {
  if (++job->redirects > options_.max_redirects) {
    Error error{ErrorCode::kHttpError, job->first.host + " redirects more than " +
                                           std::to_string(options_.max_redirects) + " times"};
    fail(std::move(job), std::move(error));
    return;
  }
  Result<WebAddress> address = parse_web_address(curl_, location);
  if (!address) {
    Error error{ErrorCode::kHttpError,
                job->current.host + " redirects: " + address.error().message};
    fail(std::move(job), std::move(error));
    return;
  }
  job->current = *std::move(address);
  schedule_.add(std::move(job));
}

void DownloadEngine::retry_later(std::unique_ptr<FetchJob> job, const Verdict& verdict) {
  Error error = verdict.error;
  const FetchClock::time_point now = FetchClock::now();
  if (++job->failed_attempts > options_.retries) {
    if (!verdict.answered) schedule_.note_failure(job->current.host, now);
    if (job->failed_attempts > 1) {
      error.message += " (" + std::to_string(job->failed_attempts) + " attempts)";
    }
    fail(std::move(job), std::move(error));
    return;
  }
  if (verdict.retry_after && *verdict.retry_after > options_.max_retry_after) {
    error.message +=
        " and asks to come back in " + std::to_string(verdict.retry_after->count()) + " s";
    fail(std::move(job), std::move(error));
    return;
  }
  std::chrono::milliseconds delay{0};
  if (!verdict.at_once) delay = backoff(job->failed_attempts);
  if (verdict.retry_after) {
    delay = std::max<std::chrono::milliseconds>(delay, *verdict.retry_after);
  }
  if (verdict.slow_down) schedule_.hold(job->current.host, now + delay);
  job->not_before = now + delay;
  if (options_.deadline && job->not_before >= *options_.deadline) {
    fail(std::move(job),
         {ErrorCode::kTimeout, error.message + "; there is no time for another attempt"});
    return;
  }
  job->current = job->first;
  job->redirects = 0;
  if (schedule_.held_bytes() + job->received.bytes.size() > options_.max_bytes) job->received = {};
  schedule_.add(std::move(job));
}

std::chrono::milliseconds DownloadEngine::backoff(int failed_attempts) {
  const auto doublings = static_cast<unsigned>(std::min(failed_attempts - 1, 16));
  const std::chrono::milliseconds full =
      std::min(options_.max_backoff, options_.backoff * (std::int64_t{1} << doublings));
  // The random part keeps downloads that failed together from coming back together.
  std::uniform_int_distribution<std::int64_t> half(full.count() / 2, full.count());
  return std::chrono::milliseconds(half(random_));
}

void DownloadEngine::break_off() {
  while (!active_.empty()) {
    Transfer& transfer = *active_.begin()->first;
    curl_.curl_multi_remove_handle(multi_.get(), transfer.handle());
    const std::unique_ptr<Transfer> taken = take_transfer(transfer);
    taken->keep_beginning();
    std::unique_ptr<FetchJob> job = taken->take_job();
    schedule_.leave(job->current.host);
    schedule_.add(std::move(job));
  }
  for (std::unique_ptr<FetchJob>& job : schedule_.take_all()) {
    fail(std::move(job), {ErrorCode::kCancelled, "the download was stopped"});
  }
}

void DownloadEngine::fail(std::unique_ptr<FetchJob> job, Error error) {
  FetchOutcome outcome;
  outcome.tag = job->request.tag;
  outcome.partial = std::move(job->received);
  outcome.error = std::move(error);
  deliver(std::move(outcome));
}

void DownloadEngine::deliver(FetchOutcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    outcomes_.push_back(std::move(outcome));
  }
  outcome_came_.notify_one();
}

}  // namespace semblance
