#include "engine/labelled_hits.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "engine/collection.h"
#include "engine/duplicates.h"
#include "engine/item_labels.h"
#include "engine/resampling.h"

namespace semblance {

namespace {

using Labels = std::unordered_map<std::int64_t, std::string>;

/// What the photos are, by item key.
struct Products {
  std::unordered_map<std::int64_t, int> of_item{};
  std::vector<std::int64_t> sizes{};
  std::int64_t photos = 0;  // with a label or without

  [[nodiscard]] std::int64_t with_several() const {
    return std::count_if(sizes.begin(), sizes.end(), [](std::int64_t size) { return size > 1; });
  }
};

/// Numbers in the order of the items' keys, so that they are the same in every run.
Products number_products(const Labels& labels, const Bitmap& items) {
  Products products;
  products.photos = static_cast<std::int64_t>(items.count());
  std::unordered_map<std::string, int> numbers;
  items.for_each([&](std::int64_t key) {
    const auto label = labels.find(key);
    if (label == labels.end()) return;
    const auto [number, fresh] =
        numbers.try_emplace(label->second, static_cast<int>(numbers.size()));
    if (fresh) products.sizes.push_back(0);
    products.of_item[key] = number->second;
    ++products.sizes[static_cast<std::size_t>(number->second)];
  });
  return products;
}

/// The label of each item: the id of the one that stands for its group of duplicates, or its own.
Result<Labels> labels_by_duplicates(const std::filesystem::path& data_folder,
                                    std::string_view collection, const Catalogue& catalogue,
                                    const LabelledHitOptions& options,
                                    const LabelledHitHooks& hooks) {
  DuplicateOptions find;
  find.threads = options.threads;
  const Result<DuplicateReport> report =
      find_duplicates(data_folder, collection, find, {hooks.stop, hooks.progress, hooks.notice});
  if (!report) return report.error();
  // Of an item that stands for others in a further lane: who stands for whom.
  std::unordered_map<std::string, std::string> leader;
  const auto leader_of = [&](std::string id) {
    for (auto next = leader.find(id); next != leader.end() && next->second != id;
         next = leader.find(id)) {
      id = next->second;
    }
    return id;
  };
  for (const DuplicateGroup& group : report->groups) {
    if (group.lane == DuplicateLane::kLookAlike) continue;
    const std::string first = leader_of(group.items.front().id);
    for (const DuplicateItem& item : group.items) {
      leader[leader_of(item.id)] = first;
      for (const DuplicateCopy& copy : item.copies) leader[leader_of(copy.id)] = first;
    }
  }
  const auto ids = catalogue.indexed_ids();
  if (!ids) return ids.error();
  Labels labels;
  for (const auto& [key, id] : *ids) labels[key] = leader_of(id);
  return labels;
}

Error too_few(const std::string& label, std::int64_t count, std::string_view what,
              std::int64_t needed) {
  return {
      ErrorCode::kNotFound,
      "there is too little to learn from: " + std::to_string(count) + " " + std::string(what) +
          " (by " + label + "), and " + std::to_string(needed) + " are needed",
      "Say which photos show one product: 'semblance sync ... --product-column COLUMN' with a "
      "table\nor --attributes FILE.csv; or name an attribute that tells it: --label ATTRIBUTE."};
}

/// One search after the other, by several threads, each with the collection opened for itself.
class Searches {
 public:
  Searches(const VectorSet& set, const Products& products, const LabelledHitOptions& options,
           const LabelledHitHooks& hooks, std::vector<std::int64_t> queries)
      : set_(set),
        products_(products),
        options_(options),
        hooks_(hooks),
        queries_(std::move(queries)),
        found_(queries_.size() * options.measures.size()) {}

  Result<std::vector<LabelledHit>> run(const std::filesystem::path& data_folder,
                                       std::string_view collection);

 private:
  Status work(const std::filesystem::path& data_folder, std::string_view name, bool reports);
  Status search(const Collection& collection, const Measure& measure, std::int64_t key,
                std::vector<LabelledHit>& found);
  [[nodiscard]] bool stopped() const { return hooks_.stop != nullptr && hooks_.stop->load(); }

