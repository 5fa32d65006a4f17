#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace semblance {

/// How a source is to be read; everything may be left out and is then told from the source.
struct SourceOptions {
  std::string format;          ///< folder, csv, tsv, feed, urls, json; empty: told by looking
  std::string id_column;       ///< the column, element or key with the item's id
  std::string image_column;    ///< ... with the photo's path or address
  std::string product_column;  ///< ... with the product's id
  std::optional<std::filesystem::path> images;  ///< the folder in which photos are looked for
  /// "NAME=VALUE": only items with this value; all of them must hold. Not for folders and lists of
  /// bare addresses, which have no attributes.
  std::vector<std::string> where;
  /// Folders only: glob patterns of what is left out. One with a slash is compared with the path
  /// below the folder, one without with each name; a folder that fits is left out whole.
  std::vector<std::string> excludes;
  /// Folders that are never looked into, wherever they are met; they need not exist.
  std::vector<std::filesystem::path> left_out;
};

}  // namespace semblance
