#include "live/local_collection.h"

#include <algorithm>
#include <random>
#include <utility>

#include "live/photo_reader.h"

namespace semblance {

Result<std::unique_ptr<LiveCollection>> LiveCollection::open(
    const std::filesystem::path& data_folder, std::string_view name, const LiveOptions& options) {
  return LocalCollection::open(data_folder, name, options);
}

LocalCollection::LocalCollection(CollectionFiles files, std::string name,
                                 const LiveOptions& options)
    : files_(std::move(files)),
      name_(std::move(name)),
      limits_(options.limits),
      pool_(files_.catalogue()),
      networks_(options.open_embedder, options.limits, pool_),
      embeddings_(options.cached_embeddings) {}

Result<std::unique_ptr<LiveCollection>> LocalCollection::open(
    const std::filesystem::path& data_folder, std::string_view name, const LiveOptions& options) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(name));
  CollectionFiles files(data_folder, name);
  // Of an older program: brought up to date once, if it may be written.
  if (std::error_code ignored; !std::filesystem::exists(files.catalogue(), ignored)) {
    return no_such_collection(data_folder, name);
  }
  (void)Catalogue::open(files.catalogue(), Database::Mode::kWrite).ok();
  std::unique_ptr<LocalCollection> collection(
      new LocalCollection(std::move(files), std::string(name), options));
  const auto workers = static_cast<std::size_t>(std::max(options.workers, 1));
  Result<std::unique_ptr<SnapshotKeeper>> keeper =
      SnapshotKeeper::start(collection->files_, collection->name_, collection->pool_,
                            {workers, options.refresh_interval});
  if (!keeper) return keeper.error();
  collection->keeper_ = *std::move(keeper);
  SnapshotKeeper* const raw = collection->keeper_.get();
  collection->writer_ = std::make_unique<Writer>(collection->files_, [raw] { raw->wake(); });
  collection->upkeep_ = std::make_unique<Upkeep>(
      collection->files_, *raw,
      Upkeep::Options{static_cast<int>(workers), options.quiet_before_upkeep,
                      options.graph_from_rows});
  return std::unique_ptr<LiveCollection>(std::move(collection));
}

Result<SearchAnswer> LocalCollection::search(const SearchQuery& query,
                                             const SearchOptions& options) const {
  const std::shared_ptr<const LiveSnapshot> snapshot = keeper_->now();
  LiveLookup lookup(*snapshot, pool_);
  return search_snapshot(*snapshot->data, lookup, query, options);
}

Result<std::shared_ptr<const PhotoDescriptors>> LocalCollection::describe(
    std::span<const std::byte> photo, const Box& box) const {
  using Described = std::shared_ptr<const PhotoDescriptors>;
  const std::shared_ptr<const LiveSnapshot> snapshot = keeper_->now();
  const Result<std::shared_ptr<const OpenNetwork>> network = networks_.of(*snapshot->data);
  if (!network) return network.error();
  return embeddings_.get((*network)->number, sha256(photo), box, [&]() -> Result<Described> {
    Result<PhotoDescriptors> descriptors = (*network)->describer.describe(photo, box);
    if (!descriptors) return descriptors.error();
    descriptors->network = (*network)->number;
    return Described(std::make_shared<PhotoDescriptors>(*std::move(descriptors)));
  });
}

std::optional<double> LocalCollection::confidence(const PhotoDescriptors& a,
                                                  const PhotoDescriptors& b) const {
  const std::shared_ptr<const LiveSnapshot> snapshot = keeper_->now();
  const CollectionSnapshot& data = *snapshot->data;
  for (const PhotoDescriptors* photo : {&a, &b}) {
    if (photo->network != data.network) return std::nullopt;
  }
  return confidence_of_hit(data.confidence, SearchQuery{{a}}, Measure(), data.set.shape_dimension,
                           {a.embedding, a.histogram, a.histogram_foreground},
                           {b.embedding, b.histogram, b.histogram_foreground});
}

StageSeconds LocalCollection::describe_seconds() const {
  const std::shared_ptr<const OpenNetwork> network = networks_.last();
  return network ? network->describer.stage_seconds() : StageSeconds();
}

Result<std::optional<Item>> LocalCollection::item(std::string_view id) const {
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  return (*catalogue)->item_by_id(id);
}

Result<std::optional<ItemWithAttributes>> LocalCollection::item_with_attributes(
    std::string_view id) const {
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  Result<std::optional<Item>> item = (*catalogue)->item_by_id(id);
  if (!item) return item.error();
  if (!*item) return std::optional<ItemWithAttributes>();
  Result<Attributes> attributes = (*catalogue)->attributes((*item)->key);
  if (!attributes) return attributes.error();
  return std::optional(ItemWithAttributes{**std::move(item), *std::move(attributes)});
}

Result<Facets> LocalCollection::facets(std::string_view attribute, std::string_view filter,
                                       std::size_t limit) const {
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  return (*catalogue)->facets(attribute, filter, limit);
}

