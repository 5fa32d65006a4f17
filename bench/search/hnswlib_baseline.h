#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "index/top_k.h"
#include "vector/vector_file.h"

namespace semblance::bench {

/// hnswlib as it comes: inner product of float32.
class HnswlibBaseline {
 public:
  HnswlibBaseline(const MatrixView& rows, int degree, int effort, int threads);
  ~HnswlibBaseline();
  [[nodiscard]] std::vector<Candidate> search(std::span<const float> query, std::size_t k,
                                              std::size_t effort) const;
  /// Vectors and links as it keeps them in memory.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] static bool available();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace semblance::bench
