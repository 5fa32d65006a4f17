#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "catalogue/filter.h"
#include "remote/cluster.h"

namespace semblance::remote {

/// The documents that are indexed items.
Json indexed_items_query();

/// A filter (docs/filters.md) as query DSL, true of the same items as the local engine's. Among
/// indexed items only: put it beside indexed_items_query(). `attributes`: names that the index
/// knows. Errors: kInvalidArgument for others, as of filter_error().
Result<Json> filter_query(const Filter& filter, const std::set<std::string>& attributes);

/// The indexed items for which the expression is true; all of them where it is empty. Errors: those
/// of parse_filter and filter_query.
Result<Json> indexed_items_query(std::string_view expression,
                                 const std::set<std::string>& attributes);

}  // namespace semblance::remote
