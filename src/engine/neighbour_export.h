#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace semblance {

struct NeighbourExportReport {
  std::int64_t items = 0;
  std::int64_t neighbours = 0;  ///< of all items together
};

/// Writes a collection's neighbour table for other programs (docs/formats.md): to a file called
/// .csv a line for each neighbour, to one called .json an array with an object for each item. By
/// id; scores and distances are those of searches. At most `limit` neighbours of each item, or all.
/// Errors: kInvalidArgument (another ending, a limit below 1), kNotFound (no such collection, no
/// table), kConflict (the table is not current, or damaged), kIo.
Result<NeighbourExportReport> export_neighbours(const std::filesystem::path& data_folder,
                                                std::string_view collection,
                                                const std::filesystem::path& output,
                                                std::optional<int> limit);

}  // namespace semblance
