#include "remote/remote_collection.h"

#include <algorithm>
#include <utility>

#include "engine/collection_model.h"
#include "live/photo_reader.h"
#include "remote/document.h"
#include "remote/field_names.h"
#include "remote/filter_query.h"
#include "remote/remote_search.h"

namespace semblance::remote {

namespace {

constexpr std::chrono::seconds kCountAgain{5};

Json failed_items_query(std::string_view status) {
  return {{"bool",
           {{"filter", Json::array({Json{{"term", {{"kind", "item"}}}},
                                    Json{{"term", {{"status", status}}}}})}}}};
}

PhotosOnDemand::Options on_demand_options(const LiveOptions& live) {
  PhotosOnDemand::Options options;
  options.fetch = live.fetch;
  options.fetch.max_bytes = live.limits.max_bytes;
  return options;
}

}  // namespace

RemoteCollection::RemoteCollection(CollectionFiles files, std::shared_ptr<const RemoteIndex> index,
                                   const LiveOptions& options)
    : files_(std::move(files)),
      index_(std::move(index)),
      options_(options),
      embeddings_(options.cached_embeddings),
      on_demand_(files_.fetched(), on_demand_options(options)) {}

RemoteCollection::~RemoteCollection() = default;

Result<std::unique_ptr<LiveCollection>> RemoteCollection::open(
    const std::filesystem::path& data_folder, std::string_view name, const LiveOptions& options) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(name));
  CollectionFiles files(data_folder, name);
  const Result<EngineSettings> settings = read_engine_settings(files);
  if (!settings) return settings.error();
  Result<std::shared_ptr<const RemoteIndex>> index =
      RemoteIndex::create(*settings, std::string(name), kPatienceToAnswer);
  if (!index) return index.error();
  return std::unique_ptr<LiveCollection>(
      new RemoteCollection(std::move(files), *std::move(index), options));
}

Result<SearchAnswer> RemoteCollection::search(const SearchQuery& query,
                                              const SearchOptions& options) const {
  return search_index(*index_, query, options);
}

Result<std::shared_ptr<const OpenNetwork>> open_network_of(const IndexView& view,
                                                           const Networks::Open& open,
                                                           const DecodeLimits& limits) {
  VectorSet set;
  set.card_json = view.meta().card_json;
  set.card_folder = card_folder_of(view.meta());
  Result<ModelCard> card = find_model_of(set);
  if (!card) return card.error();
  Result<std::unique_ptr<Embedder>> embedder = open ? open(*card) : open_onnx_embedder(*card);
  if (!embedder) return embedder.error();
  return std::shared_ptr<const OpenNetwork>(
      std::make_shared<OpenNetwork>(*std::move(card), view.network, *std::move(embedder), limits));
}

Result<std::shared_ptr<const OpenNetwork>> RemoteCollection::network(const IndexView& view) const {
  const auto known = [&]() -> std::shared_ptr<const OpenNetwork> {
    const std::scoped_lock lock(mutex_);
    return network_ && network_->number == view.network ? network_ : nullptr;
  };
  if (auto network = known()) return network;
  const std::scoped_lock one_at_a_time(opening_);
  if (auto network = known()) return network;
  Result<std::shared_ptr<const OpenNetwork>> opened =
      open_network_of(view, options_.open_embedder, options_.limits);
  if (!opened) return opened;
  const std::scoped_lock lock(mutex_);
  network_ = *opened;
  return opened;
}

Result<std::shared_ptr<const PhotoDescriptors>> RemoteCollection::describe(
    std::span<const std::byte> photo, const Box& box) const {
  using Described = std::shared_ptr<const PhotoDescriptors>;
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  if (!view) return view.error();
  const Result<std::shared_ptr<const OpenNetwork>> network = this->network(**view);
  if (!network) return network.error();
  return embeddings_.get((*network)->number, sha256(photo), box, [&]() -> Result<Described> {
    Result<PhotoDescriptors> descriptors = (*network)->describer.describe(photo, box);
    if (!descriptors) return descriptors.error();
    descriptors->network = (*network)->number;
    return Described(std::make_shared<PhotoDescriptors>(*std::move(descriptors)));
  });
}

