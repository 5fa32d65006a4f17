#pragma once

// A catalogue for tests of filters: items with attributes.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalogue/catalogue.h"
#include "catalogue/item_writer.h"
#include "support/temporary_folder.h"

namespace semblance::test {

class FilteredItems {
 public:
  FilteredItems()
      : catalogue_(*Catalogue::open(folder_.path() / "items.sqlite", Database::Mode::kWrite)) {
    VectorSet set;
    set.live = true;
    set.card_json = "{}";
    set.shape_dimension = 4;
    set = *catalogue_.create_set(set);
    writer_.emplace(*ItemWriter::create(catalogue_.database(), set.key));
  }

  std::int64_t put(std::string_view id, std::string_view product, const Attributes& attributes) {
    const auto key = writer_->put_indexed(task(id, product, attributes), {next_row_++, 0, {}});
    EXPECT_TRUE(key) << key.error().message;
    return *key;
  }

  void put_failed(std::string_view id, const Attributes& attributes) {
    const Status put = writer_->put_problem(task(id, id, attributes), ItemStatus::kFailed,
                                            {ErrorCode::kTruncated, "cut off"});
    EXPECT_TRUE(put) << put.error().message;
  }

  void remove(std::int64_t key) { EXPECT_TRUE(writer_->remove(key)); }

  /// Ids of the items for which the filter is true, or the error.
  [[nodiscard]] std::string matching(std::string_view filter) const {
    const Result<Bitmap> items = catalogue_.filter(filter);
    if (!items) return items.error().message;
    std::string ids;
    for (std::int64_t key = 0; key < static_cast<std::int64_t>(items->size()); ++key) {
      if (!items->contains(key)) continue;
      const auto item = catalogue_.item(key);
      ids += (ids.empty() ? "" : " ") + (*item ? (*item)->id : "?");
    }
    return ids;
  }

  [[nodiscard]] const Catalogue& catalogue() const { return catalogue_; }

 private:
  static SyncTask task(std::string_view id, std::string_view product,
                       const Attributes& attributes) {
    SyncTask task;
    task.seen.id = id;
    task.seen.product = product;
    task.seen.attributes = attributes;
    return task;
  }

  TemporaryFolder folder_;
  Catalogue catalogue_;
  std::optional<ItemWriter> writer_;
  std::int64_t next_row_ = 0;
};

}  // namespace semblance::test
