#pragma once

#include <filesystem>
#include <memory>

#include "source/source.h"
#include "source/source_options.h"

namespace semblance {

/// The products of a Google Merchant feed in XML (RSS or Atom; feed_parser.h): `id`, `image_link`,
/// `additional_image_link`, `item_group_id` (the product) and `link` by their names unless
/// `options` name others, everything else as attributes; "15.00 USD" becomes price 15.00 and
/// price_currency USD. A feed in the form of a table is read by open_table_source.
/// Errors: those of FeedParser; kNotFound when options.images is no folder.
Result<std::unique_ptr<Source>> open_feed_source(const std::filesystem::path& file,
                                                 const SourceOptions& options);

}  // namespace semblance
