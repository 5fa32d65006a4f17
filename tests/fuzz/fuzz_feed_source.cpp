// libFuzzer: whatever the bytes are, a feed ends or fails, and its items keep SourceEntry's
// promises.
//   fuzz_feed_source tests/fuzz/corpus/feed_source

#include "source/feed_source.h"
#include "source_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const semblance::fuzz::MemoryFile file(data, size);
  semblance::fuzz::read_to_end(semblance::open_feed_source(file.path(), {}));
  return 0;
}
