#pragma once

#include "base/result.h"
#include "catalogue/database.h"

namespace semblance {

/// Brings an open catalogue to the schema of this program, in one transaction a version. Errors:
/// kConflict when the catalogue was written by a newer program, kIo.
Status migrate_schema(const Database& database);

/// kConflict unless the catalogue has exactly this program's schema.
Status check_schema(const Database& database);

}  // namespace semblance
