// libFuzzer: whatever the bytes are, a table's rows come once each and keep SourceEntry's promises.
//   fuzz_table_source tests/fuzz/corpus/table_source

#include "source/table_source.h"
#include "source_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using semblance::TableKind;
  const semblance::fuzz::MemoryFile file(data, size);
  semblance::fuzz::read_to_end(semblance::open_table_source(
      file.path(), {}, size % 2 == 0 ? TableKind::kAny : TableKind::kFeed));
  return 0;
}
