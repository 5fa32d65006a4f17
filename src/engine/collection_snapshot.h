#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bitmap.h"
#include "base/result.h"
#include "catalogue/catalogue.h"
#include "describe/model_card.h"
#include "engine/collection_files.h"
#include "engine/confidence.h"
#include "engine/neighbours.h"
#include "engine/search_index.h"
#include "index/gathered_search.h"
#include "vector/vector_store.h"

namespace semblance {

/// The ids of the items that rows belong to, in memory.
class RowIds {
 public:
  /// Ids may come in any order of rows.
  void set(std::int64_t row, std::string_view id);
  /// To be called when all ids are there.
  void sort();

  /// Empty: the row belongs to no item.
  [[nodiscard]] std::string_view of(std::int64_t row) const {
    const auto index = static_cast<std::size_t>(row);
    if (index >= places_.size()) return {};
    return std::string_view(text_).substr(places_[index].start, places_[index].length);
  }
  [[nodiscard]] std::optional<std::int64_t> row_of(std::string_view id) const;

 private:
  struct Place {
    std::size_t start = 0;
    std::size_t length = 0;
  };
  std::string text_;
  std::vector<Place> places_;           // by row
  std::vector<std::uint32_t> by_id_{};  // rows of items, in the order of their ids' bytes
};

/// A collection as it stood at one moment: what searches read besides the catalogue. Never changes,
/// so that any number of threads may search it at once.
struct CollectionSnapshot {
  struct Options {
    bool with_ids = false;  ///< read all ids, so that none has to be looked up later
    std::size_t passes =
        0;  ///< gather the exact scans of many threads in so many passes; 0: do not
  };
  /// Errors: kMissingFile (its vectors are gone), kCorrupt, kIo. A collection without a set of
  /// vectors gives a snapshot whose set has the key 0.
  static Result<std::shared_ptr<const CollectionSnapshot>> open(const CollectionFiles& files,
                                                                std::string_view name,
                                                                const Catalogue& catalogue,
                                                                const Options& options);
  CollectionSnapshot() = default;
  CollectionSnapshot(const CollectionSnapshot&) = delete;
  CollectionSnapshot& operator=(const CollectionSnapshot&) = delete;
  ~CollectionSnapshot() = default;

  [[nodiscard]] std::int64_t key_of(std::int64_t row) const {
    return keys_by_row[static_cast<std::size_t>(row)];
  }
  [[nodiscard]] bool has_unused_rows() const {
    return used_rows < static_cast<std::int64_t>(keys_by_row.size());
  }

  std::string name;
  VectorSet set;
  ModelCard card;
  std::uint64_t network = 0;  ///< network_number of the card; 0: empty
  VectorStore vectors;
  std::vector<std::int64_t> keys_by_row;      ///< 0 for a row that belongs to no item
  std::int64_t used_rows = 0;                 ///< rows that belong to an item
  Bitmap used;                                ///< these
  Bitmap items;                               ///< their items, by key
  RowIds ids;                                 ///< empty unless they were asked for
  std::unique_ptr<SearchIndex> index;         ///< null: no rows
  std::unique_ptr<GatheredSearch> gathered;   ///< of the index's exact scan; may be null
  std::optional<NeighbourTable> table;        ///< nothing: there is none that is current
  std::optional<ConfidenceModel> confidence;  ///< nothing: none was learnt for this network
};

}  // namespace semblance
