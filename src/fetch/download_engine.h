#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "fetch/curl_library.h"
#include "fetch/download_schedule.h"
#include "fetch/downloader.h"
#include "fetch/transfer.h"

namespace semblance {

/// The thread that drives libcurl for one Downloader::run. The public members belong to the thread
/// that made it.
class DownloadEngine {
 public:
  DownloadEngine(const CurlLibrary& curl, const FetchOptions& options,
                 const std::atomic<bool>* stop);
  DownloadEngine(const DownloadEngine&) = delete;
  DownloadEngine& operator=(const DownloadEngine&) = delete;
  /// Breaks off what is under way.
  ~DownloadEngine();

  /// Errors: kInternal.
  Status start();
  void submit(FetchRequest request);
  /// No more requests come.
  void close();
  /// The next outcome, if one comes in this time.
  std::optional<FetchOutcome> take(std::chrono::milliseconds wait);

 private:
  void work();
  void accept_requests();
  void accept(FetchRequest request);
  void start_transfers();
  void start_transfer(std::unique_ptr<FetchJob> job);
  bool finish_transfers();
  void stop_stalled();
  void finish(Transfer& transfer, std::optional<CURLcode> code);
  void follow(std::unique_ptr<FetchJob> job, const std::string& location);
  void retry_later(std::unique_ptr<FetchJob> job, const Verdict& verdict);
  void break_off();
  void fail(std::unique_ptr<FetchJob> job, Error error);
  void deliver(FetchOutcome outcome);
  std::unique_ptr<Transfer> take_transfer(Transfer& transfer);

  [[nodiscard]] std::chrono::milliseconds backoff(int failed_attempts);
  [[nodiscard]] bool is_stopped() const;
  [[nodiscard]] bool is_done();

  const CurlLibrary& curl_;
  const FetchOptions& options_;
  const std::atomic<bool>* stop_;
  std::atomic<bool> cancelled_{false};
  std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi_;

  // Used by the thread alone.
  DownloadSchedule schedule_;
  std::map<Transfer*, std::unique_ptr<Transfer>> active_;
  std::minstd_rand random_;

  std::mutex mutex_;
  std::condition_variable outcome_came_;
  std::deque<FetchRequest> requests_;
  std::deque<FetchOutcome> outcomes_;
  bool closed_ = false;

  std::thread thread_;
};

}  // namespace semblance
