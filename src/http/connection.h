#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/request_parser.h"
#include "http/server.h"

namespace semblance::http {

class Connection;

/// Outlives the server where a Reply does.
struct EventLoop {
  boost::asio::io_context context{1};
};

/// What the connections of one server share; but for the counters, used by the loop's thread only.
struct ConnectionShare {
  ServerOptions options;
  ServerHooks hooks;
  std::shared_ptr<EventLoop> loop;
  std::function<void(Connection&)> on_closed;
  bool stopping = false;
  std::vector<char> read_buffer;
  std::mt19937_64 random;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> buffered_bytes{0};
  std::atomic<std::uint64_t> refused_connections{0};
};

/// One client, one request after the other. While it waits for bytes it holds those that it has not
/// understood yet, and nothing else. Lives on the loop's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, std::string remote_address,
             ConnectionShare& share);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  void start();
  /// Answers 503 to whatever comes, and closes.
  void start_refusing();
  void check_deadline(Clock::time_point now);
  /// Closes now if no request has begun, else after it.
  void close_when_idle();
  void close();
  /// Whether all that is left is that the client closes, too.
  [[nodiscard]] bool is_lingering() const { return state_ == State::kLingering; }

  /// The answer to request number `sequence`; nothing: there will be none.
  void on_reply(std::uint64_t sequence, std::optional<Response> response);

 private:
  enum class State { kWaiting, kHead, kBody, kHandling, kWriting, kLingering, kClosed };

  void wait_for_bytes();
  void on_readable(bool failed);
  void on_end();
  void take_in(std::string_view bytes);
  void take_in_pending();
  std::size_t parse(std::string_view bytes);
  void begin_request();
  void adopt_head();
  void on_head();
  std::optional<Response> ask_admission();
  void charge_body();
  void release_body();
  void send_continue();
  void handle();
  void refuse(int status, std::string_view message);
  Response refusal(int status, std::string_view message);
  void send(Response response);
  void on_written(bool failed);
  void record(int status, std::size_t body_bytes, std::string_view note);
  void linger();
  [[nodiscard]] bool may_be_sending() const;

  boost::asio::ip::tcp::socket socket_;
  const std::string remote_address_;
  ConnectionShare& share_;

  State state_ = State::kWaiting;
  Clock::time_point deadline_;
  bool reading_ = false;
  bool client_finished_ = false;  ///< sends nothing more
  std::string pending_;           ///< bytes that came and were not understood yet
  std::size_t drained_bytes_ = 0;

  // Of the request that is being served.
  std::uint64_t sequence_ = 0;
  std::unique_ptr<RequestParser> parser_;
  std::shared_ptr<Request> request_;
  std::shared_ptr<std::atomic<bool>> cancelled_;
  std::size_t charged_bytes_ = 0;
  bool is_read_ = false;  ///< to its end
  bool keeps_alive_ = true;
  bool is_head_request_ = false;
  struct Answer {
    Response response;
    std::string head;
    std::size_t body_bytes = 0;  ///< that are sent
  };
  std::optional<Answer> answer_;  ///< while it is written
};

}  // namespace semblance::http
