#pragma once

#include <filesystem>
#include <memory>

#include "source/source.h"
#include "source/source_options.h"

namespace semblance {

enum class TableKind {
  kAny,  ///< the separator is told from the header
  kTsv,
  kFeed,  ///< a product feed: its prices are taken apart
};

/// The rows of a CSV or TSV file with a header: every column that is not the id, the photo, the
/// product or the link is an attribute. What the columns mean is guessed (record_mapper.h), unless
/// `options` name them; without a usual name, the first column is the id. Without a column for the
/// photo it is ID.<an image ending> in the photos' folder (PhotoFinder::beside).
/// A row that cannot be read, or whose photo is not there, is an entry with a problem.
/// Errors: those of TableReader; kInvalidArgument for a column that `options` name and that is not
/// there; kNotFound when options.images is no folder.
Result<std::unique_ptr<Source>> open_table_source(const std::filesystem::path& file,
                                                  const SourceOptions& options, TableKind kind);

}  // namespace semblance
