#pragma once

#include <string_view>

namespace semblance::server {

/// The content of a file that was built into the program (cmake/SemblanceEmbed.cmake); empty where
/// there is none of that name.
std::string_view embedded_file(std::string_view name);

}  // namespace semblance::server
