#include "remote/stand_in.h"

#include <algorithm>
#include <array>
#include <utility>

#include "catalogue/item_writer.h"
#include "catalogue/path_bytes.h"

namespace semblance::remote {

namespace {

constexpr int kItemsATransaction = 10'000;

Json items_of_part(const PartRange& part) {
  Json filter = Json::array({Json{{"term", {{std::string(kKind), "item"}}}}});
  if (part.first > 0 || part.end < kParts) {
    filter.push_back({{"range", {{std::string(kPart), {{"gte", part.first}, {"lt", part.end}}}}}});
  }
  return {{"bool", {{"filter", std::move(filter)}}}};
}

SyncTask task_of(RemoteItem item) {
  SyncTask task;
  task.origin = item.origin;
  task.seen.id = std::move(item.item.id);
  task.seen.product = std::move(item.item.product);
  task.seen.path = std::move(item.item.path);
  task.seen.url = std::move(item.item.url);
  task.seen.link = std::move(item.item.link);
  task.seen.place = std::move(item.place);
  task.seen.size_bytes = item.size_bytes;
  task.seen.mtime_ns = item.mtime_ns;
  task.seen.attributes = std::move(item.attributes);
  return task;
}

std::optional<Sha256> hash_in(std::span<const std::uint8_t> blob) {
  Sha256 hash{};
  if (blob.size() != hash.size()) return std::nullopt;
  std::copy(blob.begin(), blob.end(), hash.begin());
  return hash;
}

ItemStatus status_of(std::string_view name) {
  if (name == "indexed") return ItemStatus::kIndexed;
  return name == "failed" ? ItemStatus::kFailed : ItemStatus::kSkipped;
}

}  // namespace

ErrorCode error_code_of(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    if (code_name(static_cast<ErrorCode>(i)) == name) return static_cast<ErrorCode>(i);
  }
  return ErrorCode::kInternal;
}

Status put_indexed_item(RemoteItem item, StoredVector vector, ItemWriter& items) {
  vector.facts = {item.content_hash.value_or(Sha256{}), item.item.width, item.item.height,
                  item.format};
  const Result<std::int64_t> key = items.put_indexed(task_of(std::move(item)), vector);
  return key ? Status() : key.error();
}

Status put_problem_of(RemoteItem item, ItemWriter& items) {
  const ItemStatus status = item.status == ItemStatus::kIndexed ? ItemStatus::kFailed : item.status;
  const Error problem{item.reason.empty() ? ErrorCode::kEmbedFailed : error_code_of(item.reason),
                      item.message};
  return items.put_problem(task_of(std::move(item)), status, problem);
}

Status read_settings_into(const Catalogue& catalogue, const RemoteIndex& index,
                          const IndexView& view, const SendOptions& send) {
  const Result<Json> settings = index.state(view, kSettingsState, send);
  if (!settings) return settings.error();
  if (!settings->is_object()) return {};
  for (const auto& [name, value] : settings->items()) {
    if (!value.is_string()) continue;
    SEMBLANCE_RETURN_IF_ERROR(catalogue.set_setting(name, value.get<std::string>()));
  }
  return {};
}

Result<VectorSet> create_set_of(const Catalogue& catalogue, const IndexMeta& meta, bool live) {
  VectorSet set;
  set.live = live;
  set.card_json = meta.card_json;
  set.card_folder = card_folder_of(meta);
  set.shape_dimension = meta.shape_dimension;
  set.colour_dimension = meta.colour_dimension;
  return catalogue.create_set(set);
}

Status read_items_into(const Catalogue& catalogue, std::int64_t set_key, const IndexReader& reader,
                       const PartRange& part, const std::atomic<bool>* stop,
                       const std::function<void(std::int64_t items)>& progress) {
  Result<ItemWriter> items = ItemWriter::create(catalogue.database(), set_key);
  if (!items) return items.error();
  std::optional<Transaction> transaction;
  const auto begin = [&]() -> Status {
    Result<Transaction> begun = Transaction::begin(catalogue.database());
    if (!begun) return begun.error();
    transaction.emplace(*std::move(begun));
    return {};
  };
  SEMBLANCE_RETURN_IF_ERROR(begin());
  std::int64_t count = 0;
  const auto put = [&](JsonView hit) -> Status {
    Result<RemoteItem> item = parse_item(hit);
    if (!item) return item.error();
    ++count;
    if (item->status == ItemStatus::kIndexed) {
      StoredVector vector;
      vector.row = -count;
      SEMBLANCE_RETURN_IF_ERROR(put_indexed_item(*std::move(item), vector, *items));
    } else {
      SEMBLANCE_RETURN_IF_ERROR(put_problem_of(*std::move(item), *items));
    }
    if (count % kItemsATransaction != 0) return {};
    if (progress) progress(count);
    SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
    return begin();
  };
  ScanOptions scan;
  scan.source = source_of_items();
  scan.cancelled = stop;
  SEMBLANCE_RETURN_IF_ERROR(reader.scan(items_of_part(part), scan, put));
  if (progress) progress(count);
  return transaction->commit();
}

Result<CatalogueItems> CatalogueItems::open(const Catalogue& catalogue, std::int64_t set_key,
                                            const std::string& from) {
  CatalogueItems items;
  items.catalogue_ = &catalogue;
  items.set_key_ = set_key;
  Result<Statement> select = catalogue.database().prepare(
      "SELECT item.key, old_id, id, product, path, coalesce(url, ''), coalesce(link, ''), "
      "size_bytes, mtime_ns, item.content_hash, width, height, coalesce(format, ''), status, "
      "coalesce(reason, ''), coalesce(message, ''), origin, vector.row FROM (" +
      from +
      ") AS wanted JOIN item ON item.key = wanted.item LEFT JOIN vector ON vector.item = item.key "
      "AND vector_set = ?2 AND vector.content_hash IS item.content_hash "
      "WHERE item.key > ?1 ORDER BY item.key LIMIT 1");
  if (!select) return select.error();
  items.select_ = *std::move(select);
  return items;
}

Result<std::optional<CatalogueItem>> CatalogueItems::next(std::int64_t behind_key) {
  const Result<bool> row = select_.bind(1, behind_key).bind(2, set_key_).step();
  if (!row) return row.error();
  std::optional<CatalogueItem> next;
  if (*row) {
    next.emplace();
    next->key = select_.integer(0);
    next->id_before = select_.text(1);
    RemoteItem& item = next->item;
    item.item.id = select_.text(2);
    item.item.product = select_.text(3);
    item.item.path = select_.text(4);
    item.item.url = select_.text(5);
    item.item.link = select_.text(6);
    item.size_bytes = static_cast<std::uint64_t>(select_.integer(7));
    item.mtime_ns = select_.integer(8);
    item.content_hash = hash_in(select_.blob(9));
    item.item.width = static_cast<int>(select_.integer(10));
    item.item.height = static_cast<int>(select_.integer(11));
    item.format = select_.text(12);
    item.status = status_of(select_.text_view(13));
    item.reason = select_.text(14);
    item.message = select_.text(15);
    item.origin = select_.text_view(16) == "api" ? ItemOrigin::kApi : ItemOrigin::kSource;
    if (!select_.is_null(17)) next->row = select_.integer(17);
  }
  select_.reset();
  if (!next) return next;
  Result<Attributes> attributes = catalogue_->attributes(next->key);
  if (!attributes) return attributes.error();
  next->item.attributes = *std::move(attributes);
  return next;
}

}  // namespace semblance::remote
