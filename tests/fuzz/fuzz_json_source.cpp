// libFuzzer: whatever the bytes are, a JSON list ends or fails, and its records keep SourceEntry's
// promises.
//   fuzz_json_source tests/fuzz/corpus/json_source

#include "source/json_source.h"
#include "source_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const semblance::fuzz::MemoryFile file(data, size);
  semblance::SourceOptions options;
  if (size % 2 == 1) options.where = {"label_id=12"};
  semblance::fuzz::read_to_end(semblance::open_json_source(file.path(), options));
  return 0;
}
