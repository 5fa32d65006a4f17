#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/source.h"
#include "source/source_options.h"

namespace semblance {

/// Opens what an argument of `sync` names: a folder, or a file whose kind is told from its first
/// bytes and its ending (or said by options.format): a table, a feed, a list of addresses, JSON.
/// `id_prefix` is put before the ids of a folder's photos.
/// Errors: kNotFound when there is no such file or folder; kInvalidArgument for an unknown format,
/// for what is no source (with what to do instead) and for a `where` that this source cannot
/// answer; those of the source's kind.
Result<std::unique_ptr<Source>> open_source(const std::string& argument,
                                            const SourceOptions& options,
                                            const std::string& id_prefix = "");

/// Opens all of several arguments at once, to be read one after the other. Of several, the ids of a
/// folder's photos begin with the folder's name, so that equal names in them differ.
/// Errors: those of open_source; kInvalidArgument without any argument, or when an option has
/// nothing to act on (--exclude without a folder, --id-column without a table, feed or list).
Result<std::unique_ptr<Source>> open_sources(const std::vector<std::string>& arguments,
                                             const SourceOptions& options);

}  // namespace semblance
