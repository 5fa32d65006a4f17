// libFuzzer: a file of any kind, told by its bytes; and lists of addresses.
//   fuzz_open_source tests/fuzz/corpus/*

#include "source/address_list_source.h"
#include "source/open_source.h"
#include "source_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const semblance::fuzz::MemoryFile file(data, size);
  semblance::fuzz::read_to_end(semblance::open_address_list_source(file.path()));
  semblance::fuzz::read_to_end(semblance::open_source(file.path().native(), {}));
  return 0;
}
