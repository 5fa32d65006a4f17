#include "describe/program_folder.h"

#include <system_error>

namespace semblance {

std::filesystem::path program_folder() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

}  // namespace semblance
