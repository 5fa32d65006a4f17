#pragma once

#include <string>
#include <vector>

#include "catalogue/catalogue.h"
#include "engine/change_of_network.h"
#include "engine/evaluate.h"
#include "engine/search.h"
#include "engine/sync.h"

namespace semblance {

// The JSON objects that users see, the same on the command line (--json) and over REST.
// Paths and messages show bytes that are not valid UTF-8 as \xHH; ids and attributes have none.

std::string to_json(const SearchAnswer& answer);
std::string to_json(const SyncReport& report);
std::string to_json(const Evaluation& evaluation);
std::string to_json(const std::vector<Problem>& problems);

/// What `sync --discard` dropped.
std::string to_json(const UnfinishedChange& change);

}  // namespace semblance
