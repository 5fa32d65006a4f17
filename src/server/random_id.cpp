#include "server/random_id.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "base/base64.h"

namespace semblance::server {

std::string random_id(std::size_t bytes) {
  std::vector<std::byte> random(bytes);
  // Of at most 256 bytes it fails only where the kernel has none at all: nothing is safe then.
  while (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    if (errno != EINTR) std::abort();
  }
  return encode_base64url(random);
}

}  // namespace semblance::server
