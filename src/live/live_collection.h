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
#include "engine/duplicates.h"
#include "engine/photo_describer.h"
#include "engine/query.h"
#include "engine/search.h"

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
class LiveCollection {
 public:
  /// Errors: those of Collection::open, but an empty collection opens, too.
  static Result<std::unique_ptr<LiveCollection>> open(const std::filesystem::path& data_folder,
                                                      std::string_view name,
                                                      const LiveOptions& options);
  LiveCollection(const LiveCollection&) = delete;
  LiveCollection& operator=(const LiveCollection&) = delete;
  virtual ~LiveCollection() = default;

  /// As Collection::search.
  virtual Result<SearchAnswer> search(const SearchQuery& query,
                                      const SearchOptions& options) const = 0;
  /// Descriptors of a photo, or of a part of it; remembered by content. Opens the network first
  /// where nothing was described yet. Errors: those of PhotoDescriber::describe.
  virtual Result<std::shared_ptr<const PhotoDescriptors>> describe(std::span<const std::byte> photo,
                                                                   const Box& box) const = 0;
  /// CPU time that describing has taken so far; of a network that was replaced, no more.
  virtual StageSeconds describe_seconds() const = 0;
  /// Nothing where there is no such item, or it is not indexed.
  virtual Result<std::optional<Item>> item(std::string_view id) const = 0;
  virtual Result<Attributes> attributes(const Item& item) const = 0;
  virtual Result<Facets> facets(std::string_view attribute, std::string_view filter,
                                std::size_t limit) const = 0;
  virtual Result<std::vector<std::string>> attribute_names() const = 0;
  virtual Result<std::vector<Problem>> problems() const = 0;
  virtual Result<CatalogueCounts> counts() const = 0;
  /// Ids of some items, spread evenly over the catalogue and chosen by `seed`.
  virtual Result<std::vector<Item>> sample(std::size_t count, std::uint64_t seed) const = 0;

  /// The photo's bytes, read only from below the collection's roots: folders that a sync was given,
  /// and the collection's own photos. Errors: kNotFound, kMissingFile, kUnreadable (outside the
  /// roots, also by a symbolic link), kTooLarge.
  virtual Result<Bytes> photo(const Item& item) const = 0;

  /// Carries changes out in their order and waits until they are durable; changes of several
  /// callers share a transaction. One result a change. Errors of one: kInvalidArgument, kNotFound
  /// (kPatch, kDelete, and kPut without photo), kConflict (descriptors of another network), kIo;
  /// kUnavailable where another process holds the collection's lock until `deadline`.
  virtual std::vector<Result<ChangeOutcome>> change(
      std::vector<ItemChange> changes, std::chrono::steady_clock::time_point deadline) = 0;

  /// As find_duplicates; an empty collection has none. Takes seconds to minutes.
  virtual Result<DuplicateReport> duplicates(const DuplicateOptions& options,
                                             const DuplicateHooks& hooks) const = 0;
  /// DuplicateReport::items_digest of a report of the snapshot of now.
  virtual Result<Sha256> items_digest() const = 0;
  virtual Result<std::vector<DuplicateDecision>> duplicate_decisions() const = 0;
  /// As group_found_last.
  virtual Result<FoundGroup> duplicates_found_last(std::string_view group) const = 0;
  /// As decide_about; durable. Errors: also kUnavailable, as those of change().
  virtual Status decide(const FoundGroup& group, const DuplicateRuling& ruling,
                        std::chrono::steady_clock::time_point deadline) = 0;
  /// Forgets what was decided about the group of that name. Errors: kNotFound, kUnavailable, kIo.
  virtual Status undecide(std::string_view group,
                          std::chrono::steady_clock::time_point deadline) = 0;
  /// As the function of that name.
  virtual Result<std::vector<std::filesystem::path>> duplicates_to_delete() const = 0;

  virtual std::string name() const = 0;
  /// Nothing while the collection is empty and no network was chosen.
  virtual std::optional<ModelCard> card() const = 0;
  struct Dimensions {
    int shape = 0;
    int colour = 0;  ///< 0: the network has no colour output
  };
  /// Of the embeddings; 0 while there is no network.
  virtual Dimensions dimensions() const = 0;
  [[nodiscard]] bool has_colour() const { return dimensions().colour > 0; }
  /// Bytes of what searches read: vectors, codes, graph, neighbour table.
  virtual std::uint64_t index_bytes() const = 0;
  /// Grows with every snapshot.
  virtual std::uint64_t version() const = 0;

 protected:
  LiveCollection() = default;
};

}  // namespace semblance
