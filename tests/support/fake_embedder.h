#pragma once

#include <atomic>
#include <string>

#include "describe/embedder.h"

namespace semblance::test {

/// A quick, deterministic stand-in for a network, for tests of what happens around it. Shape: mean
/// brightness of the cells of an 8 x 4 grid (32 numbers, never all zero); colour: the picture's
/// mean red, green and blue and their complements (6 numbers). Any changed pixel changes both.
class FakeEmbedder final : public Embedder {
 public:
  static constexpr int kShapeDimension = 32;
  static constexpr int kColourDimension = 6;

  /// Fakes of different names or versions have different cards.
  explicit FakeEmbedder(const std::string& name = "fake", const std::string& version = "1",
                        bool with_colour = true);

  [[nodiscard]] const ModelCard& card() const override { return card_; }

  /// Errors: kEmbedFailed for a picture without pixels or one that is purple (128, 0, 128) all
  /// over.
  Result<Embedding> embed(const Image& image) const override;

  /// How often embed was called.
  [[nodiscard]] int calls() const { return calls_.load(); }

 private:
  ModelCard card_;
  mutable std::atomic<int> calls_ = 0;
};

}  // namespace semblance::test
