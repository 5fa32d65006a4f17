#include "http/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

#include "http/ascii.h"
#include "http/response_head.h"
#include "http/target.h"

namespace semblance::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Bytes of later requests that are taken while one is being answered.
constexpr std::size_t kMaxAheadBytes = 16 << 10;

/// After the last answer the client gets time to read it: bytes that arrive at a closed socket
/// would make its system throw the answer away.
constexpr std::chrono::seconds kLingerTime{5};
constexpr std::size_t kLingerBytes = 64 << 20;

constexpr std::size_t kMaxIdLength = 64;

bool is_sane_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdLength && std::all_of(id.begin(), id.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

std::string random_id(std::mt19937_64& random) {
  std::string id;
  for (std::uint64_t bits = random(); id.size() < 16; bits >>= 4)
    id += "0123456789abcdef"[bits & 15];
  return id;
}

/// The one answer that a request gets.
class ReplySlot {
 public:
  ReplySlot(std::shared_ptr<EventLoop> loop, std::weak_ptr<Connection> connection,
            std::uint64_t sequence)
      : loop_(std::move(loop)), connection_(std::move(connection)), sequence_(sequence) {}
  ReplySlot(const ReplySlot&) = delete;
  ReplySlot& operator=(const ReplySlot&) = delete;
  ~ReplySlot() {
    try {
      send(std::nullopt);
    } catch (const std::exception&) {
      // Without memory the request's deadline answers.
    }
  }

  void send(std::optional<Response> response) {
    if (used_.exchange(true)) return;
    asio::post(loop_->context, [connection = connection_, sequence = sequence_,
                                answer = std::move(response)]() mutable {
      if (const auto there = connection.lock()) there->on_reply(sequence, std::move(answer));
    });
  }

 private:
  std::shared_ptr<EventLoop> loop_;
  std::weak_ptr<Connection> connection_;
  std::uint64_t sequence_;
  std::atomic<bool> used_{false};
};

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, std::string remote_address,
                       ConnectionShare& share)
    : socket_(std::move(socket)), remote_address_(std::move(remote_address)), share_(share) {}

void Connection::start() {
  deadline_ = Clock::now() + share_.options.idle_timeout;
  wait_for_bytes();
}

void Connection::start_refusing() {
  begin_request();
  refuse(503, "The server has as many connections as it can hold; try again soon.");
}

void Connection::wait_for_bytes() {
  if (reading_ || client_finished_ || state_ == State::kClosed) return;
  const bool busy = state_ == State::kHandling || state_ == State::kWriting;
  if (busy && pending_.size() >= kMaxAheadBytes) return;
  reading_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const error_code& error) {
                       self->reading_ = false;
                       self->on_readable(static_cast<bool>(error));
                     });
}

void Connection::on_readable(bool failed) {
  if (state_ == State::kClosed) return;
  if (failed) return close();
  error_code error;
  std::vector<char>& buffer = share_.read_buffer;
  const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
  if (error == asio::error::would_block || error == asio::error::try_again) {
    return wait_for_bytes();
  }
  if (error == asio::error::eof) return on_end();
  if (error) return close();
  take_in({buffer.data(), count});
  wait_for_bytes();
}

/// The client sends nothing more. It may have gone, or wait for its last answer: that cannot be
/// told apart, so the work stops and what comes of it is sent.
void Connection::on_end() {
  client_finished_ = true;
  if (state_ == State::kHandling) {
    cancelled_->store(true);
  } else if (state_ != State::kWriting) {
    close();
  }
}

void Connection::take_in(std::string_view bytes) {
  switch (state_) {
    case State::kWaiting:
    case State::kHead:
    case State::kBody:
      if (!pending_.empty()) {
        pending_.append(bytes);
        take_in_pending();
      } else {
        // Mostly everything is understood at once, and nothing has to be kept.
        const std::size_t used = parse(bytes);
        pending_.append(bytes.substr(used));
      }
      break;
    case State::kHandling:
    case State::kWriting:
      pending_.append(bytes);
      break;
    case State::kLingering:
      drained_bytes_ += bytes.size();
      if (drained_bytes_ > kLingerBytes) close();
      break;
    case State::kClosed:
      break;
  }
}

void Connection::take_in_pending() {
  const std::size_t used = parse(pending_);
  pending_.erase(0, used);
}

