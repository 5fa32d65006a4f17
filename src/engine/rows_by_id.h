#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/collection.h"

namespace semblance {

struct IdAndRow {
  std::string id;
  std::int64_t row = 0;
};

/// The rows of a collection that belong to items, in the order of the ids' bytes.
Result<std::vector<IdAndRow>> rows_by_id(const Collection& collection);

}  // namespace semblance
