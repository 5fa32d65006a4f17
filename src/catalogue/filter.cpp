#include "catalogue/filter.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "base/utf8.h"

namespace semblance {

namespace {

constexpr std::size_t kExcerptColumns = 72;

struct Token {
  enum class Kind { kWord, kQuoted, kSymbol, kEnd };
  Kind kind = Kind::kEnd;
  std::size_t offset = 0;
  std::string text;  // without quotes
};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && !is_space(c)) || c == 0x7f;
}

bool ends_word(char c) {
  return is_space(c) || is_control(c) ||
         std::string_view("()<>=!,'\"").find(c) != std::string::npos;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool is_keyword(const Token& token, std::string_view keyword) {
  return token.kind == Token::Kind::kWord && equal_ignoring_case(token.text, keyword);
}

bool is_any_keyword(const Token& token) {
  constexpr std::string_view kKeywords[] = {"AND", "OR", "NOT", "IN", "HAS"};
  return std::any_of(std::begin(kKeywords), std::end(kKeywords),
                     [&](std::string_view keyword) { return is_keyword(token, keyword); });
}

bool is_symbol(const Token& token, std::string_view symbol) {
  return token.kind == Token::Kind::kSymbol && token.text == symbol;
}

std::optional<Comparison> comparison_of(const Token& token) {
  constexpr std::pair<std::string_view, Comparison> kOperators[] = {
      {"=", Comparison::kEqual},     {"==", Comparison::kEqual},
      {"!=", Comparison::kNotEqual}, {"<>", Comparison::kNotEqual},
      {"<", Comparison::kLess},      {"<=", Comparison::kLessEqual},
      {">", Comparison::kGreater},   {">=", Comparison::kGreaterEqual},
  };
  for (const auto& [symbol, comparison] : kOperators) {
    if (is_symbol(token, symbol)) return comparison;
  }
  return std::nullopt;
}

FilterValue value_of(const Token& token) {
  FilterValue value;
  value.text = token.text;
  if (token.kind == Token::Kind::kQuoted) return value;
  const char* const end = token.text.data() + token.text.size();
  double number = 0;
  const auto [read, error] = std::from_chars(token.text.data(), end, number);
  if (error == std::errc() && read == end && std::isfinite(number)) {
    value.kind = FilterValue::Kind::kNumber;
    value.number = number;
  } else if (equal_ignoring_case(token.text, "true") || equal_ignoring_case(token.text, "false")) {
    value.kind = FilterValue::Kind::kBoolean;
    value.boolean = token.text.size() == 4;
  }
  return value;
}

/// "'AND'", or what else describes a token in a message.
std::string found(const Token& token) {
  constexpr std::size_t kLongest = 40;
  if (token.kind == Token::Kind::kEnd) return "the end";
  std::string text = token.text;
  if (text.size() > kLongest) {
    text.resize(kLongest);
    while (!is_utf8(text)) text.pop_back();  // cut inside a character
    text += "..";
  }
  return "'" + text + "'";
}

/// Takes the text apart and builds the tree, one function for each rule of the grammar.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Filter> parse() {
    SEMBLANCE_RETURN_IF_ERROR(advance());
    Result<FilterNode> root = parse_or();
    if (!root) return root.error();
    if (is_symbol(token_, ")")) return fail("this ')' has no '(' before it");
    if (token_.kind != Token::Kind::kEnd) return fail(after_comparison());
    return Filter{std::string(text_), *std::move(root)};
  }

 private:
  using Rule = Result<FilterNode> (Parser::*)();

  [[nodiscard]] Error fail(std::string_view what) const {
    return filter_error(text_, token_.offset, what);
  }

  [[nodiscard]] std::string after_comparison() const {
    std::string what = "expected AND, OR or the end, found " + found(token_);
    if (previous_is_value_ && token_.kind == Token::Kind::kWord) {
      what += "; a value with spaces stands in quotes: 'Navy Blue'";
    }
    return what;
  }

  /// Reads the next token.
  Status advance() {
    while (next_ < text_.size() && is_space(text_[next_])) ++next_;
    token_ = {};
    token_.offset = next_;
    if (next_ == text_.size()) return {};
    const char c = text_[next_];
    if (c == '\'' || c == '"') return read_quoted(c);
    if (is_control(c)) return fail("a control character");
    if (!ends_word(c)) {
      token_.kind = Token::Kind::kWord;
      while (next_ < text_.size() && !ends_word(text_[next_])) token_.text += text_[next_++];
      return {};
    }
    token_.kind = Token::Kind::kSymbol;
    const std::string_view two = text_.substr(next_, 2);
    const bool pair = two == "==" || two == "!=" || two == "<>" || two == "<=" || two == ">=";
    token_.text = text_.substr(next_, pair ? 2 : 1);
    next_ += token_.text.size();
    if (token_.text == "!") return fail("expected '!='; the opposite of a comparison is NOT");
    return {};
  }

  Status read_quoted(char quote) {
    token_.kind = Token::Kind::kQuoted;
    for (std::size_t i = next_ + 1; i < text_.size(); ++i) {
      if (text_[i] == quote) {
        if (i + 1 == text_.size() || text_[i + 1] != quote) {
          next_ = i + 1;
          return {};
        }
        ++i;  // a doubled quote stands for one
      }
      token_.text += text_[i];
    }
    return fail("this quote is not closed");
  }

  /// operand { keyword operand }
  Result<FilterNode> parse_list(std::string_view keyword, FilterNode::Kind kind, Rule operand) {
    Result<FilterNode> first = (this->*operand)();
    if (!first || !is_keyword(token_, keyword)) return first;
    FilterNode list;
    list.kind = kind;
    list.children.push_back(*std::move(first));
    while (is_keyword(token_, keyword)) {
      SEMBLANCE_RETURN_IF_ERROR(advance());
      Result<FilterNode> next = (this->*operand)();
      if (!next) return next;
      list.children.push_back(*std::move(next));
    }
    return list;
  }

  Result<FilterNode> parse_or() {
    return parse_list("OR", FilterNode::Kind::kOr, &Parser::parse_and);
  }

  Result<FilterNode> parse_and() {
    return parse_list("AND", FilterNode::Kind::kAnd, &Parser::parse_not);
  }

  Result<FilterNode> parse_not() {
    const bool negated = is_keyword(token_, "NOT");
    if (!negated && !is_symbol(token_, "(")) return parse_comparison();
    if (++depth_ > kMaxFilterDepth) {
      return fail("parentheses and NOTs may be " + std::to_string(kMaxFilterDepth) + " deep");
    }
    const std::size_t opened = token_.offset;
    SEMBLANCE_RETURN_IF_ERROR(advance());
    Result<FilterNode> inner = negated ? parse_not() : parse_or();
    if (!inner) return inner;
    --depth_;
    if (negated) {
      FilterNode node;
      node.kind = FilterNode::Kind::kNot;
      node.children.push_back(*std::move(inner));
      return node;
    }
    if (token_.kind == Token::Kind::kEnd) {
      return filter_error(text_, opened, "this '(' is not closed");
    }
    if (!is_symbol(token_, ")")) return fail("expected AND, OR or ')', found " + found(token_));
    previous_is_value_ = false;
    SEMBLANCE_RETURN_IF_ERROR(advance());
    return inner;
  }

  Result<FilterNode> parse_comparison() {
    if (++comparisons_ > kMaxFilterComparisons) {
      return fail("a filter may have " + std::to_string(kMaxFilterComparisons) +
                  " comparisons; put many values of one attribute into IN (...)");
    }
    FilterNode node;
    const bool has = is_keyword(token_, "HAS");
    if (has) SEMBLANCE_RETURN_IF_ERROR(advance());
    SEMBLANCE_RETURN_IF_ERROR(read_name(node));
    previous_is_value_ = false;
    if (has) return node;
    if (const std::optional<Comparison> comparison = comparison_of(token_)) {
      node.comparison = *comparison;
      const std::string after = "after '" + token_.text + "'";
      SEMBLANCE_RETURN_IF_ERROR(advance());
      SEMBLANCE_RETURN_IF_ERROR(read_value(node, after));
      return node;
    }
    node.comparison = Comparison::kIn;
    if (is_keyword(token_, "NOT")) {
      node.comparison = Comparison::kNotIn;
      SEMBLANCE_RETURN_IF_ERROR(advance());
    }
    if (!is_keyword(token_, "IN")) {
      return fail(node.comparison == Comparison::kNotIn
                      ? "expected IN after NOT, found " + found(token_)
                      : "expected =, !=, <, <=, >, >= or IN after '" + node.name + "', found " +
                            found(token_));
    }
    SEMBLANCE_RETURN_IF_ERROR(read_list(node));
    return node;
  }

  Status read_name(FilterNode& node) {
    const bool quoted = token_.kind == Token::Kind::kQuoted;
    if ((token_.kind != Token::Kind::kWord && !quoted) || is_any_keyword(token_)) {
      return fail("expected the name of an attribute, found " + found(token_));
    }
    node.name = token_.text;
    node.name_offset = token_.offset;
    return advance();
  }

  /// "IN" has been seen, but is the current token still.
  Status read_list(FilterNode& node) {
    SEMBLANCE_RETURN_IF_ERROR(advance());
    if (!is_symbol(token_, "(")) return fail("expected '(' after IN, found " + found(token_));
    std::string after = "after '('";
    do {
      SEMBLANCE_RETURN_IF_ERROR(advance());
      SEMBLANCE_RETURN_IF_ERROR(read_value(node, after));
      after = "after ','";
    } while (is_symbol(token_, ","));
    if (!is_symbol(token_, ")")) return fail("expected ',' or ')', found " + found(token_));
    previous_is_value_ = false;
    return advance();
  }

  Status read_value(FilterNode& node, const std::string& after) {
    if (is_any_keyword(token_)) {
      return fail("expected a value " + after + ", found the keyword " + found(token_) +
                  "; in quotes it is a value");
    }
    if (token_.kind != Token::Kind::kWord && token_.kind != Token::Kind::kQuoted) {
      return fail("expected a value " + after +
                  (token_.kind == Token::Kind::kEnd ? "" : ", found " + found(token_)));
    }
    node.values.push_back(value_of(token_));
    const bool ordered =
        node.comparison >= Comparison::kLess && node.comparison <= Comparison::kGreaterEqual;
    if (ordered && node.values.back().kind == FilterValue::Kind::kBoolean) {
      return fail("true and false have no order; use = or !=");
    }
    previous_is_value_ = true;
    return advance();
  }

  std::string_view text_;
  std::size_t next_ = 0;  // the first byte behind token_
  Token token_;
  int depth_ = 0;
  int comparisons_ = 0;
  bool previous_is_value_ = false;  // token_ follows a value
};

}  // namespace

