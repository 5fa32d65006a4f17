#pragma once

#include <string>
#include <string_view>

namespace semblance {

/// What went wrong. The first group are the reason codes with which an input can end (they are
/// stored in catalogues and printed by `semblance problems`); the second group concerns a whole
/// command.
enum class ErrorCode {
  // An input ended so.
  kUnsupportedFormat,
  kNotAnImage,
  kTruncated,
  kTooLarge,
  kTooManyPixels,
  kEmpty,
  kUnreadable,
  kTimeout,
  kHttpError,
  kWrongContentType,
  kDuplicateId,
  kMissingFile,
  kBadRow,
  kEmbedFailed,
  // A command ended so.
  kInvalidArgument,
  kNotFound,
  kConflict,
  kCorrupt,
  kIo,
  kUnavailable,
  kCancelled,
  kInternal,
};

/// The stable name of a code, for example "too_many_pixels".
std::string_view code_name(ErrorCode code);

/// An error that input, disk or network can cause: a value, never thrown.
/// `message` is one sentence for the user that says what to do where there is something to do.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  /// Further lines for the user, or empty: where in the user's own text the fault is, say.
  std::string details{};
};

}  // namespace semblance
