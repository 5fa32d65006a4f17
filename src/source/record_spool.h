#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalogue/attributes.h"
#include "catalogue/database.h"

namespace semblance {

/// Records put aside in a temporary database that the system removes by itself: millions of them
/// need no memory. Annotations are further fields of records, named by a key, that may come before
/// or behind them.
class RecordSpool {
 public:
  struct Record {
    std::int64_t line = 0;
    Attributes fields;  ///< its own and, behind them, those of its annotations, in order
    std::string problem;
  };

  /// Errors: kIo.
  static Result<RecordSpool> create();

  /// `key`: by which annotations name it; may be empty. `problem`: why it cannot be used, or "".
  /// Errors: kIo (disk full).
  Status add_record(std::int64_t line, std::string_view key, const Attributes& fields,
                    std::string_view problem);
  Status add_annotation(std::string_view key, const Attributes& fields);

  /// Between adding and reading.
  Status finish_adding();
  /// The records, in the order in which they were added.
  Result<std::optional<Record>> next();

 private:
  explicit RecordSpool(Database database) : database_(std::move(database)) {}

  Database database_;  // before its statements
  Statement insert_record_;
  Statement insert_annotation_;
  Statement records_;
  Statement annotations_;
  bool has_annotations_ = false;
  bool at_end_ = false;
};

}  // namespace semblance
