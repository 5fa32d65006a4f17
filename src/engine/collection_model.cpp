#include "engine/collection_model.h"

#include <string>

namespace semblance {

Result<ModelCard> find_model_of(const VectorSet& set) {
  Result<ModelCard> remembered = parse_model_card(set.card_json, "the collection's model card");
  if (!remembered) return remembered.error();
  remembered->folder = set.card_folder;
  // An imported collection knows no folder when its network was not here then.
  const Status verified =
      set.card_folder.empty()
          ? Error{ErrorCode::kMissingFile, "it was not here when the collection was imported"}
          : verify_model_files(*remembered);
  if (verified) return remembered;

  Result<ModelChoice> same_name = choose_model(remembered->name);
  if (same_name && to_json(same_name->card) == to_json(remembered->without_projection())) {
    same_name->card.projection = remembered->projection;
    return std::move(same_name->card);
  }
  return Error{ErrorCode::kNotFound,
               "the network of this collection, '" + remembered->name + "' version " +
                   remembered->version + ", cannot be used: " + verified.error().message +
                   "; put it back, or embed the photos again with 'semblance sync ... --model "
                   "NAME|FILE'"};
}

}  // namespace semblance
