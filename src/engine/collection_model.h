#pragma once

#include <string_view>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "describe/model_registry.h"

namespace semblance {

/// The network that a set of vectors was made with, found again: where it was then, or anywhere in
/// the registry. Card and hashes must be the same, so that vectors of two networks never mix. Its
/// files are verified. Errors: kNotFound, kCorrupt.
Result<ModelCard> find_model_of(const VectorSet& set);

}  // namespace semblance
