#include "source/json_source.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "source/json_records.h"
#include "source/record_mapper.h"
#include "source/record_spool.h"

namespace semblance {

namespace {

constexpr std::string_view kAnnotationKey = "image_id";

std::string_view value_of(const Attributes& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Attribute& field) { return field.name == name; });
  return found == fields.end() ? std::string_view() : std::string_view(found->value);
}

class JsonSource : public Source, private JsonRecordSink {
 public:
  JsonSource(std::filesystem::path path, RecordMapper mapper)
      : path_(std::move(path)), name_(to_utf8(path_.native())), mapper_(std::move(mapper)) {}

  Result<std::optional<SourceEntry>> next() override {
    if (!spool_) SEMBLANCE_RETURN_IF_ERROR(read());
    while (entries_.empty()) {
      Result<std::optional<RecordSpool::Record>> record = spool_->next();
      if (!record) return record.error();
      if (!*record) {
        SEMBLANCE_RETURN_IF_ERROR(mapper_.finish());
        return std::optional<SourceEntry>();
      }
      take(*std::move(*record));
    }
    std::optional<SourceEntry> entry = std::move(entries_.front());
    entries_.pop_front();
    return entry;
  }

 private:
  Status read() {
    Result<RecordSpool> spool = RecordSpool::create();
    if (!spool) return spool.error();
    spool_ = *std::move(spool);
    SEMBLANCE_RETURN_IF_ERROR(read_json_records(path_, *this));
    address_ids_.freeze();
    return spool_->finish_adding();
  }

  Status record(std::int64_t line, Attributes fields, std::string problem) override {
    Record record{std::move(fields), ""};
    mapper_.note_addresses(record, address_ids_);
    std::string_view key = value_of(record.fields, kAnnotationKey);
    if (key.empty()) key = value_of(record.fields, "id");
    return spool_->add_record(line, key, record.fields, problem);
  }

  Status annotation(Attributes fields) override {
    const std::string key(value_of(fields, kAnnotationKey));
    if (key.empty()) return {};
    // The annotation's own number says nothing of the photo.
    std::erase_if(fields, [](const Attribute& field) {
      return field.name == kAnnotationKey || field.name == "id";
    });
    return spool_->add_annotation(key, fields);
  }

  void take(RecordSpool::Record record) {
    Record mapped{std::move(record.fields), name_ + ':' + std::to_string(record.line)};
    if (record.problem.empty()) return mapper_.map(mapped, &address_ids_, entries_);
    SourceEntry entry;
    entry.place = std::move(mapped.place);
    entry.problem = Error{ErrorCode::kBadRow, std::move(record.problem)};
    entries_.push_back(std::move(entry));
  }

  std::filesystem::path path_;
  std::string name_;  // for messages
  RecordMapper mapper_;
  AddressIds address_ids_;
  std::optional<RecordSpool> spool_;
  std::deque<SourceEntry> entries_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_json_source(const std::filesystem::path& file,
                                                 const SourceOptions& options) {
  Result<PhotoFinder> finder = PhotoFinder::beside(file, options.images);
  if (!finder) return finder.error();
  Result<RecordMapper> mapper = RecordMapper::create(options, *std::move(finder), {});
  if (!mapper) return mapper.error();
  return std::unique_ptr<Source>(std::make_unique<JsonSource>(file, *std::move(mapper)));
}

}  // namespace semblance
