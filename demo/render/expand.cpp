#include "render/expand.h"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <sstream>

namespace semblance::demo {
namespace {

// Fragments may include fragments; deeper than this is a circle.
constexpr int kMaxDepth = 8;

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  return text;
}

Error placeholder_error(std::string_view placeholder, std::string_view what) {
  return {ErrorCode::kInvalidArgument,
          "placeholder {{" + std::string(placeholder) + "}}: " + std::string(what)};
}

bool starts_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool continues_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string format_number(double value) {
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%.2f", value);
  std::string text = digits.data();
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

// Recursive descent: sum := product (('+'|'-') product)*, product := atom (('*'|'/') atom)*.
class Arithmetic {
 public:
  Arithmetic(std::string_view text, const Variables& variables)
      : text_(text), variables_(variables) {}

  std::optional<double> evaluate() {
    const double value = sum();
    skip_spaces();
    if (failed_ || position_ != text_.size() || !std::isfinite(value)) return std::nullopt;
    return value;
  }

 private:
  void skip_spaces() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  }

  bool take(char wanted) {
    skip_spaces();
    if (position_ >= text_.size() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }

  double sum() {
    double value = product();
    while (!failed_) {
      if (take('+')) {
        value += product();
      } else if (take('-')) {
        value -= product();
      } else {
        break;
      }
    }
    return value;
  }

  double product() {
    double value = atom();
    while (!failed_) {
      if (take('*')) {
        value *= atom();
      } else if (take('/')) {
        value /= atom();
      } else {
        break;
      }
    }
    return value;
  }

  double atom() {
    if (depth_ > 32) failed_ = true;
    if (failed_) return 0;
    if (take('-')) {
      ++depth_;
      const double value = -atom();
      --depth_;
      return value;
    }
    if (take('(')) {
      ++depth_;
      const double value = sum();
      --depth_;
      if (!take(')')) failed_ = true;
      return value;
    }
    skip_spaces();
    return position_ < text_.size() && starts_name(text_[position_]) ? name() : number();
  }

  double name() {
    const std::size_t start = position_;
    while (position_ < text_.size() && continues_name(text_[position_])) ++position_;
    const auto found = variables_.numbers.find(text_.substr(start, position_ - start));
    if (found != variables_.numbers.end()) return found->second;
    failed_ = true;
    return 0;
  }

  double number() {
    double value = 0;
    const char* const begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc()) failed_ = true;
    position_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  std::string_view text_;
  const Variables& variables_;
  std::size_t position_ = 0;
  int depth_ = 0;
  bool failed_ = false;
};

Result<std::string> value_of(std::string_view placeholder, const Variables& variables) {
  const std::size_t bar = placeholder.find('|');
  const std::string_view expression = trim(placeholder.substr(0, bar));
  if (const auto found = variables.texts.find(expression); found != variables.texts.end()) {
    return found->second;
  }
  if (const auto value = Arithmetic(expression, variables).evaluate()) return format_number(*value);
  if (bar != std::string_view::npos) return std::string(trim(placeholder.substr(bar + 1)));
  return placeholder_error(placeholder, "no such variable, or not arithmetic");
}

// Only a number as such: "shell" stays a text even where a variable has that name.
std::optional<double> literal_number(std::string_view text) {
  const Variables none;
  return Arithmetic(text, none).evaluate();
}

class Expander {
 public:
  explicit Expander(const Fragments& fragments) : fragments_(fragments) {}

  Result<std::string> expand(std::string_view text, const Variables& variables) {
    std::string output;
    output.reserve(text.size() * 2);
    while (true) {
      const std::size_t open = text.find("{{");
      output += text.substr(0, open);
      if (open == std::string_view::npos) return output;
      const std::size_t close = text.find("}}", open);
      if (close == std::string_view::npos) {
        return placeholder_error(text.substr(open + 2, 20), "never closed");
      }
      const std::string_view placeholder = trim(text.substr(open + 2, close - open - 2));
      text.remove_prefix(close + 2);
      if (placeholder.empty()) return placeholder_error(placeholder, "is empty");
      auto piece = placeholder.front() == '>'   ? fragment(placeholder, variables)
                   : placeholder.front() == '#' ? section(placeholder, text, variables)
                   : placeholder.front() == '^' ? section(placeholder, text, variables)
                                                : value_of(placeholder, variables);
      if (!piece) return piece;
      output += *piece;
    }
  }

 private:
  // Takes the section's body off the front of `rest`.
  Result<std::string> section(std::string_view placeholder, std::string_view& rest,
                              const Variables& variables) {
    const std::string_view name = trim(placeholder.substr(1));
    const std::string end = "{{/" + std::string(name) + "}}";
    const std::size_t length = rest.find(end);
    if (length == std::string_view::npos) return placeholder_error(placeholder, "has no end");
    const std::string_view body = rest.substr(0, length);
    rest.remove_prefix(length + end.size());
    const auto found = variables.numbers.find(name);
    const bool holds = found != variables.numbers.end() && found->second != 0;
    if (holds != (placeholder.front() == '#')) return std::string();
    return expand(body, variables);
  }

  Result<std::string> fragment(std::string_view placeholder, Variables variables) {
    std::istringstream words{std::string(placeholder.substr(1))};
    std::string name;
    words >> name;
    const auto found = fragments_.find(name);
    if (found == fragments_.end()) return placeholder_error(placeholder, "no such part");
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) return placeholder_error(placeholder, "expected name=value");
      const std::string key = word.substr(0, equals);
      const std::string value = word.substr(equals + 1);
      variables.texts.erase(key);
      if (value.starts_with('$')) {
        auto text = value_of(std::string_view(value).substr(1), variables);
        if (!text) return text;
        variables.texts[key] = *text;
      } else if (const auto number = literal_number(value)) {
        variables.numbers[key] = *number;
      } else {
        variables.texts[key] = value;
      }
    }
    if (++depth_ > kMaxDepth) return placeholder_error(placeholder, "parts include each other");
    auto text = expand(found->second, variables);
    --depth_;
    return text;
  }

  const Fragments& fragments_;
  int depth_ = 0;
};

}  // namespace

Result<std::string> expand(std::string_view text, const Variables& variables,
                           const Fragments& fragments) {
  return Expander(fragments).expand(text, variables);
}

}  // namespace semblance::demo
