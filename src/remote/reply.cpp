#include <algorithm>

#include "base/utf8.h"
#include "fetch/response.h"
#include "remote/cluster.h"

namespace semblance::remote {

namespace {

constexpr std::size_t kMostReasonBytes = 600;
constexpr int kMostCauses = 4;

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string shortened(std::string text) {
  text = to_printable(to_utf8(text));
  if (text.size() <= kMostReasonBytes) return text;
  text.resize(kMostReasonBytes);
  while (!is_utf8(text)) text.pop_back();
  return text + "..";
}

void add_cause(const Json& error, int depth, std::string& text) {
  if (!error.is_object()) return;
  const std::string type = text_of(error, "type");
  const std::string reason = text_of(error, "reason");
  const std::string cause = type.empty() || reason.empty() ? type + reason : type + ": " + reason;
  if (!cause.empty() && text.find(reason.empty() ? cause : reason) == std::string::npos) {
    if (!text.empty()) text += "; ";
    text += cause;
  }
  if (depth == kMostCauses) return;
  if (error.contains("caused_by")) add_cause(error["caused_by"], depth + 1, text);
  const auto shards = error.find("failed_shards");
  if (shards != error.end() && shards->is_array() && !shards->empty() &&
      shards->front().is_object() && shards->front().contains("reason")) {
    add_cause(shards->front()["reason"], depth + 1, text);
  }
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

}  // namespace

std::string reason_in(const Json& error) {
  if (error.is_string()) return shortened(error.get<std::string>());
  std::string text;
  add_cause(error, 0, text);
  return shortened(text);
}

Error error_of_reply(int status, const Json& body, std::string_view cluster_name) {
  std::string reason;
  if (body.is_object() && body.contains("error")) reason = reason_in(body["error"]);
  const std::string cluster(cluster_name);
  std::string said = cluster + " answered " + status_text(status);
  if (!reason.empty()) said += " (" + reason + ")";
  switch (status) {
    case 400:
      return {ErrorCode::kInvalidArgument, said};
    case 401:
      return {ErrorCode::kUnavailable,
              cluster + " refuses the credentials (" + status_text(status) +
                  "): set SEMBLANCE_ENGINE_USER and SEMBLANCE_ENGINE_PASSWORD, or "
                  "SEMBLANCE_ENGINE_API_KEY"};
    case 403:
      return {ErrorCode::kUnavailable, said + ": give the user of the credentials that right"};
    case 404:
      return {ErrorCode::kNotFound, said};
    case 409:
      return {ErrorCode::kConflict, said};
    case 413:
      return {ErrorCode::kTooLarge, said};
    case 429:
      return {ErrorCode::kUnavailable, said + ": it is busy; try again later"};
    default:
      break;
  }
  if (status >= 500) {
    return {ErrorCode::kUnavailable, said + ": look at its health and at its log"};
  }
  return {ErrorCode::kInvalidArgument, said};
}

bool names_lost_node(const Json& error) {
  constexpr std::string_view kTypes[] = {
      "node_not_connected_exception", "node_disconnected_exception", "node_closed_exception",
      "connect_transport_exception", "receive_timeout_transport_exception"};
  const std::string reason = reason_in(error);
  return std::any_of(std::begin(kTypes), std::end(kTypes),
                     [&](std::string_view type) { return reason.find(type) != std::string::npos; });
}

std::string to_text(const Json& body) {
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string path_part(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string part;
  for (const char c : text) {
    if (is_unreserved(c)) {
      part += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    part += '%';
    part += kHexDigits[byte >> 4];
    part += kHexDigits[byte & 15];
  }
  return part;
}

}  // namespace semblance::remote
