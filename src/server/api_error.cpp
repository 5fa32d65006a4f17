#include "server/api_error.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace semblance::server {

namespace {

using Json = nlohmann::ordered_json;

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kBadRow:
      return 400;
    case ErrorCode::kNotFound:
    case ErrorCode::kMissingFile:
      return 404;
    case ErrorCode::kConflict:
    case ErrorCode::kDuplicateId:
      return 409;
    case ErrorCode::kTooLarge:
    case ErrorCode::kTooManyPixels:
      return 413;
    case ErrorCode::kUnsupportedFormat:
    case ErrorCode::kNotAnImage:
    case ErrorCode::kTruncated:
    case ErrorCode::kEmpty:
    case ErrorCode::kUnreadable:
    case ErrorCode::kTimeout:
    case ErrorCode::kHttpError:
    case ErrorCode::kWrongContentType:
    case ErrorCode::kEmbedFailed:
      return 422;
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kCorrupt:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

http::Response make(int status, std::string_view code, std::string_view message,
                    std::string_view details, const std::string& request_id) {
  Json error = {{"code", code}, {"message", to_utf8(message)}};
  error["details"] = details.empty() ? Json() : Json(to_utf8(details));
  error["request_id"] = request_id;
  http::Response response;
  response.status = status;
  response.body = Json{{"error", std::move(error)}}.dump();
  response.log_note = code;
  return response;
}

}  // namespace

http::Response error_response(const Error& error, const std::string& request_id) {
  const int status = status_of(error.code);
  http::Response response =
      make(status, code_name(error.code), error.message, error.details, request_id);
  return status == 503 ? retry_after(std::move(response), 1) : response;
}

http::Response error_response(int status, std::string_view code, std::string_view message,
                              const std::string& request_id) {
  return make(status, code, message, {}, request_id);
}

http::Response retry_after(http::Response response, double seconds) {
  const auto whole = static_cast<long>(std::ceil(std::clamp(seconds, 1.0, 86'400.0)));
  response.fields.push_back({"Retry-After", std::to_string(whole)});
  return response;
}

std::string_view code_of_status(int status) {
  switch (status) {
    case 400:
      return "bad_request";
    case 408:
      return "request_timeout";
    case 413:
      return "too_large";
    case 417:
      return "expectation_failed";
    case 431:
      return "header_too_large";
    case 501:
      return "not_implemented";
    case 503:
      return "unavailable";
    default:
      return "internal";
  }
}

}  // namespace semblance::server
