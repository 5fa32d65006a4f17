#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"

namespace semblance {

/// Connections to a catalogue for reading, each lent to one thread at a time.
class CataloguePool {
 public:
  explicit CataloguePool(std::filesystem::path path) : path_(std::move(path)) {}

  /// A connection until its destruction; the pool outlives it.
  class Lease {
   public:
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    const Catalogue& operator*() const { return *catalogue_; }
    const Catalogue* operator->() const { return catalogue_.get(); }

   private:
    friend class CataloguePool;
    Lease(CataloguePool& pool, std::unique_ptr<Catalogue> catalogue, std::uint64_t generation)
        : pool_(&pool), catalogue_(std::move(catalogue)), generation_(generation) {}
    CataloguePool* pool_;
    std::unique_ptr<Catalogue> catalogue_;
    std::uint64_t generation_;
  };

  /// Errors: those of Catalogue::open.
  Result<Lease> lease();

  /// Another file took the catalogue's place: connections to the old one are used no more.
  void renew();

 private:
  const std::filesystem::path path_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Catalogue>> idle_;
  std::uint64_t generation_ = 0;
};

}  // namespace semblance
