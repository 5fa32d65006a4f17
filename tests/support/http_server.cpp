#include "support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace semblance::test {

namespace {

constexpr int kBacklog = 64;

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

Address address_of(const std::string& text) {
  Address address;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    address.length = sizeof(v4);
    std::copy_n(reinterpret_cast<const char*>(&v4), sizeof(v4),
                reinterpret_cast<char*>(&address.storage));
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    address.length = sizeof(v6);
    std::copy_n(reinterpret_cast<const char*>(&v6), sizeof(v6),
                reinterpret_cast<char*>(&address.storage));
  } else {
    throw std::runtime_error("not an address: " + text);
  }
  return address;
}

int port_of(int fd) {
  Address address;
  address.length = sizeof(address.storage);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.length);
  // The port stands at the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

/// Reads to the empty line; false when the connection ends before.
bool read_head(int fd, std::string& buffer, std::string& head) {
  while (true) {
    const std::size_t end = buffer.find("\r\n\r\n");
    if (end != std::string::npos) {
      head = buffer.substr(0, end + 2);
      buffer.erase(0, end + 4);
      return true;
    }
    char part[4096];
    const ssize_t count = ::recv(fd, part, sizeof(part), 0);
    if (count <= 0) return false;
    buffer.append(part, static_cast<std::size_t>(count));
  }
}

/// Reads as many bytes as the head announced; false when the connection ends before.
bool read_body(int fd, std::string& buffer, HttpRequest& request) {
  const std::string announced = request.header("content-length");
  const std::size_t size = announced.empty() ? 0 : std::stoul(announced);
  while (buffer.size() < size) {
    char part[16'384];
    const ssize_t count = ::recv(fd, part, sizeof(part), 0);
    if (count <= 0) return false;
    buffer.append(part, static_cast<std::size_t>(count));
  }
  request.body = buffer.substr(0, size);
  buffer.erase(0, size);
  return true;
}

HttpRequest parse_head(const std::string& head) {
  HttpRequest request;
  std::size_t at = head.find("\r\n");
  const std::string first = head.substr(0, at);
  const std::size_t space = first.find(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  at += 2;
  while (at < head.size()) {
    const std::size_t end = head.find("\r\n", at);
    const std::string line = head.substr(at, end - at);
    const std::size_t colon = line.find(':');
    const std::size_t value = line.find_first_not_of(' ', colon + 1);
    request.headers[lowered(line.substr(0, colon))] =
        value == std::string::npos ? "" : line.substr(value);
    at = end + 2;
  }
  return request;
}

}  // namespace

std::string HttpRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

bool HttpExchange::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      keeps_open_ = false;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void HttpExchange::respond(int status, const HttpHeaders& headers, std::string_view body) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + " Test\r\n";
  bool says_length = status == 304 || status == 204;
  for (const auto& [name, value] : headers) {
    head.append(name).append(": ").append(value).append("\r\n");
    const std::string lower_name = lowered(name);
    says_length =
        says_length || lower_name == "content-length" || lower_name == "transfer-encoding";
  }
  if (!says_length) head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  send(head.append("\r\n").append(body));
}

bool HttpExchange::wait(std::chrono::milliseconds time) {
  return server_.sleep(time);
}

void HttpExchange::reset() {
  keeps_open_ = false;
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

HttpServer::HttpServer(const std::string& address) : address_(address) {
  const Address bound = address_of(address);
  listener_ = FileDescriptor(::socket(bound.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener_.is_open() ||
      ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&bound.storage), bound.length) !=
          0 ||
      ::listen(listener_.get(), kBacklog) != 0) {
    throw std::runtime_error("cannot listen on " + address);
  }
  port_ = port_of(listener_.get());
  acceptor_ = std::thread([this] { accept_connections(); });
}

HttpServer::~HttpServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  stopped_.notify_all();
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  for (std::thread& thread : connection_threads_) thread.join();
}

