#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "describe/model_card.h"
#include "engine/collection_snapshot.h"
#include "engine/photo_describer.h"
#include "live/catalogue_pool.h"

namespace semblance {

/// The network with which photos are described now, open.
struct OpenNetwork {
  OpenNetwork(ModelCard network_card, std::uint64_t network_number,
              std::unique_ptr<Embedder> embedder, const DecodeLimits& limits)
      : card(std::move(network_card)),
        number(network_number),
        describer(std::move(embedder), limits) {}
  ModelCard card;
  std::uint64_t number = 0;  ///< network_number
  PhotoDescriber describer;
};

/// Opens the collection's network when it is first needed, once, and another one when the
/// collection has changed to it. Safe to use from several threads.
class Networks {
 public:
  using Open = std::function<Result<std::unique_ptr<Embedder>>(const ModelCard&)>;
  /// `open` may be empty: open_onnx_embedder. `pool` outlives this.
  Networks(Open open, DecodeLimits limits, CataloguePool& pool)
      : open_(std::move(open)), limits_(limits), pool_(pool) {}

  /// The network of the snapshot; of an empty collection that which a sync would choose. Errors:
  /// those of find_model_of, choose_target and open_onnx_embedder.
  Result<std::shared_ptr<const OpenNetwork>> of(const CollectionSnapshot& snapshot);
  /// The one that was opened last.
  [[nodiscard]] std::shared_ptr<const OpenNetwork> last() const;

 private:
  Result<std::shared_ptr<const OpenNetwork>> open(const CollectionSnapshot& snapshot);

  const Open open_;
  const DecodeLimits limits_;
  CataloguePool& pool_;
  std::mutex opening_;
  mutable std::mutex mutex_;  // of what follows
  std::shared_ptr<const OpenNetwork> last_;
};

}  // namespace semblance
