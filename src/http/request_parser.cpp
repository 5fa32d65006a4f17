#include "http/request_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <exception>
#include <limits>

#include "http/ascii.h"

namespace semblance::http {

namespace beast = boost::beast::http;

namespace {

/// Room that a body's announced length gets at once; more comes with its bytes, as an announcement
/// costs the client nothing.
constexpr std::uint64_t kReservedBytes = 256 << 10;

/// What does not end in so many bytes is no line of a chunked body.
constexpr std::size_t kMaxChunkLine = 16 << 10;

/// A body as Beast's parser wants it described: a string that grows as bytes come.
struct GrowingBody {
  using value_type = std::string;

  class reader {  // NOLINT(readability-identifier-naming): Beast's name
   public:
    template <bool kIsRequest, class Fields>
    reader(beast::header<kIsRequest, Fields>& /*header*/, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, boost::beast::error_code& error) {
      error = {};
      if (length) body_.reserve(static_cast<std::size_t>(std::min(*length, kReservedBytes)));
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::beast::error_code& error) {
      error = {};
      const std::size_t before = body_.size();
      for (auto at = boost::asio::buffer_sequence_begin(buffers);
           at != boost::asio::buffer_sequence_end(buffers); ++at) {
        const boost::asio::const_buffer buffer = *at;
        body_.append(static_cast<const char*>(buffer.data()), buffer.size());
      }
      return body_.size() - before;
    }
    void finish(boost::beast::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

Refusal refusal_for(const boost::beast::error_code& error) {
  if (error == beast::error::header_limit) {
    return {431, "The request's line and header fields are too long."};
  }
  if (error == beast::error::body_limit) return {413, "The request's body is too large."};
  if (error == beast::error::bad_version) return {400, "The request is not HTTP/1.1."};
  if (error == beast::error::bad_method) return {400, "The request's method cannot be read."};
  if (error == beast::error::bad_target) return {400, "The request's address cannot be read."};
  if (error == beast::error::bad_content_length) {
    return {400, "The field Content-Length cannot be right."};
  }
  if (error == beast::error::bad_transfer_encoding) {
    return {400, "The field Transfer-Encoding cannot be right."};
  }
  if (error == beast::error::bad_chunk || error == beast::error::bad_chunk_extension) {
    return {400, "A chunk of the request's body cannot be read."};
  }
  return {400, "The request is not HTTP."};
}

}  // namespace

struct RequestParser::Parser : beast::request_parser<GrowingBody> {};

RequestParser::RequestParser(std::size_t max_header_bytes, std::size_t max_body_bytes)
    : max_header_bytes_(max_header_bytes),
      max_body_bytes_(max_body_bytes),
      parser_(std::make_unique<Parser>()) {
  parser_->header_limit(static_cast<std::uint32_t>(max_header_bytes));
  // Bodies are measured below, after it was asked whether the request is welcome. No limit at all
  // would refuse every length in Boost 1.74.
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
}

RequestParser::~RequestParser() = default;

std::size_t RequestParser::consume(std::string_view bytes) {
  if (fault_ || is_done()) return 0;
  const bool had_head = has_head();
  parser_->eager(had_head);
  boost::beast::error_code error;
  std::size_t used = 0;
  try {
    used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  } catch (const std::exception&) {
    fault_ = {503, "There is not enough memory for the request."};
    return used;
  }
  if (error && error != beast::error::need_more) {
    fault_ = refusal_for(error);
  } else if (has_head() && !had_head) {
    check_head();
  } else if (body_size() > max_body_bytes_) {
    fault_ = refusal_for(beast::error::body_limit);
  } else if (had_head && !is_done() &&
             bytes.size() - used > std::max(max_header_bytes_, kMaxChunkLine)) {
    fault_ = refusal_for(beast::error::bad_chunk);
  }
  return used;
}

/// What Beast lets through, and what a proxy before us might understand in another way.
void RequestParser::check_head() {
  const auto& head = parser_->get();
  const auto hosts = head.count(beast::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() > 10)) {
    fault_ = {400, "The request needs one field Host."};
    return;
  }
  const auto encodings = head.equal_range(beast::field::transfer_encoding);
  for (auto at = encodings.first; at != encodings.second; ++at) {
    const std::string_view value(at->value().data(), at->value().size());
    if (head.version() < 11 || std::next(encodings.first) != encodings.second) {
      fault_ = {400, "The field Transfer-Encoding cannot be right."};
    } else if (!equal_ignoring_case(trimmed(value), "chunked")) {
      fault_ = {501, "The only transfer encoding is chunked."};
    }
  }
  const auto expected = head[beast::field::expect];
  if (!expected.empty() && !beast::token_list(expected).exists("100-continue")) {
    fault_ = {417, "The only expectation is 100-continue."};
  }
}

bool RequestParser::has_head() const {
  return parser_->is_header_done();
}

bool RequestParser::is_done() const {
  return parser_->is_done();
}

void RequestParser::take_head(Request& request) const {
  const auto& head = parser_->get();
  request.method = is_head_request() ? "GET" : std::string(head.method_string());
  request.target = std::string(head.target());
  for (const auto& line : head) {
    request.fields.push_back({std::string(line.name_string()), std::string(line.value())});
  }
}

bool RequestParser::is_head_request() const {
  return parser_->get().method() == beast::verb::head;
}

bool RequestParser::keeps_alive() const {
  return parser_->keep_alive();
}

bool RequestParser::expects_continue() const {
  return parser_->get().version() > 10 && parser_->get().count(beast::field::expect) > 0;
}

std::optional<std::uint64_t> RequestParser::content_length() const {
  const auto length = parser_->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

std::size_t RequestParser::body_size() const {
  return parser_->get().body().size();
}

std::string RequestParser::take_body() {
  return std::move(parser_->get().body());
}

}  // namespace semblance::http