void HttpServer::accept_connections() {
  while (true) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (fd < 0 || stopping_) {
      if (fd >= 0) ::close(fd);
      return;
    }
    ++connections_;
    open_.insert(fd);
    connection_threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void HttpServer::serve(int fd) {
  std::string buffer;
  std::string head;
  while (read_head(fd, buffer, head)) {
    HttpRequest request = parse_head(head);
    if (!read_body(fd, buffer, request) || !serve_request(fd, std::move(request))) break;
  }
  const std::lock_guard lock(mutex_);
  open_.erase(fd);
  ::close(fd);
}

bool HttpServer::serve_request(int fd, HttpRequest request) {
  HttpHandler handler = answer(404, {}, "nothing here");
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    most_at_once_ = std::max(most_at_once_, ++at_once_);
    for (const std::string& key : {std::string("*"), request.target}) {
      const auto found = handlers_.find(key);
      if (found != handlers_.end()) handler = found->second;
    }
  }
  HttpExchange exchange(*this, fd, std::move(request));
  handler(exchange);
  const std::lock_guard lock(mutex_);
  --at_once_;
  return exchange.keeps_open() && !stopping_;
}

void HttpServer::on(const std::string& target, HttpHandler handler) {
  const std::lock_guard lock(mutex_);
  handlers_[target] = std::move(handler);
}

std::string HttpServer::url(std::string_view target) const {
  const bool v6 = address_.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + address_ + "]" : address_;
  return "http://" + host + ":" + std::to_string(port_) + std::string(target);
}

std::vector<HttpRequest> HttpServer::requests(std::string_view target) const {
  const std::lock_guard lock(mutex_);
  if (target.empty()) return requests_;
  std::vector<HttpRequest> matching;
  for (const HttpRequest& request : requests_) {
    if (request.target == target) matching.push_back(request);
  }
  return matching;
}

int HttpServer::most_at_once() const {
  const std::lock_guard lock(mutex_);
  return most_at_once_;
}

bool HttpServer::sleep(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, time, [&] { return stopping_; });
}

HttpHandler answer(int status, HttpHeaders headers, std::string body) {
  return [status, headers = std::move(headers), body = std::move(body)](HttpExchange& exchange) {
    exchange.respond(status, headers, body);
  };
}

HttpHandler serve_photo(ServedPhoto photo) {
  return [photo = std::move(photo)](HttpExchange& exchange) {
    const HttpRequest& request = exchange.request();
    HttpHeaders headers = {{"Date", "Sat, 01 Jun 2024 12:00:00 GMT"}};
    if (!photo.etag.empty()) headers.emplace_back("ETag", photo.etag);
    if (!photo.last_modified.empty()) headers.emplace_back("Last-Modified", photo.last_modified);
    const std::string none_match = request.header("if-none-match");
    // If-Modified-Since counts only where If-None-Match is absent.
    const bool unchanged = none_match.empty()
                               ? !photo.last_modified.empty() &&
                                     request.header("if-modified-since") == photo.last_modified
                               : none_match == photo.etag;
    if (unchanged) return exchange.respond(304, headers, "");
    headers.emplace_back("Content-Type", photo.content_type);
    const std::string range = request.header("range");
    const std::string if_range = request.header("if-range");
    const bool same = if_range.empty() || if_range == photo.etag || if_range == photo.last_modified;
    if (range.starts_with("bytes=") && same) {
      const std::size_t first = std::stoul(range.substr(6));
      const std::string total = std::to_string(photo.bytes.size());
      if (first >= photo.bytes.size()) {
        return exchange.respond(416, {{"Content-Range", "bytes */" + total}}, "");
      }
      headers.emplace_back("Content-Range", "bytes " + std::to_string(first) + "-" +
                                                std::to_string(photo.bytes.size() - 1) + "/" +
                                                total);
      return exchange.respond(206, headers, std::string_view(photo.bytes).substr(first));
    }
    exchange.respond(200, headers, photo.bytes);
  };
}

HttpHandler redirect_to(std::string location, int status) {
  return answer(status, {{"Location", std::move(location)}}, "moved");
}

std::string photo_bytes(std::size_t size, unsigned seed) {
  std::string bytes = "\xFF\xD8\xFF\xE0";
  unsigned state = seed * 2654435761U + 1;
  while (bytes.size() < size) {
    state = state * 1664525U + 1013904223U;
    bytes += static_cast<char>(state >> 24);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace semblance::test
