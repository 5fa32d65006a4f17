#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "describe/model_card.h"
#include "engine/collection_files.h"

namespace semblance {

/// The set of vectors that a sync fills, and its network.
struct TargetSet {
  ModelCard card;
  VectorSet set;  ///< key 0: it does not exist yet
};

/// One line for the user; may be empty.
using Notice = std::function<void(std::string_view)>;

/// The live set if it has the network `model` (a name or file; empty: the collection's own, or the
/// default), else one beside it that is to become live: the one that an interrupted sync began, if
/// it has that network, or a new one.
///
/// `components` is what the shape vectors shall be shortened to (0: not at all): a set that is
/// shortened otherwise is filled anew, with whole vectors (engine/projected_set.h).
/// Errors: those of choose_model and find_model_of, kIo.
Result<TargetSet> choose_target(const Catalogue& catalogue, const std::string& model,
                                int components, const Notice& notice);

/// Makes the set exist; what was begun with a third network is dropped. Errors: kIo.
Status begin_target(const CollectionFiles& files, const Catalogue& catalogue, const Notice& notice,
                    TargetSet& target);

}  // namespace semblance
