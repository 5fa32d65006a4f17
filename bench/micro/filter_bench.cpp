// How long a filter takes to become a bitmap of items, in catalogues of two sizes. The catalogue is
// made once a size, in memory: reading it from a warm file cache takes about as long.

#include <benchmark/benchmark.h>

#include <map>
#include <random>
#include <string>

#include "catalogue/catalogue.h"
#include "catalogue/item_writer.h"

namespace semblance {
namespace {

/// `count` items of six attributes, with as many values as those of a fashion shop have.
Result<Catalogue> make_catalogue(std::int64_t count) {
  Result<Catalogue> catalogue = Catalogue::open(":memory:", Database::Mode::kWrite);
  if (!catalogue) return catalogue;
  VectorSet set;
  set.live = true;
  const Result<VectorSet> created = catalogue->create_set(set);
  if (!created) return created.error();
  Result<Transaction> transaction = Transaction::begin(catalogue->database());
  if (!transaction) return transaction.error();
  Result<ItemWriter> writer = ItemWriter::create(catalogue->database(), created->key);
  if (!writer) return writer.error();
  std::mt19937 random(1);
  const auto one_of = [&random](unsigned n) { return std::to_string(random() % n); };
  for (std::int64_t i = 0; i < count; ++i) {
    SyncTask task;
    task.seen.id = "photos/" + std::to_string(i) + ".jpg";
    task.seen.product = "product-" + std::to_string(i / 3);
    task.seen.attributes = {
        {"gender", "gender-" + one_of(5)},      {"articleType", "type-" + one_of(140)},
        {"baseColour", "colour-" + one_of(46)}, {"year", one_of(10)},
        {"price", one_of(1000) + ".99 USD"},    {"available", "true"}};
    if (auto key = writer->put_indexed(task, {i, 0, {}}); !key) return key.error();
  }
  if (Status done = transaction->commit(); !done) return done.error();
  return catalogue;
}

const Catalogue& catalogue_of(std::int64_t count) {
  static std::map<std::int64_t, Catalogue> catalogues;
  const auto found = catalogues.find(count);
  if (found != catalogues.end()) return found->second;
  return catalogues.emplace(count, *make_catalogue(count)).first->second;
}

void filter(benchmark::State& state, const char* expression) {
  const Catalogue& catalogue = catalogue_of(state.range(0));
  const Result<Bitmap> all = catalogue.filter("");
  std::size_t found = 0;
  for (auto _ : state) {
    const Result<Bitmap> items = catalogue.filter(expression, *all);
    if (!items) {
      state.SkipWithError(items.error().message.c_str());
      break;
    }
    found = items->count();
  }
  state.counters["items"] = static_cast<double>(found);
}

void indexed(benchmark::State& state) {
  const Catalogue& catalogue = catalogue_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(catalogue.filter("").ok());
}

void facets(benchmark::State& state, const char* attribute) {
  const Catalogue& catalogue = catalogue_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(catalogue.facets(attribute, "", 50).ok());
}

void product_numbers(benchmark::State& state) {
  const Catalogue& catalogue = catalogue_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(catalogue.product_numbers().ok());
}

constexpr auto kSizes = [](auto* benchmark) {
  benchmark->Arg(44'072)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
};

BENCHMARK(indexed)->Apply(kSizes);
BENCHMARK_CAPTURE(filter, one_in_140, "articleType=type-7")->Apply(kSizes);
BENCHMARK_CAPTURE(filter, one_in_5, "gender=gender-3")->Apply(kSizes);
BENCHMARK_CAPTURE(filter, price_below, "price<50")->Apply(kSizes);
BENCHMARK_CAPTURE(filter, manual,
                  "articleType=type-7 AND (price<50 OR baseColour IN (colour-1,'colour-2')) AND "
                  "NOT gender=gender-1")
    ->Apply(kSizes);
BENCHMARK_CAPTURE(filter, everything_has_it, "available=true")->Apply(kSizes);
BENCHMARK_CAPTURE(facets, colours, "baseColour")->Apply(kSizes);
BENCHMARK(product_numbers)->Apply(kSizes);

}  // namespace
}  // namespace semblance