Result<std::vector<std::string>> LocalCollection::attribute_names() const {
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  return (*catalogue)->attribute_names();
}

Result<std::vector<Problem>> LocalCollection::problems() const {
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  return (*catalogue)->problems();
}

Result<CatalogueCounts> LocalCollection::counts() const {
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  return (*catalogue)->counts();
}

Result<std::vector<ItemWithAttributes>> LocalCollection::sample(std::size_t count,
                                                                std::uint64_t seed) const {
  const std::shared_ptr<const LiveSnapshot> snapshot = keeper_->now();
  const auto used = static_cast<std::size_t>(snapshot->data->used_rows);
  count = std::min(count, used);
  std::mt19937_64 random(seed);
  std::vector<std::size_t> places;  // one of each of `count` equal parts
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t first = i * used / count;
    const std::size_t behind = (i + 1) * used / count;
    places.push_back(first + random() % (behind - first));
  }
  LiveLookup lookup(*snapshot, pool_);
  std::vector<ItemWithAttributes> items;
  Status status;
  std::size_t place = 0;
  std::size_t next = 0;
  snapshot->data->used.for_each([&](std::int64_t row) {
    if (!status || next == places.size() || place++ != places[next]) return;
    ++next;
    const Result<std::shared_ptr<const ItemWithAttributes>> item = lookup.item_of(row);
    if (!item) {
      status = item.error();
    } else if (*item) {
      items.push_back(**item);
    }
  });
  if (!status) return status.error();
  return items;
}

Result<Bytes> LocalCollection::photo(const Item& item,
                                     std::chrono::steady_clock::time_point /*deadline*/) const {
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  const Result<std::optional<PhotoRoots>> roots = stored_roots(**catalogue);
  if (!roots) return roots.error();
  return read_photo(files_, *roots, item, limits_.max_bytes);
}

std::vector<Result<ChangeOutcome>> LocalCollection::change(
    std::vector<ItemChange> changes, std::chrono::steady_clock::time_point deadline) {
  return writer_->change(std::move(changes), deadline);
}

Result<DuplicateReport> LocalCollection::find(const DuplicateOptions& options,
                                              const DuplicateHooks& hooks) const {
  // The catalogue is asked, which may be ahead of the snapshot: it decides what is current.
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  const Result<std::optional<VectorSet>> set = (*catalogue)->live_set();
  if (!set) return set.error();
  // Nothing was synced yet. Without a digest, so that no later moment takes this for its own.
  if (!*set) return DuplicateReport();
  return find_duplicates(files_.folder().parent_path().parent_path(), name_, options, hooks);
}

Result<Sha256> LocalCollection::items_digest() const {
  const std::uint64_t version = this->version();
  if (const auto known = digests_.get(version)) return *known;
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  const Result<Sha256> digest = digest_of_items(**catalogue);
  if (digest) digests_.put(version, *digest);
  return digest;
}

Result<std::vector<DuplicateDecision>> LocalCollection::decisions() const {
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  return read_duplicate_decisions(**catalogue);
}

Result<FoundGroup> LocalCollection::found_last(std::string_view group) const {
  return group_found_last(files_, group);
}

Status LocalCollection::decide(const FoundGroup& group, const DuplicateRuling& ruling,
                               std::chrono::steady_clock::time_point deadline) {
  return writer_->run_step(
      [&](const Catalogue& catalogue) { return decide_about(catalogue, group, ruling); }, deadline);
}

Status LocalCollection::undecide(std::string_view group,
                                 std::chrono::steady_clock::time_point deadline) {
  return writer_->run_step(
      [&](const Catalogue& catalogue) { return forget_duplicate_decision(catalogue, group); },
      deadline);
}

Result<std::vector<std::filesystem::path>> LocalCollection::to_delete() const {
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  return duplicates_to_delete(files_, **catalogue);
}

std::optional<ModelCard> LocalCollection::card() const {
  const std::shared_ptr<const LiveSnapshot> snapshot = keeper_->now();
  if (snapshot->data->set.key != 0) return snapshot->data->card;
  const std::shared_ptr<const OpenNetwork> chosen = networks_.last();
  if (!chosen) return std::nullopt;
  return chosen->card;
}

LiveCollection::Dimensions LocalCollection::dimensions() const {
  const std::shared_ptr<const LiveSnapshot> snapshot = keeper_->now();
  const VectorSet& set = snapshot->data->set;
  if (set.key != 0) return {set.shape_dimension, set.colour_dimension};
  const std::shared_ptr<const OpenNetwork> chosen = networks_.last();
  if (!chosen) return {};
  const ModelCard& card = chosen->card;
  return {card.output.dimension, card.colour ? card.colour->dimension : 0};
}

std::uint64_t LocalCollection::index_bytes() const {
  return keeper_->now()->index_bytes;
}

std::uint64_t LocalCollection::version() const {
  return keeper_->now()->version;
}

}  // namespace semblance
