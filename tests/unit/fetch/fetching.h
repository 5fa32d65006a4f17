#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fetch/downloader.h"
#include "support/http_server.h"

namespace semblance::test {

/// Options with which even what goes wrong goes wrong quickly.
inline FetchOptions quick_options() {
  FetchOptions options;
  options.backoff = std::chrono::milliseconds(4);
  options.max_backoff = std::chrono::milliseconds(20);
  options.connect_timeout = std::chrono::milliseconds(2000);
  options.stall_timeout = std::chrono::milliseconds(2000);
  options.total_timeout = std::chrono::milliseconds(10'000);
  options.max_bytes = 1 << 20;
  options.allow_private = true;
  return options;
}

inline Downloader make_downloader(FetchOptions options = quick_options()) {
  Result<Downloader> downloader = Downloader::create(std::move(options));
  if (!downloader) throw std::runtime_error(downloader.error().message);
  return *std::move(downloader);
}

inline FetchRequest request_for(std::string url, std::uint64_t tag = 0) {
  FetchRequest request;
  request.tag = tag;
  request.url = std::move(url);
  return request;
}

inline FetchOutcome fetch(const std::string& url, FetchOptions options = quick_options()) {
  return make_downloader(std::move(options)).fetch(request_for(url));
}

/// Outcomes by tag (the place in `urls`), after a run to the end; each came once.
inline std::map<std::uint64_t, FetchOutcome> fetch_all(const std::vector<std::string>& urls,
                                                       FetchOptions options = quick_options()) {
  std::map<std::uint64_t, FetchOutcome> outcomes;
  std::size_t given = 0;
  const Downloader downloader = make_downloader(std::move(options));
  const Status status = downloader.run(
      [&]() -> std::optional<FetchRequest> {
        if (given == urls.size()) return std::nullopt;
        ++given;
        return request_for(urls[given - 1], given - 1);
      },
      [&](FetchOutcome outcome) -> Status {
        const std::uint64_t tag = outcome.tag;
        const bool is_new = outcomes.emplace(tag, std::move(outcome)).second;
        EXPECT_TRUE(is_new) << tag;
        return {};
      },
      nullptr);
  EXPECT_TRUE(status);
  EXPECT_EQ(outcomes.size(), urls.size());
  return outcomes;
}

inline std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// "http_error: 127.0.0.1 answered 404 Not Found"; empty without an error.
inline std::string error_text(const std::optional<Error>& error) {
  return error ? std::string(code_name(error->code)) + ": " + error->message : "";
}

/// A port on which nobody listens.
inline std::string unused_address() {
  return HttpServer().url("/photo.jpg");
}

}  // namespace semblance::test
