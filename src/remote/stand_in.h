#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "catalogue/item_writer.h"
#include "engine/collection_files.h"
#include "remote/document.h"
#include "remote/index_reader.h"
#include "remote/remote_index.h"

namespace semblance::remote {

// A sync of a collection in a cluster works on a catalogue of this machine that stands in for the
// index: it is filled with what the index says of its items (but for their vectors), the ordinary
// sync plans and changes it, and what it changes there is written to the index batch by batch
// (index_mirror.h). When the sync ends, however it ends, the stand-in goes; the index is the truth.

/// Puts the items of an index into a catalogue, each with a vector of `set_key` whose row lies
/// elsewhere (a negative number). Memory holds a page. `progress` may be empty. Errors: those of
/// IndexReader::scan and of the catalogue.
Status read_items_into(const Catalogue& catalogue, std::int64_t set_key, const IndexReader& reader,
                       const PartRange& part, const std::atomic<bool>* stop,
                       const std::function<void(std::int64_t items)>& progress);

/// Writes one item of an index into a catalogue, in the caller's transaction.
Status put_indexed_item(RemoteItem item, StoredVector vector, ItemWriter& items);
Status put_problem_of(RemoteItem item, ItemWriter& items);

/// The settings that the index keeps of a catalogue.
Status read_settings_into(const Catalogue& catalogue, const RemoteIndex& index,
                          const IndexView& view, const SendOptions& send);

/// A set of vectors of the network that an index has.
Result<VectorSet> create_set_of(const Catalogue& catalogue, const IndexMeta& meta, bool live);

/// The code of that name; kInternal for one that this program does not know.
ErrorCode error_code_of(std::string_view name);

/// An item of a catalogue as a document says it, but for its descriptors, and where these are.
struct CatalogueItem {
  RemoteItem item;
  std::int64_t key = 0;
  std::string id_before;            ///< under which the index may know it
  std::optional<std::int64_t> row;  ///< of the set; negative: elsewhere; nothing: it has no vector
};

/// Reads items with their attributes and rows of `set_key`: those whose key `keys`, a query of one
/// column, selects, or a table (key, id before) with two. Ordered by key.
class CatalogueItems {
 public:
  /// `from`: a table or query of columns `item` and `old_id`, with one parameter: of keys behind
  /// which to go on.
  static Result<CatalogueItems> open(const Catalogue& catalogue, std::int64_t set_key,
                                     const std::string& from);
  /// Nothing at the end.
  Result<std::optional<CatalogueItem>> next(std::int64_t behind_key);

 private:
  const Catalogue* catalogue_ = nullptr;
  std::int64_t set_key_ = 0;
  Statement select_;
};

}  // namespace semblance::remote
