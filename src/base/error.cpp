#include "base/error.h"

namespace semblance {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnsupportedFormat:
      return "unsupported_format";
    case ErrorCode::kNotAnImage:
      return "not_an_image";
    case ErrorCode::kTruncated:
      return "truncated";
    case ErrorCode::kTooLarge:
      return "too_large";
    case ErrorCode::kTooManyPixels:
      return "too_many_pixels";
    case ErrorCode::kEmpty:
      return "empty";
    case ErrorCode::kUnreadable:
      return "unreadable";
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kHttpError:
      return "http_error";
    case ErrorCode::kWrongContentType:
      return "wrong_content_type";
    case ErrorCode::kDuplicateId:
      return "duplicate_id";
    case ErrorCode::kMissingFile:
      return "missing_file";
    case ErrorCode::kBadRow:
      return "bad_row";
    case ErrorCode::kEmbedFailed:
      return "embed_failed";
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kCorrupt:
      return "corrupt";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

}  // namespace semblance
