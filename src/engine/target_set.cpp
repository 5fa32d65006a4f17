#include "engine/target_set.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "describe/model_registry.h"
#include "engine/change_of_network.h"
#include "engine/collection_model.h"

namespace semblance {

namespace {

void tell(const Notice& notice, const std::string& line) {
  if (notice) notice(line);
}

Result<ModelCard> choose_network(const std::optional<VectorSet>& live, const std::string& model,
                                 const Notice& notice) {
  if (model.empty() && live) return find_model_of(*live);
  Result<ModelChoice> choice = choose_model(model);
  if (!choice) return choice.error();
  if (!choice->notice.empty()) tell(notice, choice->notice);
  return std::move(choice->card);
}

}  // namespace

Result<TargetSet> choose_target(const Catalogue& catalogue, const std::string& model,
                                int components, const Notice& notice) {
  const Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  const Result<std::optional<VectorSet>> building = catalogue.building_set();
  if (!building) return building.error();
  Result<ModelCard> card = choose_network(*live, model, notice);
  if (!card) return card.error();
  TargetSet target;
  target.card = card->without_projection();
  if (*live) {
    const auto live_card = parse_model_card((*live)->card_json, "the collection's card");
    if (!live_card) return live_card.error();
    if (live_card->projection && live_card->projection->dimension == components &&
        to_json(live_card->without_projection()) == to_json(target.card)) {
      target.card.projection = live_card->projection;
    }
  }
  const std::string card_json = to_json(target.card);
  for (const std::optional<VectorSet>* existing : {&*live, &*building}) {
    if (!*existing || (*existing)->card_json != card_json) continue;
    target.set = **existing;
    if (!target.set.live) {
      tell(notice, "going on with the change to network '" + target.card.name + "'");
    }
    return target;
  }
  target.set.card_json = card_json;
  target.set.live = !*live;
  target.set.card_folder = std::filesystem::absolute(target.card.folder);
  target.set.shape_dimension = target.card.shape_dimension();
  target.set.colour_dimension = target.card.colour ? target.card.colour->dimension : 0;
  return target;
}

Status begin_target(const CollectionFiles& files, const Catalogue& catalogue, const Notice& notice,
                    TargetSet& target) {
  if (target.set.key != 0) return {};
  Result<Transaction> transaction = Transaction::begin(catalogue.database());
  if (!transaction) return transaction.error();
  if (!target.set.live) {
    Result<std::optional<VectorSet>> other = catalogue.building_set();
    if (!other) return other.error();
    if (*other) {
      SEMBLANCE_RETURN_IF_ERROR(catalogue.drop_set(**other));
      SEMBLANCE_RETURN_IF_ERROR(remove_unused_vectors(files, catalogue));
    }
    tell(notice, "embedding all photos again with network '" + target.card.name +
                     "'; searches use the old vectors until that is done");
  }
  Result<VectorSet> created = catalogue.create_set(target.set);
  if (!created) return created.error();
  target.set = *std::move(created);
  return transaction->commit();
}

}  // namespace semblance
