#include "crash/live_log.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/sha256.h"
#include "catalogue/catalogue.h"
#include "engine/collection_files.h"
#include "engine/collections.h"
#include "engine/doctor.h"
#include "image/encode.h"
#include "support/dummy_network.h"
#include "support/fake_embedder.h"
#include "support/picture_files.h"

namespace semblance::test {

Bytes live_photo(int look) {
  return encode_jpeg(make_scene(look), 90);
}

std::string log_line(bool done, const std::string& id, const LiveItem& item) {
  const std::string state = item ? std::to_string(item->look) + " " + item->number : "- -";
  return std::string(done ? "d " : "b ") + id + " " + state + "\n";
}

void read_log(const std::string& text, LiveExpectations& expectations) {
  std::istringstream whole(text.substr(0, text.rfind('\n') + 1));
  for (std::string line; std::getline(whole, line);) {
    std::istringstream words(line);
    std::string kind;
    std::string id;
    std::string look;
    std::string number;
    words >> kind >> id >> look >> number;
    const LiveItem item = look == "-" ? LiveItem() : LiveState{std::stoi(look), number};
    LiveExpectation& expectation = expectations[id];
    if (kind == "b") {
      expectation.under_way = item;
    } else {
      expectation = {item, std::nullopt};
    }
  }
}

void settle(const std::map<std::string, LiveState>& found, LiveExpectations& expectations) {
  for (auto& [id, expectation] : expectations) {
    const auto there = found.find(id);
    expectation = {there == found.end() ? LiveItem() : there->second, std::nullopt};
  }
}

std::map<std::string, LiveState> expect_acknowledged(const std::filesystem::path& data,
                                                     const LiveExpectations& expectations) {
  std::map<std::string, LiveState> found;
  const auto report = examine_collection(data, "default", false);
  EXPECT_TRUE(report) << report.error().message;
  if (!report) return found;
  for (const Finding& finding : report->findings) {
    EXPECT_EQ(finding.severity, Finding::Severity::kNote)
        << finding.check << ": " << finding.message;
  }
  const CollectionFiles files(data, "default");
  const auto catalogue = Catalogue::open(files.catalogue(), Database::Mode::kRead);
  EXPECT_TRUE(catalogue) << catalogue.error().message;
  if (!catalogue) return found;
  for (const auto& [id, expectation] : expectations) {
    const auto item = catalogue->item_by_id(id);
    EXPECT_TRUE(item) << item.error().message;
    LiveItem state;
    if (item && *item) {
      state.emplace();
      for (const Attribute& one : *catalogue->attributes((*item)->key)) {
        if (one.name == "number") state->number = one.value;
        if (one.name == "look") state->look = std::stoi(one.value);
      }
      const Bytes photo = live_photo(state->look);
      const auto stored = read_file(files.uploads() / to_hex(sha256(photo)), 1 << 30);
      EXPECT_TRUE(stored && *stored == photo) << "the photo of " << id << " is lost";
      EXPECT_EQ((*item)->path.filename(), to_hex(sha256(photo))) << id;
      found.emplace(id, *state);
    }
    const bool right = state == expectation.acknowledged ||
                       (expectation.under_way && state == *expectation.under_way);
    EXPECT_TRUE(right) << id << " is " << log_line(true, id, state) << " but was acknowledged as "
                       << log_line(true, id, expectation.acknowledged);
  }
  return found;
}

void create_live_collection(const std::filesystem::path& data,
                            const std::filesystem::path& models) {
  const std::string model = add_dummy_network(models, FakeEmbedder("stand-in").card());
  const Status created = create_collection(data, "default", model);
  ASSERT_TRUE(created) << created.error().message;
}

}  // namespace semblance::test
