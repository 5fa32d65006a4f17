#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "catalogue/attributes.h"

namespace semblance {

/// Takes what read_json_records() finds; an error stops the reading.
class JsonRecordSink {
 public:
  virtual ~JsonRecordSink() = default;
  /// `line`: where the record begins. `problem`: why it cannot be used, or empty.
  virtual Status record(std::int64_t line, Attributes fields, std::string problem) = 0;
  virtual Status annotation(Attributes fields) = 0;
};

/// Reads lists of records in JSON, in flat memory:
///  - an array of objects, or of texts (which become records with a `url`);
///  - an object with such an array under "images" (or items, products, photos, data, records,
///    results, entries, urls) and perhaps an array "annotations" before or behind it;
///  - objects one after the other, such as one a line.
/// Values are text as the file spells them. An array's values are fields of the same name; inside
/// an object both names count: {"size":{"eu":42}} is size_eu. null is no value.
/// Errors: kMissingFile, kUnreadable, kCorrupt with the line (not JSON, cut off, nested beyond 64),
/// those of the sink.
Status read_json_records(const std::filesystem::path& path, JsonRecordSink& sink);

}  // namespace semblance
