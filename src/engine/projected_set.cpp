#include "engine/projected_set.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "engine/rewrite_set.h"
#include "engine/set_dimensions.h"

namespace semblance {

namespace {

constexpr std::string_view kSetting = "pca";
constexpr std::int64_t kSampleRows = 10'000;

class ProjectedEmbedder final : public Embedder {
 public:
  ProjectedEmbedder(std::unique_ptr<Embedder> network, ModelCard card, Projection projection)
      : network_(std::move(network)), card_(std::move(card)), projection_(std::move(projection)) {}

  [[nodiscard]] const ModelCard& card() const override { return card_; }

  Result<Embedding> embed(const Image& image) const override {
    Result<Embedding> embedding = network_->embed(image);
    if (!embedding) return embedding;
    std::vector<float> projected(static_cast<std::size_t>(projection_.to()));
    projection_.apply(embedding->shape, projected);
    embedding->shape = std::move(projected);
    return embedding;
  }

 private:
  std::unique_ptr<Embedder> network_;
  ModelCard card_;
  Projection projection_;
};

/// Shape parts of rows that items have, evenly chosen.
Result<std::vector<float>> sample_of(const Catalogue& catalogue, const VectorSet& set,
                                     const VectorStore& vectors) {
  const Result<std::vector<std::int64_t>> keys = catalogue.item_keys_by_row(set);
  if (!keys) return keys.error();
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < set.rows; ++row) {
    if ((*keys)[static_cast<std::size_t>(row)] != 0) rows.push_back(row);
  }
  const auto used = static_cast<std::int64_t>(rows.size());
  const std::int64_t count = std::min(used, kSampleRows);
  const auto shape = static_cast<std::size_t>(set.shape_dimension);
  std::vector<float> sample;
  sample.reserve(static_cast<std::size_t>(count) * shape);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = rows[static_cast<std::size_t>(i * used / count)];
    const auto numbers = vectors.embedding().row(row).first(shape);
    sample.insert(sample.end(), numbers.begin(), numbers.end());
  }
  return sample;
}

Status store(const Catalogue& catalogue, const std::string& sha256, const Bytes& bytes) {
  Result<Statement> insert =
      catalogue.database().prepare("INSERT OR REPLACE INTO projection(sha256, bytes) VALUES(?, ?)");
  if (!insert) return insert.error();
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return insert->bind(1, sha256).bind(2, std::span<const std::uint8_t>(data, bytes.size())).run();
}

/// The shape part of each row projected, the rest as it was.
RowTransform projecting(const Projection& projection) {
  return [&projection, numbers = std::vector<float>()](const DescriptorSpans& row) mutable {
    const auto from = static_cast<std::size_t>(projection.from());
    const auto to = static_cast<std::size_t>(projection.to());
    const std::span<const float> colour = row.embedding.subspan(from);
    numbers.resize(to + colour.size());
    projection.apply(row.embedding.first(from), std::span<float>(numbers).first(to));
    std::copy(colour.begin(), colour.end(), numbers.begin() + static_cast<std::ptrdiff_t>(to));
    return DescriptorSpans{numbers, row.histogram, row.histogram_foreground};
  };
}

}  // namespace

Result<int> wanted_components(const Catalogue& catalogue) {
  const Result<std::optional<std::string>> setting = catalogue.setting(kSetting);
  if (!setting) return setting.error();
  int components = 0;
  if (*setting) {
    const std::string& text = **setting;
    std::from_chars(text.data(), text.data() + text.size(), components);
  }
  return std::max(components, 0);
}

Status want_components(const Catalogue& catalogue, int components) {
  const Result<int> wanted = wanted_components(catalogue);
  if (!wanted) return wanted.error();
  if (*wanted == components) return {};
  return catalogue.set_setting(kSetting, std::to_string(components));
}

Result<std::optional<Projection>> projection_of(const Catalogue& catalogue, const ModelCard& card) {
  if (!card.projection) return std::optional<Projection>();
  Result<Statement> statement =
      catalogue.database().prepare("SELECT bytes FROM projection WHERE sha256 = ?");
  if (!statement) return statement.error();
  const Result<bool> row = statement->bind(1, card.projection->sha256).step();
  if (!row) return row.error();
  const Error corrupt{ErrorCode::kCorrupt,
                      "the collection's principal components are missing or damaged; sync into a "
                      "new collection"};
  if (!*row) return corrupt;
  const auto bytes = std::as_bytes(statement->blob(0));
  if (to_hex(sha256(bytes)) != card.projection->sha256) return corrupt;
  Result<Projection> projection = Projection::from_bytes(bytes);
  if (!projection) return projection.error();
  if (projection->from() != card.output.dimension ||
      projection->to() != card.projection->dimension) {
    return corrupt;
  }
  return std::optional(*std::move(projection));
}

Result<std::unique_ptr<Embedder>> with_projection(std::unique_ptr<Embedder> network,
                                                  const Catalogue& catalogue,
                                                  const ModelCard& card) {
  Result<std::optional<Projection>> projection = projection_of(catalogue, card);
  if (!projection) return projection.error();
  if (!*projection) return network;
  return std::unique_ptr<Embedder>(
      std::make_unique<ProjectedEmbedder>(std::move(network), card, **std::move(projection)));
}

Result<Projection> project_live_set(const CollectionFiles& files, const Catalogue& catalogue,
                                    int components) {
  const Result<std::optional<VectorSet>> live = catalogue.live_set();
  if (!live) return live.error();
  if (!*live || (*live)->rows == 0) {
    return Error{ErrorCode::kInvalidArgument, "principal components need photos"};
  }
  const VectorSet& set = **live;
  const auto vectors = VectorStore::open(files.vectors(set.key), dimensions_of(set), set.rows);
  if (!vectors) return vectors.error();
  const Result<std::vector<float>> sample = sample_of(catalogue, set, *vectors);
  if (!sample) return sample.error();
  Result<Projection> projection = Projection::fit(*sample, set.shape_dimension, components);
  if (!projection) return projection;
  Result<ModelCard> card = parse_model_card(set.card_json, "the collection's card");
  if (!card) return card.error();
  const Bytes bytes = projection->to_bytes();
  card->projection = CardProjection{components, to_hex(sha256(bytes))};
  VectorSet target = set;
  target.card_json = to_json(*card);
  target.shape_dimension = components;
  const auto keep_map = [&] { return store(catalogue, card->projection->sha256, bytes); };
  SEMBLANCE_RETURN_IF_ERROR(
      rewrite_set(files, catalogue, set, target, projecting(*projection), keep_map));
  return projection;
}

}  // namespace semblance
