#pragma once

#include <string>

#include "base/result.h"
#include "engine/collection.h"
#include "engine/evaluate.h"
#include "engine/evaluation_statistics.h"

namespace semblance {

/// An evaluation as one HTML page without anything outside it: figures with their intervals,
/// classes, and the queries that went worst with the pictures of what they found. Photos that
/// cannot be read are shown as their ids. Errors: kIo, kCorrupt (catalogue).
Result<std::string> evaluation_html(const Collection& collection, const Evaluation& evaluation,
                                    const SearchQuality& searches);

}  // namespace semblance
