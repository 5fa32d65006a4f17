#include "source/table_source.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "source/record_mapper.h"
#include "source/table_reader.h"

namespace semblance {

namespace {

class TableSource : public Source {
 public:
  TableSource(TableReader reader, RecordMapper mapper, std::string name)
      : reader_(std::move(reader)), mapper_(std::move(mapper)), name_(std::move(name)) {
    for (const std::string& column : reader_.columns()) record_.fields.push_back({column, ""});
    const RecordRoles& roles = mapper_.roles();
    const std::string& last = reader_.columns().back();
    last_is_text_ = last != roles.id && last != roles.image && last != roles.product &&
                    last != roles.link && last != roles.more_images;
    id_column_ = *reader_.column(roles.id);
  }

  Result<std::optional<SourceEntry>> next() override {
    while (entries_.empty()) {
      Result<std::optional<TableReader::Row>> row = reader_.next();
      if (!row) return row.error();
      if (!*row) {
        SEMBLANCE_RETURN_IF_ERROR(mapper_.finish());
        return std::optional<SourceEntry>();
      }
      take(*std::move(*row));
    }
    std::optional<SourceEntry> entry = std::move(entries_.front());
    entries_.pop_front();
    return entry;
  }

 private:
  void take(TableReader::Row row) {
    record_.place = name_ + ':' + std::to_string(row.line);
    if (row.joined && !row.problem && !last_is_text_) {
      row.problem = Error{ErrorCode::kBadRow, "the row has more fields than the header"};
    }
    if (row.problem) {
      SourceEntry entry;
      if (id_column_ < row.fields.size())
        entry.id = row.fields[id_column_].substr(0, kShownIdBytes);
      entry.place = record_.place;
      entry.problem = std::move(row.problem);
      entries_.push_back(std::move(entry));
      return;
    }
    std::vector<std::string>& values = row.bytes.empty() ? row.fields : row.bytes;
    for (std::size_t i = 0; i < values.size(); ++i) record_.fields[i].value = std::move(values[i]);
    mapper_.map(record_, nullptr, entries_);
  }

  static constexpr std::size_t kShownIdBytes = 200;

  TableReader reader_;
  RecordMapper mapper_;
  std::string name_;  // of the file, for messages
  std::size_t id_column_ = 0;
  bool last_is_text_ = true;  // surplus fields may be joined to the last column
  Record record_;
  std::deque<SourceEntry> entries_;
};

bool has_column(const TableReader& reader, std::string_view name) {
  const auto& columns = reader.columns();
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

/// A feed in the form of a table is known by the columns that every feed has.
bool looks_like_feed(const TableReader& reader) {
  return has_column(reader, "id") && has_column(reader, "image_link") &&
         (has_column(reader, "link") || has_column(reader, "title"));
}

}  // namespace

Result<std::unique_ptr<Source>> open_table_source(const std::filesystem::path& file,
                                                  const SourceOptions& options, TableKind kind) {
  const std::optional<char> separator =
      kind == TableKind::kTsv ? std::optional('\t') : std::nullopt;
  Result<TableReader> reader = TableReader::open(file, separator);
  if (!reader) return reader.error();
  for (const std::string* name :
       {&options.id_column, &options.image_column, &options.product_column}) {
    if (name->empty()) continue;
    if (const auto column = reader->column(*name); !column) return column.error();
  }
  RecordRoles roles = guess_roles(reader->columns(), options);
  if (roles.id.empty()) roles.id = reader->columns().front();

  Result<PhotoFinder> finder = PhotoFinder::beside(file, options.images);
  if (!finder) return finder.error();
  RecordMapper::Traits traits;
  traits.splits_prices = kind == TableKind::kFeed || looks_like_feed(*reader);
  traits.photos_named_by_id = true;
  Result<RecordMapper> mapper = RecordMapper::create(options, *std::move(finder), traits);
  if (!mapper) return mapper.error();
  for (const std::string& name : mapper->asked_names()) {
    if (const auto column = reader->column(name); !column) return column.error();
  }
  mapper->fix_roles(std::move(roles));
  return std::unique_ptr<Source>(std::make_unique<TableSource>(
      *std::move(reader), *std::move(mapper), to_utf8(file.native())));
}

}  // namespace semblance
