#include "engine/open_to_change.h"

#include "engine/collection.h"

namespace semblance {

Result<OpenToChange> open_to_change(const CollectionFiles& files,
                                    const std::filesystem::path& data_folder,
                                    std::string_view collection, const std::atomic<bool>* stop,
                                    const std::function<void(std::string_view)>& notice) {
  // Its messages say what is missing; and waiting for a lock would make the folder.
  if (const auto opened = Collection::open(data_folder, collection); !opened) {
    return opened.error();
  }
  Result<CollectionLock> lock = CollectionLock::wait(files, stop, notice);
  if (!lock) return lock.error();
  Result<Catalogue> catalogue = Catalogue::open(files.catalogue(), Database::Mode::kWrite);
  if (!catalogue) return catalogue.error();
  return OpenToChange{*std::move(lock), *std::move(catalogue)};
}

}  // namespace semblance
