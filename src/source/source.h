#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "catalogue/attributes.h"

namespace semblance {

/// What a source says of one input. Its photo is a file (`path`) or an address (`url`), never both;
/// an entry with a `problem` may have neither.
struct SourceEntry {
  std::string id;              ///< UTF-8; unique in a well-behaved source
  std::string product;         ///< empty: the item is its own product
  std::filesystem::path path;  ///< absolute; bytes as the file system gives them
  std::string url;             ///< address of the photo: http or https, no spaces, ASCII
  std::string link;            ///< address of the page that sells the product, as the source has it
  std::string place;           ///< where the entry stands, for messages: a path, or file:line
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;
  /// Nothing where this kind of source never has attributes (a folder), so that attributes from
  /// elsewhere are kept. UTF-8, names unique, no empty values.
  std::optional<Attributes> attributes;
  /// Set when the source itself cannot offer the input (a folder without permission, say).
  std::optional<Error> problem;
};

/// Where items come from, one at a time and in flat memory.
class Source {
 public:
  virtual ~Source() = default;
  /// The next input, or nothing at the end. An error ends the run (the source as a whole cannot be
  /// read); trouble with one input is an entry with a `problem`.
  virtual Result<std::optional<SourceEntry>> next() = 0;
};

/// Are these bytes valid UTF-8?
bool is_utf8(std::string_view bytes);

/// A file name or path as UTF-8: bytes that are not valid UTF-8 appear as \xHH.
std::string to_utf8(std::string_view bytes);

}  // namespace semblance
