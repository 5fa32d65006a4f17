#include "fetch/photo_fetcher.h"

#include <unordered_map>
#include <utility>
#include <vector>

namespace semblance {

namespace {

/// Less is downloaded again as quickly as it is stored and read.
constexpr std::size_t kWorthKeeping = 32 << 10;

/// So many requests wait for one download; a source that never names anything else must come to an
/// end of waiting, too.
constexpr std::size_t kMaxTags = 256;

/// The requests of one run that have no answer yet.
class Flights {
 public:
  struct Flight {
    std::string url;
    std::vector<std::uint64_t> tags;
  };

  /// The id of a new flight; nothing where the address is on its way already.
  std::optional<std::uint64_t> add(PhotoRequest request) {
    const auto known = ids_.find(request.url);
    if (known != ids_.end()) {
      Flight& flight = flights_[known->second];
      if (flight.tags.size() < kMaxTags) {
        flight.tags.push_back(request.tag);
        return std::nullopt;
      }
    }
    ids_[request.url] = next_id_;
    flights_[next_id_] = {std::move(request.url), {request.tag}};
    return next_id_++;
  }

  Flight take(std::uint64_t id) {
    Flight flight = std::move(flights_.extract(id).mapped());
    const auto known = ids_.find(flight.url);
    if (known != ids_.end() && known->second == id) ids_.erase(known);
    return flight;
  }

 private:
  std::uint64_t next_id_ = 0;
  std::unordered_map<std::string, std::uint64_t> ids_;
  std::unordered_map<std::uint64_t, Flight> flights_;
};

FetchRequest make_request(const PhotoCache& cache, std::uint64_t id, const std::string& url,
                          std::uint64_t max_bytes) {
  FetchRequest request;
  request.tag = id;
  request.url = url;
  if (std::optional<CachedPhoto> cached = cache.find(url)) {
    request.known = std::move(cached->validators);
  }
  request.partial = [&cache, url, max_bytes] { return cache.find_partial(url, max_bytes); };
  return request;
}

/// What the cache must keep of an outcome.
Status keep(const PhotoCache& cache, const std::string& url, const FetchOutcome& outcome) {
  if (!outcome.error && !outcome.not_modified) {
    return cache.store(url, outcome.bytes, sha256(outcome.bytes), outcome.validators);
  }
  if (outcome.partial.bytes.size() >= kWorthKeeping) {
    return cache.store_partial(url, outcome.partial);
  }
  return {};
}

}  // namespace

Status PhotoFetcher::run(const Next& next, const Done& done, const std::atomic<bool>* stop) const {
  Flights flights;
  const auto next_request = [&]() -> std::optional<FetchRequest> {
    while (std::optional<PhotoRequest> request = next()) {
      const std::string url = request->url;
      if (const std::optional<std::uint64_t> id = flights.add(*std::move(request))) {
        return make_request(cache_, *id, url, downloader_.options().max_bytes);
      }
    }
    return std::nullopt;
  };
  const auto answer = [&](FetchOutcome outcome) -> Status {
    const Flights::Flight flight = flights.take(outcome.tag);
    SEMBLANCE_RETURN_IF_ERROR(keep(cache_, flight.url, outcome));
    FetchedPhoto photo;
    const std::optional<CachedPhoto> cached = cache_.find(flight.url);
    if (cached) {
      photo.file = cached->file;
      photo.content_hash = cached->content_hash;
    }
    if (outcome.not_modified && !cached) {
      outcome.error = Error{ErrorCode::kIo, "'" + cache_.file(flight.url).string() +
                                                "' was removed while it was asked for"};
    }
    photo.not_modified = outcome.not_modified && cached;
    photo.error = std::move(outcome.error);
    for (std::size_t i = 0; i < flight.tags.size(); ++i) {
      FetchedPhoto one = photo;
      one.tag = flight.tags[i];
      one.bytes = i + 1 < flight.tags.size() ? outcome.bytes : std::move(outcome.bytes);
      SEMBLANCE_RETURN_IF_ERROR(done(std::move(one)));
    }
    return {};
  };
  return downloader_.run(next_request, answer, stop);
}

}  // namespace semblance
