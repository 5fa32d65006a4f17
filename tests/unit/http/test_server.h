#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/server.h"
#include "raw_client.h"

namespace semblance::http::test {

/// A request as it is sent; `fields` are whole lines.
inline std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

/// What a server recorded of a request.
struct Recorded {
  std::string id;
  std::string method;
  std::string target;
  int status = 0;
  std::size_t body_bytes = 0;
  std::string note;
};

/// A server on a free port of 127.0.0.1 that remembers what it recorded.
class TestServer {
 public:
  explicit TestServer(Handler handle, ServerOptions options = {}, ServerHooks hooks = {}) {
    options.port = 0;
    hooks.handle = std::move(handle);
    hooks.record = [this](const AccessRecord& record) {
      const std::lock_guard lock(mutex_);
      records_.push_back({record.request.id, record.request.method, record.request.target,
                          record.status, record.body_bytes, std::string(record.note)});
      recorded_.notify_all();
    };
    Result<std::unique_ptr<Server>> started = Server::start(options, std::move(hooks));
    if (!started) throw std::runtime_error(started.error().message);
    server_ = *std::move(started);
  }

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] ServerGauges gauges() const { return server_->gauges(); }
  bool stop(std::chrono::milliseconds grace) { return server_->stop(grace); }

  /// The first `count` records; waits for them.
  std::vector<Recorded> records(std::size_t count) {
    std::unique_lock lock(mutex_);
    recorded_.wait_for(lock, std::chrono::seconds(20), [&] { return records_.size() >= count; });
    return records_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable recorded_;
  std::vector<Recorded> records_;
  std::unique_ptr<Server> server_;
};

/// Says what was asked: method, segments, query, client, body.
inline void echo(const std::shared_ptr<const Request>& request, const Reply& reply) {
  std::string text = request->method + " ";
  for (const std::string& segment : request->segments) {
    if (&segment != &request->segments.front()) text += "|";
    text += segment;
  }
  text += " ";
  for (const auto& [name, value] : request->query) {
    if (text.back() != ' ') text += "&";
    text.append(name).append("=").append(value);
  }
  text += " " + request->remote_address + " " + request->body;
  reply({200, "text/plain", {}, std::move(text)});
}

/// Keeps requests until the test answers them.
class ReplyKeeper {
 public:
  using Kept = std::pair<std::shared_ptr<const Request>, Reply>;

  Handler handler() {
    return [this](std::shared_ptr<const Request> request, Reply reply) {
      const std::lock_guard lock(mutex_);
      kept_.emplace_back(std::move(request), std::move(reply));
      came_.notify_all();
    };
  }
  /// The next; throws where none comes.
  Kept take() {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, std::chrono::seconds(20), [&] { return !kept_.empty(); })) {
      throw std::runtime_error("no request came");
    }
    Kept first = std::move(kept_.front());
    kept_.pop_front();
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Kept> kept_;
};

}  // namespace semblance::http::test
