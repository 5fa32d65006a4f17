#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "catalogue/item_writer.h"
#include "describe/histogram.h"
#include "engine/collection.h"
#include "engine/collection_files.h"
#include "support/fake_embedder.h"

namespace semblance::test {

/// An item whose vectors are made by hand, of FakeEmbedder's dimensions.
struct MadeItem {
  std::string id;
  std::string product;
  PhotoDescriptors numbers;
  Attributes attributes{};
};

/// Writes a collection "default" of such items without decoding anything.
inline Status write_collection(const std::filesystem::path& data,
                               const std::vector<MadeItem>& items) {
  constexpr int kShape = FakeEmbedder::kShapeDimension;
  constexpr int kColour = FakeEmbedder::kColourDimension;
  const CollectionFiles files(data, "default");
  std::filesystem::create_directories(files.folder());
  Result<Catalogue> catalogue = Catalogue::open(files.catalogue(), Database::Mode::kWrite);
  if (!catalogue) return catalogue.error();
  VectorSet set;
  set.live = true;
  set.card_json = to_json(FakeEmbedder().card());
  set.shape_dimension = kShape;
  set.colour_dimension = kColour;
  Result<VectorSet> created = catalogue->create_set(set);
  if (!created) return created.error();
  Result<VectorStoreWriter> vectors = VectorStoreWriter::open(
      files.vectors(created->key), {kShape + kColour, kHistogramDimension}, 0);
  if (!vectors) return vectors.error();
  Result<Transaction> transaction = Transaction::begin(catalogue->database());
  if (!transaction) return transaction.error();
  Result<ItemWriter> writer = ItemWriter::create(catalogue->database(), created->key);
  if (!writer) return writer.error();
  for (const MadeItem& item : items) {
    SyncTask task;
    task.seen.id = item.id;
    task.seen.product = item.product;
    task.seen.path = "/photos/" + item.id;
    task.seen.attributes = item.attributes;
    const std::int64_t row = vectors->append(
        {item.numbers.embedding, item.numbers.histogram, item.numbers.histogram_foreground});
    if (const auto key = writer->put_indexed(task, {row, 0, {}}); !key) return key.error();
  }
  SEMBLANCE_RETURN_IF_ERROR(vectors->flush());
  SEMBLANCE_RETURN_IF_ERROR(writer->set_rows(vectors->rows()));
  return transaction->commit();
}

}  // namespace semblance::test
