#pragma once

#include "base/result.h"
#include "engine/query.h"
#include "engine/search.h"
#include "remote/remote_index.h"

namespace semblance::remote {

/// The items closest to what is searched for, as CollectionReader::search says.
///
/// What an inner product can rank (shape, and shape mixed with the network's colour) is asked of
/// the cluster as it is; for anything else (histograms, other metrics), and for hits that differ,
/// the nearest `kRankedAgain` by shape are fetched and ranked again by the local engine's own code.
/// So are the hits of an exact search, whose scores are the local engine's to the last bit.
/// Errors: also kInvalidArgument for pages behind kMostHits, and for an exact search by what only
/// ranking again can do.
Result<SearchAnswer> search_index(const RemoteIndex& index, const SearchQuery& query,
                                  const SearchOptions& options);

/// Photos of which those are chosen that only ranking again can order.
inline constexpr std::size_t kRankedAgain = 1'000;

}  // namespace semblance::remote
