#pragma once

#include <optional>

#include "base/error.h"
#include "catalogue/attributes.h"
#include "live/live_collection.h"

namespace semblance {

// What holds for changes of items whichever engine carries them out.

/// kInvalidArgument for an id, a product or attributes that cannot be kept.
std::optional<Error> trouble_with_texts(const ItemChange& change);

/// What the attributes are after a patch.
Attributes patched(Attributes attributes, const ItemChange& change);

}  // namespace semblance