Error filter_error(std::string_view text, std::size_t offset, std::string_view what) {
  // Characters, so that the caret stands right below accents, too.
  std::vector<std::string> characters;
  std::size_t at = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool continues = (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
    if (i == offset) at = characters.size();
    if (continues && !characters.empty()) {
      characters.back() += text[i];
    } else {
      const bool shown = !is_control(text[i]) && !is_space(text[i]);
      characters.emplace_back(1, shown ? text[i] : ' ');
    }
  }
  if (offset >= text.size()) at = characters.size();

  const std::size_t first = at > kExcerptColumns / 2 ? at - kExcerptColumns / 2 : 0;
  const std::size_t last = std::min(characters.size(), first + kExcerptColumns);
  std::string excerpt = first > 0 ? ".." : "";
  const std::size_t caret = excerpt.size() + at - first;
  for (std::size_t i = first; i < last; ++i) excerpt += characters[i];
  if (last < characters.size()) excerpt += "..";
  return Error{ErrorCode::kInvalidArgument,
               "column " + std::to_string(at + 1) + ": " + std::string(what),
               to_utf8(excerpt) + "\n" + std::string(caret, ' ') + "^"};
}

Result<Filter> parse_filter(std::string_view text) {
  if (text.size() > kMaxFilterBytes) {
    return Error{ErrorCode::kInvalidArgument,
                 "a filter may have " + std::to_string(kMaxFilterBytes) + " bytes; this has " +
                     std::to_string(text.size())};
  }
  // So that messages can be passed on as text everywhere.
  if (!is_utf8(text)) {
    return Error{ErrorCode::kInvalidArgument,
                 "the filter is not valid UTF-8: " + to_utf8(text.substr(0, 80))};
  }
  return Parser(text).parse();
}

Error unknown_filter_name(const Filter& filter, const FilterNode& comparison,
                          std::span<const std::string> attribute_names) {
  constexpr std::size_t kMostNames = 40;
  std::string what =
      "no attribute '" + comparison.name + "' in this collection; there are: id, product";
  const std::size_t shown = std::min(kMostNames, attribute_names.size());
  for (const std::string& name : attribute_names.first(shown)) what += ", " + name;
  if (shown < attribute_names.size()) {
    what += ", and " + std::to_string(attribute_names.size() - shown) + " more";
  }
  return filter_error(filter.text, comparison.name_offset, what);
}

}  // namespace semblance
