#include "source/web_address.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include "source/source.h"

namespace semblance {

namespace {

constexpr char kDigits[] = "0123456789ABCDEF";

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::equal(lower_case.begin(), lower_case.end(), text.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

// Length of the scheme with "://", or 0.
std::size_t scheme_length(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos) return 0;
  if (!text.substr(colon).starts_with("://")) return 0;
  const bool plain = std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '+'; });
  return plain ? colon + 3 : 0;
}

std::string_view without_spaces_around(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

int digit_value(char digit) {
  const std::size_t value =
      std::string_view(kDigits, 16)
          .find(static_cast<char>(std::toupper(static_cast<unsigned char>(digit))));
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit_value(text[i + 1]) : -1;
    const int low = high >= 0 ? digit_value(text[i + 2]) : -1;
    if (low >= 0 && high + low > 0) {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

}  // namespace

bool is_web_address(std::string_view text) {
  text = without_spaces_around(text);
  if (text.starts_with("//")) return text.size() > 2 && text[2] != '/';
  return starts_with_ignoring_case(text, "http://") || starts_with_ignoring_case(text, "https://");
}

bool is_foreign_address(std::string_view text) {
  return !is_web_address(text) && scheme_length(without_spaces_around(text)) > 0;
}

std::string clean_web_address(std::string_view text) {
  text = without_spaces_around(text);
  std::string address = text.starts_with("//") ? "https:" : "";
  constexpr std::string_view kForbidden = "\"<>\\^`{|}";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte > 0x20 && byte < 0x7F && kForbidden.find(character) == std::string_view::npos) {
      address += character;
      continue;
    }
    address += '%';
    address += kDigits[byte >> 4];
    address += kDigits[byte & 15];
  }
  return address;
}

std::string last_path_segment(std::string_view address) {
  address.remove_prefix(scheme_length(address));
  address = address.substr(0, address.find_first_of("?#"));
  while (address.ends_with('/')) address.remove_suffix(1);
  const std::size_t slash = address.rfind('/');
  if (slash == std::string_view::npos) return {};  // only a host
  return to_utf8(percent_decoded(address.substr(slash + 1)));
}

void AddressIds::add(std::string_view address) {
  seen_.push_back({std::hash<std::string>()(last_path_segment(address)),
                   std::hash<std::string_view>()(address)});
}

void AddressIds::freeze() {
  std::sort(seen_.begin(), seen_.end());
  for (std::size_t i = 1; i < seen_.size(); ++i) {
    const bool shared =
        seen_[i].segment == seen_[i - 1].segment && seen_[i].address != seen_[i - 1].address;
    if (shared && (shared_.empty() || shared_.back() != seen_[i].segment)) {
      shared_.push_back(seen_[i].segment);
    }
  }
  seen_ = {};
}

std::string AddressIds::id_of(std::string_view address) const {
  std::string segment = last_path_segment(address);
  const bool shared =
      std::binary_search(shared_.begin(), shared_.end(), std::hash<std::string>()(segment));
  if (segment.empty() || shared) return std::string(address);
  return segment;
}

}  // namespace semblance
