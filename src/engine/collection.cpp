#include "engine/collection.h"

#include <algorithm>
#include <utility>

#include "engine/collection_files.h"
#include "engine/collection_model.h"
#include "engine/projected_set.h"

namespace semblance {

namespace {

Error nothing_there(const std::filesystem::path& data_folder, std::string_view name) {
  std::string message =
      no_such_collection(data_folder, name).message + "; fill it with 'semblance sync SOURCE'";
  const std::vector<std::string> names = list_collections(data_folder);
  for (std::size_t i = 0; i < names.size(); ++i) {
    message += (i == 0 ? " (there are: " : ", ") + names[i];
  }
  if (!names.empty()) message += ")";
  return Error{ErrorCode::kNotFound, std::move(message)};
}

Error nothing_in_it(std::string_view name) {
  return Error{ErrorCode::kNotFound, "collection '" + std::string(name) +
                                         "' is empty; fill it with 'semblance sync SOURCE'"};
}

}  // namespace

Result<Collection> Collection::open(const std::filesystem::path& data_folder,
                                    std::string_view name) {
  SEMBLANCE_RETURN_IF_ERROR(check_collection_name(name));
  const CollectionFiles files(data_folder, name);
  SEMBLANCE_RETURN_IF_ERROR(check_is_local(files));
  Result<Catalogue> catalogue = Catalogue::open(files.catalogue(), Database::Mode::kRead);
  if (!catalogue) {
    if (catalogue.error().code == ErrorCode::kMissingFile) return nothing_there(data_folder, name);
    return catalogue.error();
  }
  auto snapshot = CollectionSnapshot::open(files, name, *catalogue, {});
  if (!snapshot) return snapshot.error();
  if ((*snapshot)->set.key == 0) return nothing_in_it(name);
  return Collection(*std::move(catalogue), *std::move(snapshot));
}

Result<std::shared_ptr<const PhotoDescriptors>> Collection::describe(
    std::span<const std::byte> photo, const Box& box) const {
  if (!describer_) {
    Result<std::unique_ptr<PhotoDescriber>> opened = open_describer({});
    if (!opened) return opened.error();
    describer_ = *std::move(opened);
  }
  Result<PhotoDescriptors> descriptors = describer_->describe(photo, box);
  if (!descriptors) return descriptors.error();
  return std::make_shared<const PhotoDescriptors>(*std::move(descriptors));
}

Result<std::unique_ptr<PhotoDescriber>> Collection::open_describer(
    const DecodeLimits& limits) const {
  const Result<ModelCard> card = find_model_of(set());
  if (!card) return card.error();
  Result<std::unique_ptr<Embedder>> embedder = open_onnx_embedder(*card);
  if (!embedder) return embedder.error();
  Result<std::unique_ptr<Embedder>> projected =
      with_projection(*std::move(embedder), catalogue_, *card);
  if (!projected) return projected.error();
  return std::make_unique<PhotoDescriber>(*std::move(projected), limits);
}

}  // namespace semblance
