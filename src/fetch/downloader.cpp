#include "fetch/downloader.h"

#include <algorithm>
#include <utility>

#include "fetch/curl_library.h"
#include "fetch/download_engine.h"

namespace semblance {

namespace {

/// Requests that wait beyond those under way: so that hosts that may only be asked two at a time do
/// not hold up the others.
constexpr int kLookahead = 256;
constexpr std::chrono::milliseconds kStopIsNoticed{40};

}  // namespace

std::string make_user_agent(std::string_view contact) {
  std::string agent = "Semblance/" SEMBLANCE_VERSION;
  if (!contact.empty()) agent.append(" (+").append(contact).append(")");
  return agent;
}

Result<Downloader> Downloader::create(FetchOptions options) {
  const Result<const CurlLibrary*> curl = CurlLibrary::load();
  if (!curl) return curl.error();
  options.parallel = std::max(1, options.parallel);
  options.per_host = std::max(1, options.per_host);
  options.give_up_after = std::max(1, options.give_up_after);
  return Downloader(**curl, std::move(options));
}

Status Downloader::run(const Next& next, const Done& done, const std::atomic<bool>* stop) const {
  DownloadEngine engine(*curl_, options_, stop);
  SEMBLANCE_RETURN_IF_ERROR(engine.start());
  const int window = options_.parallel + kLookahead;
  int outstanding = 0;
  bool more = true;
  while (more || outstanding > 0) {
    if (more && stop != nullptr && stop->load()) {
      more = false;
      engine.close();
    }
    const bool wants_request = more && outstanding < window;
    if (wants_request) {
      if (std::optional<FetchRequest> request = next()) {
        engine.submit(*std::move(request));
        ++outstanding;
      } else {
        more = false;
        engine.close();
      }
    }
    // A source that is slow to give requests must not hold up what has come.
    std::optional<FetchOutcome> outcome =
        engine.take(wants_request ? std::chrono::milliseconds(0) : kStopIsNoticed);
    if (outcome) {
      --outstanding;
      SEMBLANCE_RETURN_IF_ERROR(done(*std::move(outcome)));
    }
  }
  return {};
}

FetchOutcome Downloader::fetch(FetchRequest request, const std::atomic<bool>* stop) const {
  FetchOutcome result;
  result.tag = request.tag;
  result.error = Error{ErrorCode::kCancelled, "the download was stopped"};
  std::optional<FetchRequest> only(std::move(request));
  const Status status = run([&] { return std::exchange(only, std::nullopt); },
                            [&](FetchOutcome outcome) -> Status {
                              result = std::move(outcome);
                              return {};
                            },
                            stop);
  if (!status) result.error = status.error();
  return result;
}

}  // namespace semblance
