#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace semblance {

/// The lines before the body of an HTTP answer, as far as a download needs them.
class ResponseHead {
 public:
  /// One line as it came; a status line starts over (100 Continue, a proxy's own answer).
  void add_line(std::string_view line);

  int status = 0;  ///< 0: none came
  std::string etag;
  std::string last_modified;
  std::string date;
  std::string content_type;  ///< lower case, without parameters
  std::optional<std::uint64_t> content_length;
  std::optional<std::uint64_t> range_first;  ///< Content-Range: bytes FIRST-.../TOTAL
  std::optional<std::uint64_t> range_total;
  bool encoded = false;  ///< the body is compressed on the way
  bool chunked = false;

 private:
  void add_content_range(std::string_view value);
};

/// "404 Not Found", with the name where it is a usual one.
std::string status_text(int status);

/// Whether these first bytes can begin a picture. `complete`: there are no more. Errors: kEmpty,
/// kWrongContentType (a page, JSON or other text), kNotAnImage.
Status check_is_picture(std::span<const std::byte> bytes, std::string_view content_type,
                        bool complete);

/// More is never needed for check_is_picture.
inline constexpr std::size_t kBytesToTellPicture = 512;

}  // namespace semblance
