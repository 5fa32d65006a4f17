// libFuzzer: whatever a form's bytes are, parse_multipart returns, its parts lie in the bytes in
// their order, and its errors are text that can be shown. The first line is the Content-Type.
//   fuzz_multipart WORK_FOLDER tests/fuzz/corpus/multipart

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.h"
#include "http/multipart.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using semblance::ErrorCode;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t line = all.find('\n');
  const std::string_view type = all.substr(0, line);
  const std::string_view body =
      line == std::string_view::npos ? std::string_view() : all.substr(line + 1);
  const semblance::http::MultipartLimits limits{8, 256};
  const auto parts = semblance::http::parse_multipart(type, body, limits);
  if (!parts) {
    const ErrorCode code = parts.error().code;
    if (code != ErrorCode::kInvalidArgument && code != ErrorCode::kTooLarge) std::abort();
    if (parts.error().message.empty() || !semblance::is_utf8(parts.error().message)) std::abort();
    return 0;
  }
  if (!semblance::http::is_multipart_form(type) || parts->size() > limits.max_parts) std::abort();
  const char* from = body.data();
  for (const semblance::http::Part& part : *parts) {
    const char* end = part.bytes.data() + part.bytes.size();
    if (part.bytes.data() < from || end > body.data() + body.size()) std::abort();
    if (!semblance::is_utf8(part.name) || !semblance::is_utf8(part.filename.value_or("")) ||
        !semblance::is_utf8(part.content_type)) {
      std::abort();
    }
    from = end;
  }
  return 0;
}
