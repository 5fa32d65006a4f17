#include "remote/remote_index.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "engine/photo_describer.h"
#include "remote/document.h"

namespace semblance::remote {

namespace {

constexpr std::chrono::seconds kLookAgain{1};
constexpr std::chrono::seconds kLeastTimeout{5};  // of one attempt

}  // namespace

Result<std::shared_ptr<const RemoteIndex>> RemoteIndex::create(const EngineSettings& settings,
                                                               std::string collection,
                                                               std::chrono::milliseconds patience) {
  Result<ClusterAddress> address = address_of(settings);
  if (!address) return address.error();
  address->patience = patience;
  address->request_timeout = std::max<std::chrono::milliseconds>(5 * patience, kLeastTimeout);
  Result<std::shared_ptr<const Cluster>> cluster = Cluster::create(*std::move(address));
  if (!cluster) return cluster.error();
  return std::shared_ptr<const RemoteIndex>(
      new RemoteIndex(settings, std::move(collection), *std::move(cluster)));
}

Result<ClusterFacts> RemoteIndex::facts(const SendOptions& options) const {
  {
    const std::scoped_lock lock(mutex_);
    if (facts_) return *facts_;
  }
  Result<ClusterFacts> facts = cluster_->examine(options);
  if (!facts) return facts;
  if (facts->distribution != settings_.distribution) {
    return Error{ErrorCode::kInvalidArgument,
                 "at " + cluster_->name() + " there is " +
                     std::string(distribution_name(facts->distribution)) + ", and collection '" +
                     collection_ + "' was made for " +
                     std::string(distribution_name(settings_.distribution)) +
                     "; create it again with the right --engine"};
  }
  const std::scoped_lock lock(mutex_);
  facts_ = *facts;
  return facts;
}

Result<std::shared_ptr<const IndexView>> RemoteIndex::look(const SendOptions& options) const {
  const Result<ClusterFacts> facts = this->facts(options);
  if (!facts) return facts.error();
  auto view = std::make_shared<IndexView>();
  view->facts = *facts;
  view->dialect = &Dialect::of(facts->distribution);
  Result<IndexDescription> description = admin(*view->dialect).describe(settings_.alias, options);
  if (!description) return description.error();
  view->description = *std::move(description);
  const std::string& card_json = view->meta().card_json;
  Result<ModelCard> card = parse_model_card(card_json, "the index's model card");
  if (!card) return card.error();
  view->card = *std::move(card);
  view->network = network_number(card_json);
  return std::shared_ptr<const IndexView>(std::move(view));
}

Result<std::shared_ptr<const IndexView>> RemoteIndex::view(const SendOptions& options) const {
  {
    const std::scoped_lock lock(mutex_);
    if (view_ && Clock::now() - looked_ < kLookAgain) return view_;
  }
  const Result<std::shared_ptr<const IndexView>> looked = look(options);
  if (!looked) return looked;
  const std::scoped_lock lock(mutex_);
  const IndexDescription& now = (*looked)->description;
  const bool same = view_ && view_->description.index == now.index &&
                    view_->description.attributes == now.attributes &&
                    view_->meta().card_json == now.meta.card_json;
  if (!same) {
    auto changed = std::make_shared<IndexView>(**looked);
    changed->version = view_ ? view_->version + 1 : 1;
    view_ = std::move(changed);
  }
  looked_ = Clock::now();
  return view_;
}

Result<Json> RemoteIndex::state(const IndexView& view, std::string_view key,
                                const SendOptions& options) const {
  const std::vector<std::string> ids{state_document_id(key)};
  const std::vector<std::string> source{"state"};
  const auto documents = reader(view).documents(ids, source, options);
  if (!documents) return documents.error();
  if (!documents->found.front()) return Json();
  return parse_state(documents->found.front());
}

IndexLayout layout_of(IndexMeta meta, const VectorSet& set, const EngineSettings& settings) {
  IndexLayout layout;
  layout.meta = std::move(meta);
  layout.meta.card_json = set.card_json;
  layout.meta.network = network_id(set.card_json);
  layout.meta.shape_dimension = set.shape_dimension;
  layout.meta.colour_dimension = set.colour_dimension;
  layout.meta.settings["card_folder"] = set.card_folder.string();
  layout.shards = settings.shards;
  layout.replicas = settings.replicas;
  return layout;
}

std::filesystem::path card_folder_of(const IndexMeta& meta) {
  const auto folder = meta.settings.find("card_folder");
  if (folder == meta.settings.end() || !folder->is_string()) return {};
  return folder->get<std::string>();
}

std::optional<PhotoRoots> roots_in(const Json& settings) {
  if (!settings.is_object()) return std::nullopt;
  const auto roots = settings.find("photo_roots");
  if (roots == settings.end() || !roots->is_string()) return std::nullopt;
  return PhotoRoots::from_text(roots->get<std::string>());
}

}  // namespace semblance::remote
