#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "describe/embedder.h"
#include "describe/model_card.h"

namespace semblance::test {

/// Writes a network that choose_model accepts: this card, and a file that is no network. Returns
/// the file's path.
std::string add_dummy_network(const std::filesystem::path& folder, ModelCard card);

/// A FakeEmbedder under that card, which calls `before` (may be empty) and counts its calls.
Result<std::unique_ptr<Embedder>> open_counting_embedder(const ModelCard& card,
                                                         std::atomic<int>& calls,
                                                         std::function<void()> before = {});

}  // namespace semblance::test
