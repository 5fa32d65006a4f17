#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "remote/bulk.h"
#include "remote/document.h"
#include "remote/remote_index.h"
#include "remote/stand_in.h"
#include "vector/vector_store.h"

namespace semblance::remote {

/// Writes what changes in a stand-in (stand_in.h) to the index, and forgets a change only when the
/// cluster has acknowledged it. One thread at a time.
class IndexMirror {
 public:
  /// From now on changes of the catalogue's items are noted. `reader` is of the index that
  /// descriptors which lie elsewhere are read from.
  static Result<std::unique_ptr<IndexMirror>> attach(const CollectionFiles& stand_in,
                                                     const RemoteIndex& index,
                                                     std::shared_ptr<const IndexView> view,
                                                     const std::atomic<bool>* stop);

  /// Where vectors of a set are written. A set without a place is not written.
  void set_place(std::int64_t set_key, std::string index_name);
  [[nodiscard]] std::optional<std::string> place_of(std::int64_t set_key) const;

  /// Writes what was noted: items with vectors of `set_key`, those that have failed, and what has
  /// gone. Errors: those of the cluster; what was not written stays noted.
  /// `progress` hears how many items are written; may be empty.
  Status write(std::int64_t set_key,
               const std::function<void(std::int64_t items)>& progress = nullptr);

  /// Notes all items. Returns how many there are.
  Result<std::int64_t> note_all_items();
  /// Notes all items that are not indexed, for an index that is to take another's place.
  Status note_failed_items();
  /// Writes the settings and, in place of those that the index has (`whole`) or beside them, the
  /// problems with inputs that are no items.
  Status write_state(std::int64_t set_key, bool whole);

  /// Items that the cluster refused: they are `failed` there, with its reason.
  struct Refused {
    std::string id;
    bool was_known = false;  ///< before the sync
  };
  [[nodiscard]] const std::vector<Refused>& refused() const { return refused_; }

 private:
  IndexMirror(const CollectionFiles& stand_in, const RemoteIndex& index,
              std::shared_ptr<const IndexView> view, const std::atomic<bool>* stop,
              Catalogue catalogue)
      : files_(stand_in),
        index_(index),
        view_(std::move(view)),
        stop_(stop),
        catalogue_(std::move(catalogue)) {}
  struct Batch;

  /// How many items it wrote; nothing where there was nothing to do.
  Result<std::optional<std::size_t>> write_batch(std::int64_t set_key,
                                                 const std::string& index_name);
  Status gather(std::int64_t set_key, Batch& batch);
  Status add_descriptors(const IndexReader& reader, std::int64_t set_key, Batch& batch);
  Status map_attributes(const std::string& index_name, const Batch& batch);
  Status send(const std::string& index_name, Batch& batch);
  Status write_failure(const std::string& index_name, const Batch& batch);
  Status forget(const Batch& batch);

  const CollectionFiles files_;
  const RemoteIndex& index_;
  const std::shared_ptr<const IndexView> view_;
  const std::atomic<bool>* const stop_;
  Catalogue catalogue_;
  std::int64_t first_new_key_ = 0;
  std::map<std::int64_t, std::string> places_;
  std::map<std::string, std::set<std::string>> attributes_;  // mapped, by index
  std::string settings_written_;
  std::vector<Refused> refused_;
};

}  // namespace semblance::remote