StageSeconds RemoteCollection::describe_seconds() const {
  const std::scoped_lock lock(mutex_);
  return network_ ? network_->describer.stage_seconds() : StageSeconds();
}

Result<std::optional<RemoteItem>> RemoteCollection::read_item(std::string_view id) const {
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  if (!view) return view.error();
  const std::vector<std::string> ids{item_document_id(id)};
  const auto documents = index_->reader(**view).documents(ids, source_of_items());
  if (!documents) return documents.error();
  if (!documents->found.front()) return std::optional<RemoteItem>();
  Result<RemoteItem> item = parse_item(documents->found.front());
  if (!item) return item.error();
  return std::optional(*std::move(item));
}

Result<std::optional<Item>> RemoteCollection::item(std::string_view id) const {
  Result<std::optional<RemoteItem>> read = read_item(id);
  if (!read) return read.error();
  if (!*read || (*read)->status != ItemStatus::kIndexed) return std::optional<Item>();
  (*read)->item.content_hash = (*read)->content_hash;
  return std::optional(std::move((*read)->item));
}

Result<std::optional<ItemWithAttributes>> RemoteCollection::item_with_attributes(
    std::string_view id) const {
  Result<std::optional<RemoteItem>> read = read_item(id);
  if (!read) return read.error();
  if (!*read || (*read)->status != ItemStatus::kIndexed) return std::optional<ItemWithAttributes>();
  return std::optional(
      ItemWithAttributes{std::move((*read)->item), std::move((*read)->attributes)});
}

Result<Facets> RemoteCollection::facets(std::string_view attribute, std::string_view filter,
                                        std::size_t limit) const {
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  if (!view) return view.error();
  const std::set<std::string>& names = (*view)->description.attributes;
  const bool is_attribute = names.contains(std::string(attribute));
  if (!is_attribute && attribute != "product" && attribute != "id") {
    return unknown_attribute(attribute, std::vector<std::string>(names.begin(), names.end()));
  }
  const Result<Json> items = indexed_items_query(filter, names);
  if (!items) return items.error();
  Result<Facets> facets = index_->reader(**view).facets(
      is_attribute ? text_field(attribute) : std::string(attribute), *items, limit);
  if (facets) facets->attribute = attribute;
  return facets;
}

Result<std::vector<std::string>> RemoteCollection::attribute_names() const {
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  if (!view) return view.error();
  const std::set<std::string>& names = (*view)->description.attributes;
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<Problem>> RemoteCollection::problems() const {
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  if (!view) return view.error();
  std::vector<Problem> problems;
  const IndexReader reader = index_->reader(**view);
  ScanOptions scan;
  scan.source = source_of_items();
  for (const std::string_view status : {"failed", "skipped"}) {
    const Status scanned =
        reader.scan(failed_items_query(status), scan, [&](JsonView hit) -> Status {
          const Result<RemoteItem> item = parse_item(hit);
          if (!item) return item.error();
          const std::string place =
              item->item.url.empty() ? item->item.path.string() : item->item.url;
          problems.push_back(
              {item->item.id, place, item->reason, item->message, std::string(status)});
          return {};
        });
    if (!scanned) return scanned.error();
  }
  scan.source = source_of_problems();
  const Status scanned =
      reader.scan({{"term", {{"kind", "problem"}}}}, scan, [&](JsonView hit) -> Status {
        Result<Problem> problem = parse_problem(hit);
        if (!problem) return problem.error();
        if (problem->kind == "input") problem->kind = "failed";
        problems.push_back(*std::move(problem));
        return {};
      });
  if (!scanned) return scanned.error();
  std::sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.kind, a.reason, a.subject, a.place) <
           std::tie(b.kind, b.reason, b.subject, b.place);
  });
  return problems;
}

