#include "http/response_head.h"

#include <algorithm>

#include "http/ascii.h"

namespace semblance::http {

namespace {

struct Reason {
  int status;
  std::string_view phrase;
};

/// RFC 9110 and 6585.
constexpr Reason kReasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

bool is_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

bool is_ours(std::string_view name) {
  constexpr std::string_view kOurs[] = {"Content-Length", "Content-Type", "Connection",
                                        "Transfer-Encoding", "X-Request-Id"};
  return std::any_of(std::begin(kOurs), std::end(kOurs),
                     [&](std::string_view ours) { return equal_ignoring_case(name, ours); });
}

void add(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto found = std::find_if(std::begin(kReasons), std::end(kReasons),
                                  [&](const Reason& reason) { return reason.status == status; });
  return found == std::end(kReasons) ? "Status" : found->phrase;
}

bool has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string_view body_of(const Response& response) {
  return response.shared_body ? *response.shared_body : response.body;
}

std::string response_head(const Response& response, const HeadOptions& options) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(reason_phrase(response.status)).append("\r\n");
  if (has_body(response.status)) {
    add(head, "Content-Length", std::to_string(body_of(response).size()));
    if (!response.content_type.empty() && is_value(response.content_type)) {
      add(head, "Content-Type", response.content_type);
    }
  }
  for (const Field& field : response.fields) {
    if (is_token(field.name) && is_value(field.value) && !is_ours(field.name)) {
      add(head, field.name, field.value);
    }
  }
  add(head, "X-Request-Id", options.request_id);
  add(head, "Connection", options.keeps_alive ? "keep-alive" : "close");
  return head.append("\r\n");
}

}  // namespace semblance::http
