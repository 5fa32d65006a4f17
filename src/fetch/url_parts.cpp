#include "fetch/url_parts.h"

#include <algorithm>
#include <memory>

#include "fetch/curl_library.h"

namespace semblance {

namespace {

constexpr std::size_t kMaxLength = 8192;
constexpr std::size_t kQuotedLength = 200;

Error bad_address(std::string_view text) {
  std::string quoted(text.substr(0, kQuotedLength));
  if (text.size() > kQuotedLength) quoted += "...";
  return {ErrorCode::kBadRow, "'" + quoted + "' is not an http or https address"};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string part_of(const CurlLibrary& curl, CURLU* url, CURLUPart what) {
  char* part = nullptr;
  if (curl.curl_url_get(url, what, &part, 0) != CURLUE_OK) return {};
  std::string text(part);
  curl.curl_free(part);
  return text;
}

}  // namespace

Result<WebAddress> parse_web_address(const CurlLibrary& curl, std::string_view text) {
  text = trimmed(text);
  // A NUL would end the address early for libcurl only.
  if (text.size() > kMaxLength || text.find('\0') != std::string_view::npos) {
    return bad_address(text);
  }
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl.curl_url(), curl.curl_url_cleanup);
  if (!url || curl.curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(),
                                CURLU_URLENCODE | CURLU_ALLOW_SPACE) != CURLUE_OK) {
    return bad_address(text);
  }
  const std::string scheme = part_of(curl, url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return bad_address(text);
  curl.curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  WebAddress address;
  address.url = part_of(curl, url.get(), CURLUPART_URL);
  address.host = part_of(curl, url.get(), CURLUPART_HOST);
  if (address.url.empty() || address.host.empty()) return bad_address(text);
  std::transform(address.host.begin(), address.host.end(), address.host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return address;
}

}  // namespace semblance
