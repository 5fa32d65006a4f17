#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/result.h"

namespace semblance::demo {

struct CatalogueOptions {
  std::filesystem::path templates;
  std::filesystem::path out;
  std::uint64_t seed = 1;
  int width = 360;   // pixels
  int height = 480;  // pixels
  bool quick = false;
  bool force = false;    // render even where OUT holds exactly this catalogue
  unsigned threads = 0;  // 0: as many as the machine has
};

struct CatalogueReport {
  std::size_t products = 0;
  std::size_t photos = 0;
  std::size_t queries = 0;
  bool up_to_date = false;  // nothing had to be rendered
};

/// Called from several threads, one at a time, with photos done and photos to do.
using Progress = std::function<void(std::size_t done, std::size_t total)>;

/// Renders OUT/images/*.jpg, OUT/queries/*.jpg and OUT/styles.csv; OUT/.catalogue says what was
/// rendered. A folder OUT/images or OUT/queries that this function did not make is left alone.
/// Errors: kMissingFile, kInvalidArgument (templates), kConflict (OUT holds other files), kIo.
Result<CatalogueReport> render_catalogue(const CatalogueOptions& options, const Progress& progress);

}  // namespace semblance::demo
