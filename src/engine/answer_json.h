#pragma once

#include <string>
#include <vector>

#include "catalogue/catalogue.h"
#include "engine/evaluate.h"
#include "engine/search.h"
#include "engine/sync.h"

namespace semblance {

// The JSON objects that users see, the same on the command line (--json) and over REST.
// Text that is not valid UTF-8 cannot get into a catalogue; paths show such bytes as \xHH.

std::string to_json(const SearchAnswer& answer);
std::string to_json(const SyncReport& report);
std::string to_json(const Evaluation& evaluation);
std::string to_json(const Facets& facets);
std::string to_json(const std::vector<Problem>& problems);

}  // namespace semblance
