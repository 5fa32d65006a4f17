#include "raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

#include "http/ascii.h"

namespace semblance::http::test {

using SteadyClock = std::chrono::steady_clock;

std::optional<std::string> Answer::field(std::string_view name) const {
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos && at + 2 < head.size()) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string line = head.substr(at + 2, end - at - 2);
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && equal_ignoring_case(line.substr(0, colon), name)) {
      return std::string(trimmed(std::string_view(line).substr(colon + 1)));
    }
    at = end;
  }
  return std::nullopt;
}

RawClient::RawClient(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("nothing listens");
  }
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool RawClient::receive_some(SteadyClock::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - SteadyClock::now());
  pollfd waiting{socket_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) <= 0) {
    return false;
  }
  char part[65536];
  const ssize_t count = ::recv(socket_.get(), part, sizeof(part), 0);
  if (count <= 0) return false;
  received_.append(part, static_cast<std::size_t>(count));
  return true;
}

std::string RawClient::receive(std::size_t count, std::chrono::milliseconds wait) {
  const auto until = SteadyClock::now() + wait;
  while (received_.size() < count && receive_some(until)) {
  }
  std::string bytes = received_.substr(0, count);
  received_.erase(0, bytes.size());
  return bytes;
}

Answer RawClient::read_answer(bool has_body) {
  const auto until = SteadyClock::now() + std::chrono::seconds(20);
  std::size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_some(until)) return {};
  }
  Answer answer;
  answer.head = receive(end + 4);
  answer.status = std::stoi(answer.head.substr(9));
  const auto length = answer.field("Content-Length");
  if (length && has_body) answer.body = receive(std::stoul(*length));
  return answer;
}

bool RawClient::is_closed_within(std::chrono::milliseconds wait) {
  const auto until = SteadyClock::now() + wait;
  while (receive_some(until)) {
  }
  // Either the time is over, or the end has come and comes again.
  pollfd waiting{socket_.get(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

void RawClient::finish() {
  ::shutdown(socket_.get(), SHUT_WR);
}

void RawClient::reset() {
  const linger now{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  socket_.close();
}

}  // namespace semblance::http::test
