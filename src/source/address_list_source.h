#pragma once

#include <filesystem>
#include <memory>

#include "source/source.h"

namespace semblance {

/// A text with the address of a photo (http or https) in each line; blank lines and those that
/// begin with '#' are ignored. Ids are made of the addresses (AddressIds), for which the list is
/// read twice. A line that is no address is an entry with the problem kBadRow.
/// Errors: those of LineReader.
Result<std::unique_ptr<Source>> open_address_list_source(const std::filesystem::path& file);

}  // namespace semblance
