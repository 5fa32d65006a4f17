#pragma once

#include <filesystem>
#include <memory>

#include "source/source.h"
#include "source/source_options.h"

namespace semblance {

/// Photos listed in JSON (json_records.h says in which forms): each record's id, photo (an address
/// or a path; several become several items), product and link are guessed as a table's are, the
/// rest are attributes. Annotations are joined by "image_id" to the record with that `image_id` or
/// `id`; several values of a name become one text with commas, but `options.where` looks at each.
/// The file is read whole into a temporary database by the first next(), which can take a while.
/// Errors: those of read_json_records, from next(); kNotFound when options.images is no folder.
Result<std::unique_ptr<Source>> open_json_source(const std::filesystem::path& file,
                                                 const SourceOptions& options);

}  // namespace semblance
