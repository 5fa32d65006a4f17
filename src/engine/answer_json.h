#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "catalogue/catalogue.h"
#include "engine/change_of_network.h"
#include "engine/evaluate.h"
#include "engine/evaluation_statistics.h"
#include "engine/search.h"
#include "engine/sync.h"

namespace semblance {

// The JSON objects that users see, the same on the command line (--json) and over REST.
// Paths and messages show bytes that are not valid UTF-8 as \xHH; ids and attributes have none.

/// How an answer is written over REST; as it is on the command line by default.
struct AnswerStyle {
  bool with_attributes = true;
  bool with_paths = true;        ///< where photos lie is not for every client
  std::int64_t hits_before = 0;  ///< on earlier pages: ranks count on
  /// Add members to the object of a hit and to that of the answer; may be empty.
  std::function<void(const Hit&, JsonWriter&)> extend_hit{};
  std::function<void(JsonWriter&)> extend{};
};

nlohmann::ordered_json json_of(const Facets& facets);
nlohmann::ordered_json json_of(const Problem& problem);
nlohmann::ordered_json json_of(const SyncReport& report);
/// {"name": "value", ...}
nlohmann::ordered_json json_of(const Attributes& attributes);

std::string to_json(const SearchAnswer& answer, const AnswerStyle& style = {});
std::string to_json(const SyncReport& report);
/// The figures, their intervals and the searches, and the classes where they are asked for.
std::string to_json(const Evaluation& evaluation, const SearchQuality& searches, bool by_class);
std::string to_json(const PairedComparison& comparison);
std::string to_json(const Facets& facets);
std::string to_json(const std::vector<Problem>& problems);

/// What `sync --discard` dropped.
std::string to_json(const UnfinishedChange& change);

}  // namespace semblance