/// Says how many bytes it took.
std::size_t Connection::parse(std::string_view bytes) {
  std::size_t used = 0;
  if (state_ == State::kWaiting) {
    // Some clients end a body with an empty line of their own (RFC 9112, 2.2).
    used = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
    if (used == bytes.size()) return used;
    begin_request();
  }
  while (state_ == State::kHead || state_ == State::kBody) {
    const std::size_t taken = parser_->consume(bytes.substr(used));
    used += taken;
    if (const std::optional<Refusal> fault = parser_->fault()) {
      if (state_ == State::kHead && parser_->has_head()) adopt_head();
      refuse(fault->status, fault->message);
    } else if (state_ == State::kHead && parser_->has_head()) {
      on_head();
    } else if (state_ == State::kBody) {
      charge_body();
    }
    if (state_ == State::kBody && parser_->is_done()) handle();
    if (taken == 0 || used == bytes.size()) break;
  }
  return used;
}

void Connection::begin_request() {
  ++sequence_;
  parser_ = std::make_unique<RequestParser>(share_.options.max_header_bytes,
                                            share_.options.max_body_bytes);
  cancelled_ = std::make_shared<std::atomic<bool>>(false);
  request_ = std::make_shared<Request>();
  request_->id = random_id(share_.random);
  request_->remote_address = remote_address_;
  request_->received = Clock::now();
  request_->deadline = request_->received + share_.options.header_timeout +
                       share_.options.body_timeout + share_.options.request_timeout;
  request_->cancelled = cancelled_;
  state_ = State::kHead;
  deadline_ = request_->received + share_.options.header_timeout;
  is_read_ = false;
  keeps_alive_ = false;
  is_head_request_ = false;
}

void Connection::adopt_head() {
  parser_->take_head(*request_);
  is_head_request_ = parser_->is_head_request();
  if (const auto id = request_->field("X-Request-Id"); id && is_sane_id(*id)) request_->id = *id;
}

void Connection::on_head() {
  const ServerOptions& options = share_.options;
  adopt_head();
  // Until the body was read, an answer is the connection's last one.
  state_ = State::kBody;
  deadline_ = Clock::now() + options.body_timeout;
  is_read_ = parser_->is_done();
  keeps_alive_ = is_read_ && parser_->keeps_alive();

  Result<Target> target = parse_target(request_->target);
  if (!target) return refuse(400, "In the request, " + target.error().message + ".");
  request_->path = std::move(target->path);
  request_->segments = std::move(target->segments);
  request_->query = std::move(target->query);
  const std::uint64_t announced = parser_->content_length().value_or(0);
  if (announced > options.max_body_bytes) return refuse(413, "The request's body is too large.");
  if (std::optional<Response> answer = ask_admission()) return send(*std::move(answer));
  if (announced + share_.buffered_bytes > options.max_buffered_bytes) {
    return refuse(503, "The server is reading as much as it can hold; try again soon.");
  }
  if (!parser_->is_done() && parser_->expects_continue()) send_continue();
}

std::optional<Response> Connection::ask_admission() {
  if (!share_.hooks.admit) return std::nullopt;
  try {
    return share_.hooks.admit(*request_);
  } catch (const std::exception&) {
    return refusal(500, "The server could not look at the request.");
  }
}

/// What clients send is counted when it is there, so that announcements take no room from others.
void Connection::charge_body() {
  const std::size_t grown = parser_->body_size() - charged_bytes_;
  charged_bytes_ += grown;
  share_.buffered_bytes += grown;
  if (grown > 0 && share_.buffered_bytes > share_.options.max_buffered_bytes) {
    refuse(503, "The server is reading as much as it can hold; try again soon.");
  }
}

void Connection::release_body() {
  share_.buffered_bytes -= std::exchange(charged_bytes_, 0);
}

void Connection::send_continue() {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  // All answers before it were sent, so there is room; and if not, clients do not wait for ever.
  error_code ignored;
  socket_.write_some(asio::buffer(kContinue.data(), kContinue.size()), ignored);
}

void Connection::handle() {
  request_->body = parser_->take_body();
  is_read_ = true;
  keeps_alive_ = parser_->keeps_alive();
  parser_.reset();
  request_->deadline = Clock::now() + share_.options.request_timeout;
  deadline_ = request_->deadline;
  state_ = State::kHandling;
  const auto slot = std::make_shared<ReplySlot>(share_.loop, weak_from_this(), sequence_);
  const Reply reply = [slot](Response response) { slot->send(std::move(response)); };
  try {
    share_.hooks.handle(request_, reply);
  } catch (const std::exception&) {
    slot->send(std::nullopt);
  }
}

