#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "fetch/downloader.h"

namespace semblance {

struct FileDownloadOptions {
  int retries = 4;  ///< after connection errors, timeouts, 429 and 5xx; never after other 4xx
  std::chrono::milliseconds backoff{1000};  ///< before the first retry; doubles
  std::chrono::milliseconds max_backoff{30'000};
  std::chrono::seconds connect_timeout{15};
  std::chrono::seconds stall_timeout{30};  ///< a connection that brings nearly nothing for so long
  std::string user_agent = make_user_agent();
};

/// Called often with the bytes that are there and those that are wanted.
using FileProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Downloads one large file of known length to `partial`, from an http, https or file address that
/// the program or its user named: any address may be connected to, redirects are followed, the
/// environment's proxies are used. What `partial` holds already is gone on with; whether it is
/// right is the caller's to check by its hash, and then to rename it. After an error `partial`
/// keeps what has come, unless it cannot be of the right file. One download of a file at a time: a
/// second one, also in another process, is refused. Errors: kInvalidArgument (no such kind of
/// address), kHttpError (unreachable, an error answer), kMissingFile (file address), kTimeout,
/// kTruncated (the connection broke, in every attempt), kCorrupt (it has another length), kIo (it
/// cannot be written: the disk is full), kConflict, kCancelled (`*stop`, which may be null),
/// kUnavailable (no libcurl).
Status download_file(const std::string& address, const std::filesystem::path& partial,
                     std::uint64_t bytes, const FileDownloadOptions& options,
                     const FileProgress& progress, const std::atomic<bool>* stop);

}  // namespace semblance
