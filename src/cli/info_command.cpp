#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "engine/change_of_network.h"
#include "engine/collection.h"
#include "engine/collection_files.h"
#include "engine/collections.h"
#include "engine/confidence.h"
#include "engine/neighbours.h"
#include "remote/any_engine.h"
#include "source/source.h"

namespace semblance::cli {

namespace {

/// The neighbour table, as far as a look at its header tells.
struct TableState {
  NeighbourSettings settings;
  bool current = false;
};

Result<std::optional<TableState>> table_state(const CollectionFiles& files,
                                              const Collection& collection) {
  const Result<std::optional<NeighbourSettings>> wanted = wanted_neighbours(collection.catalogue());
  if (!wanted) return wanted.error();
  if (!*wanted) return std::optional<TableState>();
  const MatrixView rows =
      collection.set().rows > 0 ? collection.vectors().embedding() : MatrixView();
  const Result<NeighbourTable> table =
      NeighbourTable::open(files, collection.set(), collection.keys_by_row(), rows);
  return std::optional(TableState{**wanted, table.ok()});
}

/// What was learnt for confidence, and why it may not be true any more.
struct ConfidenceState {
  Confidence confidence;
  std::string stale;
};

Result<std::optional<ConfidenceState>> confidence_state(const Collection& collection) {
  Result<std::optional<Confidence>> stored = stored_confidence(collection.catalogue());
  if (!stored) return stored.error();
  if (!*stored) return std::optional<ConfidenceState>();
  Result<std::string> stale = why_stale(**stored, collection.catalogue(), collection.set());
  if (!stale) return stale.error();
  return std::optional(ConfidenceState{**std::move(stored), *std::move(stale)});
}

/// Of a collection in a cluster.
int run_remote(const CollectionFiles& files, const Session& session) {
  const Result<remote::EngineSettings> settings = remote::read_engine_settings(files);
  if (!settings) return fail(settings.error());
  const Result<std::unique_ptr<LiveCollection>> opened =
      remote::open_live(session.global.data, session.global.collection, {});
  if (!opened) return fail(opened.error());
  const LiveCollection& collection = **opened;
  const Result<CatalogueCounts> counts = collection.counts();
  if (!counts) return fail(counts.error());
  const Result<std::vector<std::string>> attributes = collection.attribute_names();
  if (!attributes) return fail(attributes.error());
  const std::optional<ModelCard> card = collection.card();
  if (!card) return fail({ErrorCode::kUnavailable, "the cluster has gone just now; try again"});
  const LiveCollection::Dimensions dimensions = collection.dimensions();
  const std::string engine(remote::distribution_name(settings->distribution));
  if (session.global.json) {
    const nlohmann::ordered_json json = {
        {"collection", collection.name()},
        {"engine", engine},
        {"urls", settings->urls},
        {"index", settings->alias},
        {"items", counts->items},
        {"products", counts->products},
        {"failed", counts->failed},
        {"skipped", counts->skipped},
        {"attributes", *attributes},
        {"model", {{"name", card->name}, {"version", card->version}, {"sha256", card->sha256}}},
        {"shape_dimension", dimensions.shape},
        {"colour_dimension", dimensions.colour},
        {"bytes", collection.index_bytes()}};
    std::printf("%s\n", json.dump().c_str());
    return kOk;
  }
  std::string names;
  for (const std::string& name : *attributes) names += (names.empty() ? "" : ", ") + name;
  std::printf("collection  %s (index %s of %s at %s, %.1f MB)\n", collection.name().c_str(),
              settings->alias.c_str(), engine.c_str(), settings->urls.front().c_str(),
              static_cast<double>(collection.index_bytes()) / 1e6);
  std::printf("items       %s of %s products; %s failed, %s skipped\n",
              with_commas(counts->items).c_str(), with_commas(counts->products).c_str(),
              with_commas(counts->failed).c_str(), with_commas(counts->skipped).c_str());
  std::printf("network     %s version %s: shape %d numbers, colour %d\n", card->name.c_str(),
              card->version.c_str(), dimensions.shape, dimensions.colour);
  std::printf("attributes  %s\n", names.empty() ? "none" : names.c_str());
  return kOk;
}

int run(const Session& session) {
  const CollectionFiles in_cluster(session.global.data, session.global.collection);
  if (check_collection_name(session.global.collection) && remote::is_remote(in_cluster)) {
    return run_remote(in_cluster, session);
  }
  const Result<Collection> collection =
      Collection::open(session.global.data, session.global.collection);
  if (!collection) return fail(collection.error());
  const Result<CatalogueCounts> counts = collection->catalogue().counts();
  if (!counts) return fail(counts.error());
  const Result<std::vector<std::string>> attributes = collection->catalogue().attribute_names();
  if (!attributes) return fail(attributes.error());
  const Result<std::optional<UnfinishedChange>> change = unfinished_change(collection->catalogue());
  if (!change) return fail(change.error());
  const CollectionFiles files(session.global.data, session.global.collection);
  const Result<std::optional<TableState>> table = table_state(files, *collection);
  if (!table) return fail(table.error());
  const Result<std::optional<ConfidenceState>> learnt = confidence_state(*collection);
  if (!learnt) return fail(learnt.error());
  const std::uint64_t bytes = bytes_below(files.folder());
  const ModelCard& card = collection->card();
  if (session.global.json) {
    nlohmann::ordered_json json = {
        {"collection", collection->name()},
        {"folder", to_utf8(files.folder().native())},
        {"items", counts->items},
        {"products", counts->products},
        {"failed", counts->failed},
        {"skipped", counts->skipped},
        {"attributes", *attributes},
        {"model", {{"name", card.name}, {"version", card.version}, {"sha256", card.sha256}}},
        {"shape_dimension", collection->set().shape_dimension},
        {"colour_dimension", collection->set().colour_dimension},
        {"pca", card.projection.has_value()},
        {"bytes", bytes}};
    if (*table) {
      json["neighbours"] = {{"limit", (*table)->settings.limit},
                            {"colour_weight", (*table)->settings.colour_weight},
                            {"current", (*table)->current}};
    }
    if (*learnt) {
      json["confidence"] = {{"label", (*learnt)->confidence.label},
                            {"fitted", (*learnt)->confidence.fitted},
                            {"calibration_error", (*learnt)->confidence.check.error},
                            {"stale", (*learnt)->stale}};
    }
    if (*change) {
      json["unfinished_change"] = {{"model", (*change)->model},
                                   {"embedded", (*change)->embedded},
                                   {"items", (*change)->items}};
    }
    std::printf("%s\n", json.dump().c_str());
    return kOk;
  }
  std::string names;
  for (const std::string& name : *attributes) names += (names.empty() ? "" : ", ") + name;
  std::printf("collection  %s (%s, %.1f MB)\n", collection->name().c_str(), files.folder().c_str(),
              static_cast<double>(bytes) / 1e6);
  std::printf("items       %s of %s products; %s failed, %s skipped\n",
              with_commas(counts->items).c_str(), with_commas(counts->products).c_str(),
              with_commas(counts->failed).c_str(), with_commas(counts->skipped).c_str());
  std::printf("network     %s version %s: shape %d numbers", card.name.c_str(),
              card.version.c_str(), collection->set().shape_dimension);
  if (card.projection) std::printf(" (by PCA, of %d)", card.output.dimension);
  if (collection->has_colour()) std::printf(", colour %d", collection->set().colour_dimension);
  std::printf("\nattributes  %s\n", names.empty() ? "none" : names.c_str());
  if (*table) {
    std::printf(
        "neighbours  a table of %d of each item, colour weight %g, %s\n", (*table)->settings.limit,
        (*table)->settings.colour_weight,
        (*table)->current ? "current" : "not current; 'semblance neighbours' brings it up to date");
  }
  if (*learnt) {
    std::printf("confidence  learnt %s by %s, calibration error %.3f%s%s\n",
                (*learnt)->confidence.fitted.c_str(), (*learnt)->confidence.label.c_str(),
                (*learnt)->confidence.check.error,
                (*learnt)->stale.empty() ? "" : "; STALE: ", (*learnt)->stale.c_str());
  }
  if (*change) {
    std::printf(
        "unfinished  network %s: %s of %s photos embedded; go on with 'semblance sync SOURCE "
        "--model %s', or drop it with 'semblance sync --discard'\n",
        (*change)->model.c_str(), with_commas((*change)->embedded).c_str(),
        with_commas((*change)->items).c_str(), (*change)->model.c_str());
  }
  return kOk;
}

}  // namespace

void add_info(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "info", "Tells what a collection holds and which network made its vectors.");
  command->callback([&session] { session.exit_code = run(session); });
}

}  // namespace semblance::cli
