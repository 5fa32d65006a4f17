#include "http/server.h"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "http/connection.h"

namespace semblance::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBufferBytes = 64 << 10;

/// Deadlines are looked at so often: one timer for all connections costs less than one for each.
constexpr std::chrono::milliseconds kMaxTick{50};

/// Connections beyond the limit that are told so; further ones are closed without a word.
constexpr std::size_t kMaxRefusing = 64;

/// Where no connection can be accepted (too many open files), it is tried again after this.
constexpr std::chrono::milliseconds kAcceptPause{100};

/// Other programs that we start must not hold our clients' connections.
void close_on_exec(int fd) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

std::string text_of(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

class EventServer final : public Server {
 public:
  EventServer(const ServerOptions& options, ServerHooks hooks)
      : loop_(std::make_shared<EventLoop>()), acceptor_(loop_->context), timer_(loop_->context) {
    share_.options = options;
    share_.hooks = std::move(hooks);
    share_.loop = loop_;
    share_.on_closed = [this](Connection& connection) { forget(connection); };
    share_.read_buffer.resize(kReadBufferBytes);
    share_.random.seed(random_seed());
  }
  EventServer(const EventServer&) = delete;
  EventServer& operator=(const EventServer&) = delete;
  ~EventServer() override { stop(std::chrono::milliseconds(0)); }

  Status listen();
  void run();

  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] ServerGauges gauges() const override {
    return {share_.connections, share_.buffered_bytes, share_.refused_connections};
  }
  bool stop(std::chrono::milliseconds grace) override;

 private:
  Result<tcp::endpoint> resolve();
  void work();
  void accept();
  void add(tcp::socket socket);
  void forget(Connection& connection);
  void tick();
  void note_empty();
  void begin_stop();
  void end_stop();
  std::vector<std::shared_ptr<Connection>> connections() const;

  std::shared_ptr<EventLoop> loop_;
  // Used by the loop's thread alone, once it runs.
  ConnectionShare share_;
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  bool is_ticking_ = false;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;

  std::uint16_t port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable all_closed_;
  bool is_empty_ = false;  ///< stopping, and no connection is left
  bool was_clean_ = true;
};

Result<tcp::endpoint> EventServer::resolve() {
  const ServerOptions& options = share_.options;
  if (options.host.empty()) return Error{ErrorCode::kInvalidArgument, "no address to listen on"};
  error_code error;
  tcp::resolver resolver(loop_->context);
  const auto found = resolver.resolve(options.host, std::to_string(options.port),
                                      tcp::resolver::numeric_service, error);
  if (error || found.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot find the address '" + options.host + "': " + error.message()};
  }
  return found.begin()->endpoint();
}

Status EventServer::listen() {
  Result<tcp::endpoint> endpoint = resolve();
  if (!endpoint) return endpoint.error();
  const std::string name = share_.options.host + " port " + std::to_string(share_.options.port);
  error_code error;
  acceptor_.open(endpoint->protocol(), error);
  if (!error) {
    close_on_exec(acceptor_.native_handle());
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  }
  // "::" means IPv6 and not, as elsewhere, everything.
  if (!error && endpoint->address().is_v6()) acceptor_.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor_.bind(*endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (!error) return {};
  const std::string message = "cannot listen on " + name + ": " + error.message();
  if (error == asio::error::address_in_use) return Error{ErrorCode::kConflict, message};
  if (error == boost::system::errc::address_not_available) {
    return Error{ErrorCode::kInvalidArgument, message};
  }
  return Error{ErrorCode::kIo, message};
}

void EventServer::run() {
  accept();
  thread_ = std::thread([this] { work(); });
}

void EventServer::work() {
  while (true) {
    try {
      loop_->context.run();
      return;
    } catch (const std::exception&) {
      // Without memory, say. The connection that was served waits for nothing now: its deadline
      // closes it.
    }
  }
}

void EventServer::accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (!error) {
      add(std::move(socket));
    } else if (error != asio::error::connection_aborted) {
      const auto pause = std::make_shared<asio::steady_timer>(loop_->context, kAcceptPause);
      pause->async_wait([this, pause](const error_code&) {
        if (acceptor_.is_open()) accept();
      });
      return;
    }
    accept();
  });
}

void EventServer::add(tcp::socket socket) {
  const std::size_t limit = share_.options.max_connections;
  const bool is_too_many = connections_.size() >= limit;
  if (is_too_many) ++share_.refused_connections;
  if (connections_.size() >= limit + kMaxRefusing) return;
  error_code error;
  const tcp::endpoint client = socket.remote_endpoint(error);
  if (!error) socket.non_blocking(true, error);
  if (!error) socket.set_option(tcp::no_delay(true), error);
  if (error) return;
  close_on_exec(socket.native_handle());
  const auto connection =
      std::make_shared<Connection>(std::move(socket), text_of(client.address()), share_);
  connections_.emplace(connection.get(), connection);
  share_.connections = connections_.size();
  if (!is_ticking_) tick();
  if (is_too_many) {
    connection->start_refusing();
  } else {
    connection->start();
  }
}

void EventServer::forget(Connection& connection) {
  connections_.erase(&connection);
  share_.connections = connections_.size();
  if (share_.stopping && connections_.empty()) note_empty();
}

void EventServer::note_empty() {
  timer_.cancel();
  {
    const std::lock_guard lock(mutex_);
    is_empty_ = true;
  }
  all_closed_.notify_all();
}

std::vector<std::shared_ptr<Connection>> EventServer::connections() const {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections_.size());
  for (const auto& [key, connection] : connections_) all.push_back(connection);
  return all;
}

/// Looks at the deadlines now and then while there are any.
void EventServer::tick() {
  is_ticking_ = true;
  const ServerOptions& options = share_.options;
  const std::chrono::milliseconds shortest =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout,
                options.request_timeout, options.write_timeout});
  timer_.expires_after(std::clamp(shortest / 4, std::chrono::milliseconds(1), kMaxTick));
  timer_.async_wait([this](const error_code& error) {
    is_ticking_ = false;
    if (error) return;
    const Clock::time_point now = Clock::now();
    for (const auto& connection : connections()) connection->check_deadline(now);
    if (!connections_.empty()) tick();
  });
}

void EventServer::begin_stop() {
  if (share_.stopping) return;
  share_.stopping = true;
  error_code ignored;
  acceptor_.close(ignored);
  for (const auto& connection : connections()) connection->close_when_idle();
  if (connections_.empty()) note_empty();
}

void EventServer::end_stop() {
  for (const auto& connection : connections()) {
    // Those that linger were answered.
    if (!connection->is_lingering()) was_clean_ = false;
    connection->close();
  }
}

bool EventServer::stop(std::chrono::milliseconds grace) {
  if (!thread_.joinable()) return was_clean_;
  asio::post(loop_->context, [this] { begin_stop(); });
  {
    std::unique_lock lock(mutex_);
    all_closed_.wait_for(lock, grace, [&] { return is_empty_; });
  }
  asio::post(loop_->context, [this] { end_stop(); });
  thread_.join();
  return was_clean_;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, ServerHooks hooks) {
  try {
    auto server = std::make_unique<EventServer>(options, std::move(hooks));
    SEMBLANCE_RETURN_IF_ERROR(server->listen());
    server->run();
    return std::unique_ptr<Server>(std::move(server));
  } catch (const std::exception& problem) {
    return Error{ErrorCode::kIo, std::string("cannot start the server: ") + problem.what()};
  }
}

}  // namespace semblance::http
