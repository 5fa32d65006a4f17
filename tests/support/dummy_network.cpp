#include "support/dummy_network.h"

#include <span>
#include <stdexcept>
#include <utility>

#include "base/atomic_file.h"
#include "base/file.h"
#include "base/sha256.h"
#include "support/fake_embedder.h"

namespace semblance::test {

namespace {

class CountingEmbedder final : public Embedder {
 public:
  CountingEmbedder(const ModelCard& card, std::atomic<int>& calls, std::function<void()> before)
      : card_(card),
        fake_(card.name, card.version, card.colour.has_value()),
        calls_(calls),
        before_(std::move(before)) {}

  [[nodiscard]] const ModelCard& card() const override { return card_; }
  Result<Embedding> embed(const Image& image) const override {
    if (before_) before_();
    ++calls_;
    return fake_.embed(image);
  }

 private:
  ModelCard card_;
  FakeEmbedder fake_;
  std::atomic<int>& calls_;
  std::function<void()> before_;
};

}  // namespace

std::string add_dummy_network(const std::filesystem::path& folder, ModelCard card) {
  const std::string content = "stands in for " + card.name + " " + card.version;
  card.sha256 = to_hex(sha256(std::as_bytes(std::span(content))));
  card.bytes = content.size();
  std::filesystem::create_directories(folder);
  if (!write_file_atomically(folder / card.file, content) ||
      !write_file_atomically(folder / (card.name + ".json"), to_json(card))) {
    throw std::runtime_error("cannot write a network in " + folder.string());
  }
  return (folder / card.file).string();
}

Result<std::unique_ptr<Embedder>> open_counting_embedder(const ModelCard& card,
                                                         std::atomic<int>& calls,
                                                         std::function<void()> before) {
  return std::unique_ptr<Embedder>(
      std::make_unique<CountingEmbedder>(card, calls, std::move(before)));
}

}  // namespace semblance::test
