#pragma once

// What tests of the catalogue put into it.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "catalogue/catalogue.h"
#include "catalogue/item_writer.h"
#include "catalogue/sync_plan.h"
#include "support/temporary_folder.h"

namespace semblance::test {

inline Sha256 content(std::string_view what) {
  return sha256(std::as_bytes(std::span(what.data(), what.size())));
}

inline SeenItem seen(std::string_view id, std::uint64_t size = 100, std::int64_t mtime = 1) {
  SeenItem item;
  item.id = id;
  item.path = "/photos/" + std::string(id);
  item.size_bytes = size;
  item.mtime_ns = mtime;
  return item;
}

inline VectorSet sample_set(bool live, std::string_view card = "{}") {
  VectorSet set;
  set.live = live;
  set.card_json = card;
  set.card_folder = "/models";
  set.shape_dimension = 4;
  return set;
}

/// A catalogue in a file with one live set.
class Filled {
 public:
  Filled()
      : catalogue_(*Catalogue::open(folder_.path() / "c.sqlite", Database::Mode::kWrite)),
        set_(*catalogue_.create_set(sample_set(true))),
        writer_(*ItemWriter::create(catalogue_.database(), set_.key)) {}

  /// Puts an indexed item with content `what`; its row in the live set is `row`.
  std::int64_t put(const SeenItem& item, std::string_view what, std::int64_t row) {
    SyncTask task;
    task.seen = item;
    const auto key = writer_.put_indexed(task, {row, 0, {content(what), 30, 40, "JPEG"}});
    EXPECT_TRUE(key) << key.error().message;
    return key ? *key : 0;
  }

  void put_problem(const SeenItem& item, ItemStatus status, ErrorCode code) {
    SyncTask task;
    task.seen = item;
    const Status put = writer_.put_problem(task, status, {code, "it is so"});
    EXPECT_TRUE(put) << put.error().message;
  }

  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "c.sqlite"; }
  Catalogue& catalogue() { return catalogue_; }
  ItemWriter& writer() { return writer_; }
  [[nodiscard]] const VectorSet& set() const { return set_; }

 private:
  TemporaryFolder folder_;
  Catalogue catalogue_;
  VectorSet set_;
  ItemWriter writer_;
};

}  // namespace semblance::test
