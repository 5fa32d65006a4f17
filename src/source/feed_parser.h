#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "catalogue/attributes.h"

namespace semblance {

/// One product of a feed.
struct FeedItem {
  std::int64_t line = 0;  ///< where it begins
  /// Element names without prefix, in the feed's order; a name may come again. What stands inside
  /// an element has both names: shipping_country.
  Attributes fields;
  std::optional<Error> problem;  ///< kBadRow: far too much text or far too many elements
};

/// Reads the <item> (RSS 1 and 2) or <entry> (Atom) elements of a product feed in flat memory.
/// Elements of Google's namespace, however it is called, win over plain ones of the same name (an
/// Atom <id> is not the product's); those of other namespaces are ignored.
/// The feed cannot harm: a document type that declares entities is refused (they could refer to
/// other files or grow without end), nesting and sizes are limited, and nothing else is ever
/// opened. HTML's named entities (&nbsp;), which are none in XML, become their characters where
/// common.
class FeedParser {
 public:
  /// Errors: kMissingFile, kUnreadable.
  static Result<FeedParser> open(const std::filesystem::path& path);
  FeedParser(FeedParser&&) noexcept;
  FeedParser& operator=(FeedParser&&) noexcept;
  FeedParser(const FeedParser&) = delete;
  FeedParser& operator=(const FeedParser&) = delete;
  ~FeedParser();

  /// The next item, or nothing at the end. Errors: kCorrupt, with the line, when it is not XML (cut
  /// off, say: taking the rest for removed would be wrong), kInvalidArgument when it is no feed.
  Result<std::optional<FeedItem>> next();

 private:
  struct State;
  explicit FeedParser(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace semblance
