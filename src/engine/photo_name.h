#pragma once

#include <filesystem>

#include "base/error.h"

namespace semblance {

/// Whether an input that could not be indexed was none to begin with: a kind of file that this
/// program does not index, or a file that neither is a picture nor has the name of one (a table or
/// a text between photos). Everything else failed.
bool is_skipped_rather_than_failed(ErrorCode reason, const std::filesystem::path& path);

}  // namespace semblance