Result<RemoteCollection::Remembered> RemoteCollection::remembered() const {
  {
    const std::scoped_lock lock(mutex_);
    if (remembered_ && Clock::now() - remembered_->when < kCountAgain) return *remembered_;
  }
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  if (!view) return view.error();
  const IndexReader reader = index_->reader(**view);
  const std::vector<Json> queries{indexed_items_query(), failed_items_query("failed"),
                                  failed_items_query("skipped")};
  const Result<std::vector<std::int64_t>> counts = reader.counts(queries);
  if (!counts) return counts.error();
  const Result<std::int64_t> products = reader.distinct("product", indexed_items_query());
  if (!products) return products.error();
  const Result<IndexStatistics> statistics =
      index_->admin(*(*view)->dialect).statistics((*view)->description.index);
  if (!statistics) return statistics.error();
  const Remembered now{
      {(*counts)[0], *products, (*counts)[1], (*counts)[2]}, statistics->bytes, Clock::now()};
  const std::scoped_lock lock(mutex_);
  remembered_ = now;
  return now;
}

Result<CatalogueCounts> RemoteCollection::counts() const {
  const Result<Remembered> now = remembered();
  if (!now) return now.error();
  return now->counts;
}

Result<std::vector<ItemWithAttributes>> RemoteCollection::sample(std::size_t count,
                                                                 std::uint64_t seed) const {
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  if (!view) return view.error();
  const Result<SearchHits> hits =
      index_->reader(**view).sample(indexed_items_query(), count, seed, source_of_items());
  if (!hits) return hits.error();
  std::vector<ItemWithAttributes> items;
  for (const JsonView hit : hits->hits) {
    Result<RemoteItem> item = parse_item(hit);
    if (!item) return item.error();
    items.push_back({std::move(item->item), std::move(item->attributes)});
  }
  return items;
}

Result<Bytes> RemoteCollection::photo(const Item& item,
                                      std::chrono::steady_clock::time_point deadline) const {
  if (item.path.empty()) {
    Result<std::optional<Bytes>> uploaded = uploaded_photo(*index_, item.id);
    if (!uploaded) return uploaded.error();
    if (*uploaded) return **std::move(uploaded);
  }
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  if (!view) return view.error();
  const Result<Json> settings = index_->state(**view, kSettingsState);
  if (!settings) return settings.error();
  Result<Bytes> kept = read_photo(files_, roots_in(*settings), item, options_.limits.max_bytes);
  if (item.url.empty()) return kept;
  // What this machine downloaded once may be another photo than the one that was indexed since.
  const bool is_right = kept && (!item.content_hash || sha256(*kept) == *item.content_hash);
  if (is_right || !item.content_hash) return kept;
  Result<Bytes> fetched = on_demand_.get(item.url, *item.content_hash, deadline);
  if (fetched) return fetched;
  Error error = fetched.error();
  if (error.code == ErrorCode::kBadRow) error.code = ErrorCode::kUnreadable;
  error.message = "another machine downloaded the photo of item '" + item.id +
                  "', and this one cannot get it from its address: " + error.message;
  return error;
}

std::vector<Result<ChangeOutcome>> RemoteCollection::change(
    std::vector<ItemChange> changes, std::chrono::steady_clock::time_point deadline) {
  return change_items(*index_, std::move(changes), deadline);
}

std::optional<ModelCard> RemoteCollection::card() const {
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  if (!view) return std::nullopt;
  return (*view)->card;
}

LiveCollection::Dimensions RemoteCollection::dimensions() const {
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  if (!view) return {};
  return {(*view)->meta().shape_dimension, (*view)->meta().colour_dimension};
}

std::uint64_t RemoteCollection::index_bytes() const {
  const Result<Remembered> now = remembered();
  return now ? now->bytes : 0;
}

std::uint64_t RemoteCollection::version() const {
  const Result<std::shared_ptr<const IndexView>> view = index_->view();
  return view ? (*view)->version : 0;
}

Status RemoteCollection::ready() const {
  SendOptions soon;
  soon.deadline = Clock::now() + std::chrono::seconds(1);
  const Result<std::shared_ptr<const IndexView>> view = index_->view(soon);
  if (!view) return view.error();
  const Result<ClusterHealth> health =
      index_->admin(*(*view)->dialect).health((*view)->description.index, soon);
  if (!health) return health.error();
  if (health->status != "red") return {};
  return Error{ErrorCode::kUnavailable,
               "the cluster is red: a shard of '" + (*view)->description.index +
                   "' is on no node; start the nodes that are missing, or see GET "
                   "/_cluster/allocation/explain"};
}

}  // namespace semblance::remote
