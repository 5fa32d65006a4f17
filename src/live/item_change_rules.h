#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "catalogue/attributes.h"
#include "live/live_collection.h"

namespace semblance {

// What holds for changes of items whichever engine carries them out.

/// kInvalidArgument for an id, a product or attributes that cannot be kept.
std::optional<Error> trouble_with_texts(const ItemChange& change);

/// kNotFound, for a change of an item that is not there.
Error no_item(std::string_view id);

/// What the attributes are after a patch.
Attributes patched(Attributes attributes, const ItemChange& change);

}  // namespace semblance
