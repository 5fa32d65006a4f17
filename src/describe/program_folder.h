#pragma once

#include <filesystem>

namespace semblance {

/// The folder that the running program lies in (symbolic links followed): what comes with the
/// program is found relative to it. Empty where /proc is not there.
std::filesystem::path program_folder();

}  // namespace semblance
