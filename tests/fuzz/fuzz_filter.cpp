// libFuzzer: whatever the text is, parse_filter returns, its errors are text that can be shown, and
// what it accepts can be answered by a catalogue.
//   fuzz_filter -dict=tests/fuzz/filter.dict WORK_FOLDER tests/fuzz/corpus/filter

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.h"
#include "catalogue/catalogue.h"
#include "catalogue/filter.h"
#include "catalogue/item_writer.h"

namespace {

using semblance::Catalogue;
using semblance::Database;

/// A few items in memory.
Catalogue make_catalogue() {
  auto catalogue = Catalogue::open(":memory:", Database::Mode::kWrite);
  if (!catalogue) std::abort();
  semblance::VectorSet set;
  set.live = true;
  const auto created = catalogue->create_set(set);
  if (!created) std::abort();
  auto writer = semblance::ItemWriter::create(catalogue->database(), created->key);
  if (!writer) std::abort();
  for (const char* id : {"1", "2", "x"}) {
    semblance::SyncTask task;
    task.seen.id = id;
    task.seen.attributes = {{"a", id}, {"b", "true"}, {"price", "12.99 USD"}};
    if (id[0] == 'x') task.seen.attributes->pop_back();
    if (!writer->put_indexed(task, {id[0] - '0', 0, {}})) std::abort();
  }
  return *std::move(catalogue);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Catalogue catalogue = make_catalogue();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = semblance::parse_filter(text);
  if (!filter && (filter.error().message.empty() ||
                  !semblance::is_utf8(filter.error().message + filter.error().details))) {
    std::abort();
  }
  const auto items = catalogue.filter(text);
  if (!items && items.error().code != semblance::ErrorCode::kInvalidArgument) std::abort();
  if (items && items->count() > 3) std::abort();
  if (items && !text.empty() && !filter) std::abort();
  return 0;
}
