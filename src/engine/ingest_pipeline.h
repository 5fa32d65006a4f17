#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "catalogue/item_writer.h"
#include "catalogue/sync_plan.h"
#include "engine/photo_describer.h"
#include "engine/remote_photos.h"
#include "vector/vector_store.h"

namespace semblance {

struct IngestCounts {
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t renamed = 0;
  std::int64_t unchanged = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
  std::int64_t kept = 0;         ///< embedded though the source does not name them
  std::int64_t kept_failed = 0;  ///< no longer found: their photo could not be had
  std::int64_t embedded = 0;
  double read_seconds = 0;
  double write_seconds = 0;

  [[nodiscard]] std::int64_t done() const {
    return added + changed + renamed + unchanged + failed + skipped + kept + kept_failed;
  }
};

/// The part of a sync that looks at photos: one reader, `workers` threads that decode and embed,
/// one writer (the caller's thread), with bounded queues between them. A batch of results is one
/// transaction, and its vectors are durable before it.
class IngestPipeline {
 public:
  /// What it works on. `plan` is used by the reading thread only; `catalogue` and `items` share
  /// another connection to the same catalogue. `set_key` is the set of vectors that `store` and
  /// `items` fill.
  struct Parts {
    SyncPlan& plan;
    const Catalogue& catalogue;
    ItemWriter& items;
    VectorStoreWriter& store;
    std::int64_t set_key;
    const PhotoDescriber& describer;
    const RemotePhotos& remote;
    std::function<Status()> committed{};  ///< called after each batch; may be empty
  };
  IngestPipeline(const Parts& parts, int workers, int batch_items)
      : parts_(parts), workers_(workers), batch_items_(batch_items) {}

  /// Runs to the end or until `*stop` is set; calls `progress` from the caller's thread. Errors are
  /// those of catalogue and vector files; trouble with photos is in the counts.
  Result<IngestCounts> run(const std::atomic<bool>* stop,
                           const std::function<void(const IngestCounts&)>& progress);

 private:
  struct Photo;    // reader -> worker
  struct Outcome;  // worker (or reader, where no pixels are needed) -> writer
  struct Channels;

  // False: nobody takes photos any more, since writing failed.
  Result<bool> read_files(Channels& channels, const std::atomic<bool>* stop) const;
  Result<bool> read_file_of(SyncTask task, Channels& channels) const;
  Status fetch_photos(Channels& channels, const std::atomic<bool>* stop) const;
  Result<bool> take_fetched(SyncTask task, FetchedPhoto photo, Channels& channels) const;
  Result<bool> hand_over(SyncTask task, Bytes bytes, const Sha256& hash, Channels& channels) const;
  void describe_photos(Channels& channels) const;
  Status write_outcomes(Channels& channels,
                        const std::function<void(const IngestCounts&)>& progress);
  Status store_outcome(const Outcome& outcome);
  Result<StoredVector> store_vector(const Outcome& outcome);
  Status store_indexed(const Outcome& outcome);
  Status store_problem(const Outcome& outcome, const Error& error);

  Parts parts_;
  int workers_;
  int batch_items_;
  IngestCounts counts_;
};

}  // namespace semblance
