#pragma once

#include "base/result.h"
#include "catalogue/database.h"

namespace semblance {

/// Brings an open catalogue to the schema of this program, in one transaction a version. Errors:
/// kConflict when the catalogue was written by a newer program, kIo.
Status migrate_schema(const Database& database);

/// kConflict unless the catalogue has this program's schema, or an older one in which readers find
/// all that they look for.
Status check_schema(const Database& database);

/// For a database from anywhere: kCorrupt unless its tables and indices are exactly those that this
/// program makes for the version that it says it has, and there is nothing else; kConflict when
/// that version is newer than this program's.
Status check_schema_is_ours(const Database& database);

}  // namespace semblance
