#include "remote/remote_doctor.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "engine/collection_files.h"
#include "engine/collection_model.h"
#include "remote/document.h"
#include "remote/filter_query.h"
#include "remote/remote_index.h"
#include "remote/stand_in.h"

namespace semblance::remote {

namespace {

using Severity = Finding::Severity;

/// One examination: the checks in the order in which run() calls them.
class RemoteExamination {
 public:
  explicit RemoteExamination(const RemoteIndex& index) : index_(index) {}

  DoctorReport run();

 private:
  void find(Severity severity, std::string check, std::string message, std::string remedy = {});
  void check_health(const IndexView& view);
  void check_generations(const IndexView& view);
  void check_network(const IndexView& view);
  void check_items(const IndexView& view);

  const RemoteIndex& index_;
  DoctorReport report_;
};

void RemoteExamination::find(Severity severity, std::string check, std::string message,
                             std::string remedy) {
  Finding finding;
  finding.severity = severity;
  finding.check = std::move(check);
  finding.message = std::move(message);
  finding.remedy = std::move(remedy);
  report_.findings.push_back(std::move(finding));
}

void RemoteExamination::check_health(const IndexView& view) {
  const Result<ClusterHealth> health = index_.admin(*view.dialect).health(view.description.index);
  if (!health) return find(Severity::kError, "cluster", health.error().message);
  const std::string state = "index '" + view.description.index + "' is " + health->status + ": " +
                            std::to_string(health->active_shards) + " shards active, " +
                            std::to_string(health->unassigned_shards) + " unassigned, " +
                            std::to_string(health->data_nodes) + " nodes with data";
  if (health->status == "red") {
    find(Severity::kError, "cluster", state, "start the nodes that are missing");
  } else if (health->status == "yellow") {
    find(Severity::kWarning, "cluster", state,
         "searches are answered, but the loss of a node would lose items: add nodes, or create "
         "the collection with fewer --replicas");
  } else {
    find(Severity::kNote, "cluster", state);
  }
}

void RemoteExamination::check_generations(const IndexView& view) {
  const Result<std::vector<Generation>> all =
      index_.admin(*view.dialect).generations(index_.settings().alias);
  if (!all) return find(Severity::kError, "index", all.error().message);
  for (const Generation& each : *all) {
    if (each.live) continue;
    find(Severity::kNote, "index",
         "'" + each.index + "' is not live: a change of network was begun and not finished",
         "finish it with 'semblance sync SOURCE --model NAME' of the same network");
  }
}

void RemoteExamination::check_network(const IndexView& view) {
  VectorSet set;
  set.card_json = view.meta().card_json;
  set.card_folder = card_folder_of(view.meta());
  const Result<ModelCard> card = find_model_of(set);
  if (!card) find(Severity::kError, "network", card.error().message);
}

void RemoteExamination::check_items(const IndexView& view) {
  const std::vector<Json> queries{
      indexed_items_query(),
      {{"bool",
        {{"filter", Json::array({indexed_items_query(),
                                 Json{{"exists", {{"field", std::string(kEmbeddingField)}}}}})}}}}};
  const Result<std::vector<std::int64_t>> counts = index_.reader(view).counts(queries);
  if (!counts) return find(Severity::kError, "items", counts.error().message);
  report_.items = (*counts)[0];
  report_.vectors = (*counts)[1];
  if (report_.items == report_.vectors) return;
  find(
      Severity::kError, "items",
      std::to_string(report_.items - report_.vectors) +
          " items are indexed and have no vector: something else than Semblance wrote to the index",
      "embed them again with 'semblance sync SOURCE --retry'");
}

DoctorReport RemoteExamination::run() {
  const Clock::time_point start = Clock::now();
  const Result<std::shared_ptr<const IndexView>> view = index_.view();
  if (view) {
    find(Severity::kNote, "cluster",
         std::string(distribution_name((*view)->facts.distribution)) + " " +
             (*view)->facts.version + " at " + index_.cluster().name());
    check_health(**view);
    check_generations(**view);
    check_network(**view);
    check_items(**view);
  } else {
    find(Severity::kError, "cluster", view.error().message);
  }
  report_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return std::move(report_);
}

}  // namespace

Result<DoctorReport> examine_remote(const std::filesystem::path& data_folder,
                                    std::string_view collection) {
  const Result<EngineSettings> settings =
      read_engine_settings(CollectionFiles(data_folder, collection));
  if (!settings) return settings.error();
  const Result<std::shared_ptr<const RemoteIndex>> index =
      RemoteIndex::create(*settings, std::string(collection), kPatienceToAnswer);
  if (!index) return index.error();
  return RemoteExamination(**index).run();
}

Result<DoctorReport> examine_any(const std::filesystem::path& data_folder,
                                 std::string_view collection, bool repair) {
  const bool remote =
      check_collection_name(collection) && is_remote(CollectionFiles(data_folder, collection));
  if (!remote) return examine_collection(data_folder, collection, repair);
  if (!repair) return examine_remote(data_folder, collection);
  return Error{ErrorCode::kInvalidArgument,
               "there is nothing to repair here: the cluster keeps the collection, and its own "
               "copies of it; leave out --repair"};
}

}  // namespace semblance::remote
