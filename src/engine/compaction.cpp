#include "engine/compaction.h"

#include <optional>
#include <string>

#include "engine/rewrite_set.h"

namespace semblance {

Status compact_if_it_pays(const CollectionFiles& files, const Catalogue& catalogue,
                          std::int64_t least) {
  const Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  const Result<std::optional<VectorSet>> building = catalogue.building_set();
  if (!building) return building.error();
  if (!*live || *building) return {};
  const Result<std::int64_t> used = catalogue.database().integer(
      "SELECT count(*) FROM vector WHERE vector_set = " + std::to_string((*live)->key));
  if (!used) return used.error();
  const std::int64_t unused = (*live)->rows - *used;
  if (unused < least || unused * 4 < (*live)->rows) return {};
  return rewrite_set(files, catalogue, **live, **live, {}, {});
}

}  // namespace semblance
