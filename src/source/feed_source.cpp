#include "source/feed_source.h"

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "source/feed_parser.h"
#include "source/record_mapper.h"

namespace semblance {

namespace {

class FeedSource : public Source {
 public:
  FeedSource(FeedParser parser, RecordMapper mapper, std::string name)
      : parser_(std::move(parser)), mapper_(std::move(mapper)), name_(std::move(name)) {}

  Result<std::optional<SourceEntry>> next() override {
    while (entries_.empty()) {
      Result<std::optional<FeedItem>> item = parser_.next();
      if (!item) return item.error();
      if (!*item) {
        SEMBLANCE_RETURN_IF_ERROR(mapper_.finish());
        return std::optional<SourceEntry>();
      }
      take(*std::move(*item));
    }
    std::optional<SourceEntry> entry = std::move(entries_.front());
    entries_.pop_front();
    return entry;
  }

 private:
  void take(FeedItem item) {
    Record record{std::move(item.fields), name_ + ':' + std::to_string(item.line)};
    if (!item.problem) return mapper_.map(record, nullptr, entries_);
    SourceEntry entry;
    entry.place = std::move(record.place);
    entry.problem = std::move(item.problem);
    entries_.push_back(std::move(entry));
  }

  FeedParser parser_;
  RecordMapper mapper_;
  std::string name_;  // of the file, for messages
  std::deque<SourceEntry> entries_;
};

std::string chosen(const std::string& option, const char* usual) {
  return option.empty() ? usual : option;
}

}  // namespace

Result<std::unique_ptr<Source>> open_feed_source(const std::filesystem::path& file,
                                                 const SourceOptions& options) {
  Result<FeedParser> parser = FeedParser::open(file);
  if (!parser) return parser.error();
  Result<PhotoFinder> finder = PhotoFinder::beside(file, options.images);
  if (!finder) return finder.error();
  RecordMapper::Traits traits;
  traits.splits_prices = true;
  Result<RecordMapper> mapper = RecordMapper::create(options, *std::move(finder), traits);
  if (!mapper) return mapper.error();
  RecordRoles roles;
  roles.id = chosen(options.id_column, "id");
  roles.image = chosen(options.image_column, "image_link");
  roles.more_images = "additional_image_link";
  roles.product = chosen(options.product_column, "item_group_id");
  roles.link = "link";
  mapper->fix_roles(std::move(roles));
  return std::unique_ptr<Source>(
      std::make_unique<FeedSource>(*std::move(parser), *std::move(mapper), to_utf8(file.native())));
}

}  // namespace semblance
