#include "live/networks.h"

#include <utility>

#include "engine/collection_model.h"
#include "engine/projected_set.h"
#include "engine/target_set.h"

namespace semblance {

std::shared_ptr<const OpenNetwork> Networks::last() const {
  const std::scoped_lock lock(mutex_);
  return last_;
}

Result<std::shared_ptr<const OpenNetwork>> Networks::of(const CollectionSnapshot& snapshot) {
  const auto fits = [&](const std::shared_ptr<const OpenNetwork>& network) {
    // What was chosen for an empty collection stays chosen.
    return network && (snapshot.set.key == 0 || network->number == snapshot.network);
  };
  std::shared_ptr<const OpenNetwork> known = last();
  if (fits(known)) return known;
  const std::scoped_lock one_at_a_time(opening_);
  known = last();
  if (fits(known)) return known;
  Result<std::shared_ptr<const OpenNetwork>> opened = open(snapshot);
  if (!opened) return opened;
  const std::scoped_lock lock(mutex_);
  last_ = *opened;
  return opened;
}

Result<std::shared_ptr<const OpenNetwork>> Networks::open(const CollectionSnapshot& snapshot) {
  const Result<CataloguePool::Lease> catalogue = pool_.lease();
  if (!catalogue) return catalogue.error();
  ModelCard card;
  std::uint64_t number = snapshot.network;
  if (snapshot.set.key != 0) {
    Result<ModelCard> found = find_model_of(snapshot.set);
    if (!found) return found.error();
    card = *std::move(found);
  } else {
    const Result<int> components = wanted_components(**catalogue);
    if (!components) return components.error();
    Result<TargetSet> target = choose_target(**catalogue, "", *components, {});
    if (!target) return target.error();
    card = std::move(target->card);
    number = network_number(target->set.card_json);
  }
  Result<std::unique_ptr<Embedder>> embedder = open_ ? open_(card) : open_onnx_embedder(card);
  if (!embedder) return embedder.error();
  Result<std::unique_ptr<Embedder>> projected =
      with_projection(*std::move(embedder), **catalogue, card);
  if (!projected) return projected.error();
  return std::shared_ptr<const OpenNetwork>(
      std::make_shared<OpenNetwork>(std::move(card), number, *std::move(projected), limits_));
}

}  // namespace semblance
