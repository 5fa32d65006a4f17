#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "catalogue/attributes.h"
#include "catalogue/catalogue.h"
#include "catalogue/facets.h"
#include "engine/collection_reader.h"
#include "engine/photo_describer.h"
#include "engine/query.h"
#include "engine/search.h"
#include "fetch/downloader.h"
#include "live/collection_duplicates.h"

namespace semblance {

struct LiveOptions {
  DecodeLimits limits;
  int workers = 2;  ///< threads that compute at once (passes of the exact scan, index building)
  std::size_t cached_embeddings = 4096;
  /// A change that was written is found by searches at most so much later.
  std::chrono::milliseconds refresh_interval{200};
  /// After so long without a change, codes, graph and neighbour table are brought up to date in
  /// the background.
  std::chrono::milliseconds quiet_before_upkeep{2'000};
  /// Collections with at least so many photos get a graph; nothing: as kGraphFromCodeBytes says.
  std::optional<std::int64_t> graph_from_rows{};
  /// How photos of addresses are fetched that another machine synced; of none larger than `limits`
  /// say.
  FetchOptions fetch;
  /// Opens the network; tests put a stand-in here. Empty: open_onnx_embedder.
  std::function<Result<std::unique_ptr<Embedder>>(const ModelCard&)> open_embedder;
};

/// One change of the catalogue, as REST asks for it.
struct ItemChange {
  enum class Kind { kPut, kPatch, kDelete };
  Kind kind = Kind::kPut;
  std::string id;
  /// kPut: the photo, and what was computed from it. Empty bytes: an existing item keeps its photo.
  std::shared_ptr<const Bytes> photo;
  std::optional<PhotoDescriptors> descriptors;
  std::string url;   ///< where the photo came from, if it was downloaded
  std::string link;  ///< of the product's page
  std::optional<std::string> product;
  /// kPut: all attributes. kPatch: those that change; an attribute whose value is null is removed.
  std::optional<Attributes> attributes;
  std::vector<std::string> removed_attributes;  ///< kPatch
};

struct ChangeOutcome {
  enum class Kind { kCreated, kReplaced, kUnchanged, kPatched, kDeleted };
  Kind kind = Kind::kUnchanged;
};

/// A collection held open by a process that searches and changes it at the same time, from any
/// number of threads. Searches see a snapshot; snapshots follow changes, also those of other
/// processes (a sync on the command line), within `refresh_interval`.
class LiveCollection : public CollectionReader {
 public:
  /// Errors: those of Collection::open, but an empty collection opens, too.
  static Result<std::unique_ptr<LiveCollection>> open(const std::filesystem::path& data_folder,
                                                      std::string_view name,
                                                      const LiveOptions& options);
  LiveCollection(const LiveCollection&) = delete;
  LiveCollection& operator=(const LiveCollection&) = delete;
  ~LiveCollection() override = default;

  /// The probability that two photos show the same product, as a hit with these scores would have
  /// it; nothing where none was learnt (engine/confidence.h), or another network described them.
  virtual std::optional<double> confidence(const PhotoDescriptors& /*a*/,
                                           const PhotoDescriptors& /*b*/) const {
    return std::nullopt;
  }
  /// CPU time that describing has taken so far; of a network that was replaced, no more.
  virtual StageSeconds describe_seconds() const = 0;
  /// As item().
  virtual Result<std::optional<ItemWithAttributes>> item_with_attributes(
      std::string_view id) const = 0;
  /// Some items, spread evenly over the catalogue and chosen by `seed`.
  virtual Result<std::vector<ItemWithAttributes>> sample(std::size_t count,
                                                         std::uint64_t seed) const = 0;

  /// The photo's bytes, read only from below the collection's roots: folders that a sync was given,
  /// and the collection's own photos. Of a collection in a cluster also from the photo's address,
  /// before `deadline`. Errors: kNotFound, kMissingFile, kUnreadable (outside the roots, also by a
  /// symbolic link), kTooLarge; those of PhotosOnDemand::get.
  virtual Result<Bytes> photo(const Item& item,
                              std::chrono::steady_clock::time_point deadline) const = 0;
  /// With all the time in the world.
  [[nodiscard]] Result<Bytes> photo(const Item& item) const {
    return photo(item, std::chrono::steady_clock::time_point::max());
  }

  /// Carries changes out in their order and waits until they are durable; changes of several
  /// callers share a transaction. One result a change. Errors of one: kInvalidArgument, kNotFound
  /// (kPatch, kDelete, and kPut without photo), kConflict (descriptors of another network), kIo;
  /// kUnavailable where another process holds the collection's lock until `deadline`.
  virtual std::vector<Result<ChangeOutcome>> change(
      std::vector<ItemChange> changes, std::chrono::steady_clock::time_point deadline) = 0;

  /// Null where its photos do not lie on this machine's disk.
  virtual CollectionDuplicates* duplicates() { return nullptr; }

  virtual std::string name() const = 0;
  /// Nothing while the collection is empty and no network was chosen.
  virtual std::optional<ModelCard> card() const = 0;
  struct Dimensions {
    int shape = 0;
    int colour = 0;  ///< 0: the network has no colour output
  };
  /// Of the embeddings; 0 while there is no network.
  virtual Dimensions dimensions() const = 0;
  [[nodiscard]] bool has_colour() const override { return dimensions().colour > 0; }
  /// Bytes of what searches read: vectors, codes, graph, neighbour table.
  virtual std::uint64_t index_bytes() const = 0;
  /// Whether searches can be answered now. Errors: kUnavailable, saying why not.
  virtual Status ready() const { return {}; }
  /// Grows with every snapshot.
  virtual std::uint64_t version() const = 0;

 protected:
  LiveCollection() = default;
};

}  // namespace semblance
