#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/attributes.h"
#include "source/photo_finder.h"
#include "source/source.h"
#include "source/source_options.h"
#include "source/web_address.h"

namespace semblance {

/// Which of a record's names mean what; an empty one means that none does.
struct RecordRoles {
  std::string id;
  std::string image;
  std::string more_images;  ///< further photos of the same thing, with commas between them
  std::string product;
  std::string link;
};

/// Guesses what the names of a record (columns, elements, keys) mean, by their usual spellings in
/// any case and with any of space, '_', '-', '.', ':' inside. What `options` name is taken as it
/// is. Without a usual name for the id, it is the image's.
RecordRoles guess_roles(const std::vector<std::string>& names, const SourceOptions& options);

/// One thing as a table, feed or list describes it: names with values, bytes as they came. A name
/// may come again with a further value.
struct Record {
  Attributes fields;
  std::string place;  ///< file:line, for messages
};

/// Makes entries of records, for every source that has records.
class RecordMapper {
 public:
  struct Traits {
    /// Prices such as "15.00 USD" become a number and `price_currency`.
    bool splits_prices = false;
    /// A record without an image role has the photo that is named by its id.
    bool photos_named_by_id = false;
  };

  /// Errors: kInvalidArgument for a `where` that is not NAME=VALUE.
  static Result<RecordMapper> create(const SourceOptions& options, PhotoFinder finder,
                                     Traits traits);

  /// For records that all have the same names; else roles are guessed for each record.
  void fix_roles(RecordRoles roles);
  [[nodiscard]] const RecordRoles& roles() const { return roles_; }
  /// The names that `where` asks for.
  [[nodiscard]] std::vector<std::string> asked_names() const;

  /// For records without an id: adds their addresses, of which ids will be made.
  void note_addresses(const Record& record, AddressIds& ids);

  /// Appends an entry for every photo of the record, ids `ID`, `ID#2`, `ID#3`, ...; one with a
  /// `problem` where something is wrong; none where a `where` does not hold. `address_ids` makes
  /// the ids of records that have none.
  void map(const Record& record, const AddressIds* address_ids, std::deque<SourceEntry>& entries);

  /// At the end of the source. Errors: kInvalidArgument when no record had a name that `where` asks
  /// for: it is probably misspelt.
  [[nodiscard]] Status finish() const;

 private:
  struct Condition {
    std::string name;
    std::string value;
    bool name_seen = false;
  };
  struct Parts;  // a record's fields, told apart

  RecordMapper(const SourceOptions& options, PhotoFinder finder, Traits traits)
      : options_(options), finder_(std::move(finder)), traits_(traits) {}
  bool holds(const Record& record);
  void update_roles(const Record& record);
  [[nodiscard]] bool ids_are_made() const;
  [[nodiscard]] Parts tell_apart(const Record& record) const;
  [[nodiscard]] Attributes attributes_of(const Record& record) const;
  [[nodiscard]] bool is_role(std::string_view name) const;

  SourceOptions options_;
  PhotoFinder finder_;
  Traits traits_;
  std::vector<Condition> conditions_;
  bool roles_fixed_ = false;
  RecordRoles roles_;
  std::vector<std::string> names_;  // for which roles_ were guessed
  bool any_record_ = false;
};

}  // namespace semblance