void Connection::on_reply(std::uint64_t sequence, std::optional<Response> response) {
  if (state_ != State::kHandling || sequence != sequence_) return;
  if (response) {
    send(*std::move(response));
  } else {
    refuse(500, "The server did not answer; its log may say why.");
  }
}

void Connection::refuse(int status, std::string_view message) {
  send(refusal(status, message));
}

Response Connection::refusal(int status, std::string_view message) {
  Response response;
  try {
    if (share_.hooks.refuse) response = share_.hooks.refuse(status, message, request_->id);
  } catch (const std::exception&) {
    response = {};
  }
  if (response.body.empty() && !response.shared_body) {
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::string(message) + "\n";
  }
  response.status = status;
  if (status == 503 && !field(response.fields, "Retry-After")) {
    response.fields.push_back({"Retry-After", "1"});
  }
  return response;
}

void Connection::send(Response response) {
  if (response.status < 200 || response.status > 599) {
    response = refusal(500, "The server has an answer that is none.");
  }
  parser_.reset();
  keeps_alive_ = keeps_alive_ && !share_.stopping;
  std::string head = response_head(response, {request_->id, keeps_alive_});
  answer_.emplace(Answer{std::move(response), std::move(head)});
  const bool sends_body = has_body(answer_->response.status) && !is_head_request_;
  const std::string_view body = sends_body ? body_of(answer_->response) : std::string_view();
  answer_->body_bytes = body.size();
  state_ = State::kWriting;
  deadline_ = Clock::now() + share_.options.write_timeout;
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(answer_->head),
                                                     asio::buffer(body.data(), body.size())};
  asio::async_write(socket_, buffers,
                    [self = shared_from_this()](const error_code& error, std::size_t /*bytes*/) {
                      self->on_written(static_cast<bool>(error));
                    });
  wait_for_bytes();
}

void Connection::on_written(bool failed) {
  if (state_ == State::kClosed) return;
  if (failed) return close();
  record(answer_->response.status, answer_->body_bytes, answer_->response.log_note);
  release_body();
  request_.reset();
  // What an idle connection does not need is given back, not kept for the next request.
  answer_.reset();
  if (pending_.empty()) std::string().swap(pending_);
  state_ = State::kWaiting;
  if (!keeps_alive_ || share_.stopping) return linger();
  deadline_ = Clock::now() + share_.options.idle_timeout;
  if (!pending_.empty()) take_in_pending();
  if (client_finished_ && state_ != State::kHandling && state_ != State::kWriting) return close();
  wait_for_bytes();
}

void Connection::record(int status, std::size_t body_bytes, std::string_view note) {
  if (!share_.hooks.record) return;
  const std::chrono::duration<double> time = Clock::now() - request_->received;
  share_.hooks.record({*request_, status, body_bytes, time.count(), note});
}

/// Whether bytes that nobody reads may be under way.
bool Connection::may_be_sending() const {
  return !client_finished_ && (!is_read_ || !pending_.empty() || drained_bytes_ > 0);
}

void Connection::linger() {
  if (client_finished_ || (share_.stopping && !may_be_sending())) return close();
  drained_bytes_ = pending_.size();
  std::string().swap(pending_);
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  state_ = State::kLingering;
  deadline_ = Clock::now() + kLingerTime;
  wait_for_bytes();
}

void Connection::check_deadline(Clock::time_point now) {
  if (now < deadline_) return;
  switch (state_) {
    case State::kHead:
      return refuse(408, "The request's head did not arrive in time.");
    case State::kBody:
      return refuse(408, "The request's body did not arrive in time.");
    case State::kHandling:
      cancelled_->store(true);
      return refuse(503, "The answer took too long; try again later.");
    case State::kWaiting:
    case State::kWriting:
    case State::kLingering:
    case State::kClosed:
      return close();
  }
}

void Connection::close_when_idle() {
  if (state_ == State::kWaiting || (state_ == State::kLingering && !may_be_sending())) close();
}

void Connection::close() {
  if (state_ == State::kClosed) return;
  const State before = std::exchange(state_, State::kClosed);
  if (cancelled_) cancelled_->store(true);
  if (before == State::kWriting) {
    record(answer_->response.status, 0, "not_sent");
  } else if (before == State::kHandling && share_.stopping) {
    record(503, 0, "stopped");
  } else if (before == State::kHandling) {
    record(499, 0, "client_gone");  // as nginx calls it
  }
  release_body();
  error_code ignored;
  socket_.close(ignored);
  share_.on_closed(*this);
}

}  // namespace semblance::http