  const VectorSet& set_;
  const Products& products_;
  const LabelledHitOptions& options_;
  const LabelledHitHooks& hooks_;
  const std::vector<std::int64_t> queries_;
  std::vector<std::vector<LabelledHit>> found_;  // by measure, then query
  std::atomic<std::size_t> next_{0};
};

Status Searches::search(const Collection& collection, const Measure& measure, std::int64_t key,
                        std::vector<LabelledHit>& found) {
  const Result<std::optional<Item>> item = collection.catalogue().item(key);
  if (!item) return item.error();
  if (!*item) return {};  // removed just now
  SearchOptions options;
  options.limit = options_.limit;
  options.measure = measure;
  options.filter = options_.where;
  options.cancelled = hooks_.stop;
  const Result<SearchAnswer> answer = collection.similar((*item)->id, options);
  if (!answer && answer.error().code == ErrorCode::kNotFound) return {};
  if (!answer) return answer.error();
  for (const Hit& hit : answer->hits) {
    const auto product = products_.of_item.find(hit.item.key);
    if (product == products_.of_item.end()) continue;
    LabelledHit& one = found.emplace_back();
    one.query = key;
    one.hit = hit.item.key;
    one.query_product = products_.of_item.at(key);
    one.hit_product = product->second;
    one.score = hit.closeness.score;
  }
  return {};
}

Status Searches::work(const std::filesystem::path& data_folder, std::string_view name,
                      bool reports) {
  const Result<Collection> collection = Collection::open(data_folder, name);
  if (!collection) return collection.error();
  if (collection->set().card_json != set_.card_json) {
    return Error{ErrorCode::kConflict, "another network took the collection over; try again"};
  }
  std::unordered_map<std::int64_t, std::int64_t> row_of;
  for (std::size_t row = 0; row < collection->keys_by_row().size(); ++row) {
    row_of[collection->keys_by_row()[row]] = static_cast<std::int64_t>(row);
  }
  for (std::size_t i = next_++; i < found_.size(); i = next_++) {
    if (stopped()) return Error{ErrorCode::kCancelled, "interrupted"};
    const std::int64_t key = queries_[i % queries_.size()];
    SEMBLANCE_RETURN_IF_ERROR(
        search(*collection, options_.measures[i / queries_.size()], key, found_[i]));
    const auto query = row_of.find(key);
    if (query == row_of.end()) {
      found_[i].clear();
      continue;
    }
    const PairScorer scorer(collection->set().shape_dimension, collection->has_colour(),
                            collection->vectors().row(query->second));
    std::erase_if(found_[i], [&](const LabelledHit& hit) { return !row_of.contains(hit.hit); });
    for (LabelledHit& hit : found_[i]) {
      hit.parts = scorer.compare(collection->vectors().row(row_of.at(hit.hit)));
    }
    if (reports && hooks_.progress) {
      hooks_.progress("searching", static_cast<std::int64_t>(i + 1),
                      static_cast<std::int64_t>(found_.size()));
    }
  }
  return {};
}

Result<std::vector<LabelledHit>> Searches::run(const std::filesystem::path& data_folder,
                                               std::string_view collection) {
  std::vector<Status> ended(static_cast<std::size_t>(std::max(options_.threads, 1)));
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < ended.size(); ++i) {
    threads.emplace_back([&, i] { ended[i] = work(data_folder, collection, false); });
  }
  ended.front() = work(data_folder, collection, true);
  for (std::thread& thread : threads) thread.join();
  for (const Status& one : ended) {
    if (!one) return one.error();
  }
  const auto total = static_cast<std::int64_t>(found_.size());
  if (hooks_.progress) hooks_.progress("searching", total, total);
  std::vector<LabelledHit> hits;
  for (const auto& found : found_) hits.insert(hits.end(), found.begin(), found.end());
  return hits;
}

/// All photos of products drawn at random, until there are enough; in order of key.
std::vector<std::int64_t> choose_queries(const Products& products, std::int64_t most) {
  std::vector<int> order(products.sizes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  Random().shuffle(order);
  std::vector<bool> chosen(order.size());
  std::int64_t photos = 0;
  for (const int product : order) {
    if (photos >= most) break;
    chosen[static_cast<std::size_t>(product)] = true;
    photos += products.sizes[static_cast<std::size_t>(product)];
  }
  std::vector<std::int64_t> keys;
  for (const auto& [key, product] : products.of_item) {
    if (chosen[static_cast<std::size_t>(product)]) keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

/// What tells products apart, and who they are.
Result<Products> find_products(const std::filesystem::path& data_folder, std::string_view name,
                               const Collection& collection, const LabelledHitOptions& options,
                               const LabelledHitHooks& hooks, std::string& label) {
  const Catalogue& catalogue = collection.catalogue();
  const Result<Bitmap> items = catalogue.filter(options.where);
  if (!items) return items.error();
  Products products;
  label = options.label.empty() ? "product" : options.label;
  if (label != kDuplicatesLabel) {
    const Result<Labels> labels = labels_by_key(catalogue, label);
    if (!labels) return labels.error();
    products = number_products(*labels, *items);
  }
  if (options.label.empty() && products.with_several() < kLeastProducts) {
    if (hooks.notice) hooks.notice("few products have several photos: looking for duplicates");
    label = kDuplicatesLabel;
  }
  if (label == kDuplicatesLabel) {
    const Result<Labels> labels =
        labels_by_duplicates(data_folder, name, catalogue, options, hooks);
    if (!labels) return labels.error();
    products = number_products(*labels, *items);
  }
  if (products.with_several() >= kLeastProducts) return products;
  return too_few(label, products.with_several(), "products have several photos", kLeastProducts);
}

}  // namespace

std::int64_t LabelledHits::products_with_several() const {
  return std::count_if(product_sizes.begin(), product_sizes.end(),
                       [](std::int64_t size) { return size > 1; });
}

Result<LabelledHits> gather_labelled_hits(const std::filesystem::path& data_folder,
                                          std::string_view collection,
                                          const LabelledHitOptions& options,
                                          const LabelledHitHooks& hooks) {
  const Result<Collection> opened = Collection::open(data_folder, collection);
  if (!opened) return opened.error();
  LabelledHits result;
  result.set = opened->set();
  Result<Products> products =
      find_products(data_folder, collection, *opened, options, hooks, result.label);
  if (!products) return products.error();
  result.photos = products->photos;
  Searches searches(result.set, *products, options, hooks,
                    choose_queries(*products, options.most_queries));
  Result<std::vector<LabelledHit>> hits = searches.run(data_folder, collection);
  if (!hits) return hits.error();
  result.product_sizes = std::move(products->sizes);
  result.hits = *std::move(hits);
  const auto right = std::count_if(result.hits.begin(), result.hits.end(),
                                   [](const LabelledHit& hit) { return hit.right(); });
  if (right >= kLeastRightHits) return result;
  return too_few(result.label, right, "hits were right", kLeastRightHits);
}

}  // namespace semblance
