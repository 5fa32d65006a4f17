#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "engine/collection.h"

namespace semblance {

struct DescriptorExportReport {
  std::int64_t rows = 0;
  int dimension = 0;
  std::filesystem::path ids;  ///< the file with the ids; empty for CSV, which has them
};

/// Writes one descriptor of every item for other programs, in the order of the ids' bytes: OUT.npy
/// (NumPy's format 1.0: rows x dimension float32, little-endian, C order) with the ids beside it in
/// OUT.ids.txt, one a line; or OUT.csv (id, then the numbers; no header). Where an id has line
/// breaks, OUT.ids.txt has \n and \r in their place.
/// Errors: kInvalidArgument (ending, descriptor), kIo.
Result<DescriptorExportReport> export_descriptors(const Collection& collection,
                                                  const std::string& descriptor,
                                                  const std::filesystem::path& output);

}  // namespace semblance
