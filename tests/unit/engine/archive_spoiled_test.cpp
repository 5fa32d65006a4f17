// Archives that are damaged, or made by somebody with bad intentions.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "archive_fixture.h"
#include "engine/archive_manifest.h"

namespace semblance {
namespace {

namespace fs = std::filesystem;

using Json = nlohmann::ordered_json;
using test::make_tar;
using test::TarMember;

class SpoiledArchive : public test::ArchiveFixture {};

TEST_F(SpoiledArchive, CutAnywhere) {
  const std::string tar = make_tar(members());
  for (int i = 0; i < 40; ++i) {
    const std::size_t length = tar.size() * static_cast<std::size_t>(i) / 40;
    // The last blocks only say that nothing more comes.
    if (length > tar.size() - 1024) break;
    write_archive(tar.substr(0, length));
    expect_refused(ErrorCode::kCorrupt, "cut to " + std::to_string(length));
  }
}

TEST_F(SpoiledArchive, AFlippedBitIsFoundOrChangesNothing) {
  const auto before = content("default");
  const std::string tar = make_tar(members());
  int refused = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    std::string flipped = tar;
    const std::size_t at = (i * 7919 + i * i * 131) % tar.size();
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (i % 8)));
    write_archive(flipped);
    const auto imported = import({archive(), "other", true});
    if (imported) {
      EXPECT_EQ(content("other"), before) << "byte " << at;
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, 60);
  expect_only(fs::exists(collections() / "other") ? std::vector<std::string>{"default", "other"}
                                                  : std::vector<std::string>{"default"});
}

TEST_F(SpoiledArchive, AHeaderIsCheckedByteByByte) {
  const auto before = content("default");
  std::vector<TarMember> all = members();
  const std::string tar = make_tar(all);
  const std::size_t second_header = 512 + (all[0].content.size() + 511) / 512 * 512;
  for (std::size_t at = second_header; at < second_header + 512; at += 7) {
    std::string flipped = tar;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x15);
    write_archive(flipped);
    expect_refused(ErrorCode::kCorrupt, "byte " + std::to_string(at - second_header));
  }
}

TEST_F(SpoiledArchive, MembersThatMustNotBe) {
  const std::vector<TarMember> good = members();
  const std::vector<std::pair<const char*, TarMember>> evil = {
      {"climbs out", {"../evil", "x"}},
      {"climbs further", {"../../../../../../../../tmp/semblance-evil", "x"}},
      {"absolute", {"/tmp/semblance-evil", "x"}},
      {"another file", {"vectors/evil.vec", "x"}},
      {"symbolic link", {"vectors", "", '2', "/tmp"}},
      {"link of a known name", {"vectors/embedding.vec", "", '2', "/tmp/semblance-evil"}},
      {"hard link", {"catalogue.sqlite", "", '1', "/etc/passwd"}},
      {"folder", {"vectors/", "", '5'}},
      {"device", {"catalogue.sqlite", "", '3'}},
      {"pipe", {"catalogue.sqlite", "", '6'}},
      {"sparse", {"catalogue.sqlite", "", 'S'}},
      {"a double", good[1]},
      {"a second manifest", good[0]}};
  for (const auto& [why, member] : evil) {
    for (std::size_t place = 0; place <= good.size(); ++place) {
      std::vector<TarMember> all = good;
      all.insert(all.begin() + static_cast<std::ptrdiff_t>(place), member);
      write_archive(make_tar(all));
      expect_refused(ErrorCode::kCorrupt, std::string(why) + " at " + std::to_string(place));
    }
  }
  EXPECT_FALSE(fs::exists("/tmp/semblance-evil"));
  EXPECT_FALSE(fs::exists(folder_.path() / "evil"));
  EXPECT_FALSE(fs::exists(data() / "evil"));
}

TEST_F(SpoiledArchive, MembersMissingOrInAnotherOrder) {
  const std::vector<TarMember> good = members();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<TarMember> all = good;
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
    write_archive(make_tar(all));
    expect_refused(ErrorCode::kCorrupt, "without " + good[i].name);
  }
  std::vector<TarMember> all = good;
  std::swap(all[1], all[2]);
  write_archive(make_tar(all));
  expect_refused(ErrorCode::kCorrupt, "swapped");
  write_archive(make_tar({}));
  expect_refused(ErrorCode::kCorrupt, "empty");
}

TEST_F(SpoiledArchive, SizesThatAreNotSo) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 20,
                                   std::uint64_t{1} << 40, ~std::uint64_t{0} >> 1}) {
    std::vector<TarMember> all = members();
    all[1].said_bytes = size;
    write_archive(make_tar(all));
    expect_refused(ErrorCode::kCorrupt, "header says " + std::to_string(size));
    all = members();
    all[0].said_bytes = size;
    write_archive(make_tar(all));
    expect_refused(ErrorCode::kCorrupt, "manifest of " + std::to_string(size));
  }
  write_with_manifest([](Json& manifest) { manifest["files"][0]["bytes"] = 1ULL << 62; });
  expect_refused(ErrorCode::kTooLarge, "manifest says too much");
  write_with_manifest([](Json& manifest) { manifest["files"][0]["bytes"] = 0; });
  expect_refused(ErrorCode::kCorrupt, "manifest says nothing");
}

TEST_F(SpoiledArchive, NoMoreIsUnpackedThanIsAllowed) {
  export_to(folder_.path() / "a.tar.gz");
  ImportOptions options{folder_.path() / "a.tar.gz", "other"};
  options.max_bytes = 50'000;
  const auto refused = import(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  EXPECT_NE(refused.error().message.find("--max-bytes"), std::string::npos);
}

TEST_F(SpoiledArchive, HashesThatAreNotSo) {
  for (std::size_t i = 0; i < 4; ++i) {
    write_with_manifest([i](Json& manifest) {
      auto hash = manifest["files"][i]["sha256"].get<std::string>();
      hash[5] = hash[5] == '0' ? '1' : '0';
      manifest["files"][i]["sha256"] = hash;
    });
    expect_refused(ErrorCode::kCorrupt, "hash " + std::to_string(i));
  }
}

TEST_F(SpoiledArchive, ManifestsThatMustNotBe) {
  const std::vector<std::pair<const char*, std::function<void(Json&)>>> spoils = {
      {"no object", [](Json& m) { m = Json::array(); }},
      {"other format", [](Json& m) { m["format"] = "other"; }},
      {"no version", [](Json& m) { m.erase("version"); }},
      {"version 0", [](Json& m) { m["version"] = 0; }},
      {"negative", [](Json& m) { m["items"] = -1; }},
      {"fraction", [](Json& m) { m["items"] = 1.5; }},
      {"wrong count", [](Json& m) { m["items"] = 5; }},
      {"name that climbs", [](Json& m) { m["collection"] = "../x"; }},
      {"no name", [](Json& m) { m.erase("collection"); }},
      {"file name", [](Json& m) { m["files"][0]["name"] = "../catalogue.sqlite"; }},
      {"file twice", [](Json& m) { m["files"].push_back(m["files"][0]); }},
      {"file missing", [](Json& m) { m["files"].erase(3); }},
      {"files no list", [](Json& m) { m["files"] = 3; }},
      {"hash", [](Json& m) { m["files"][0]["sha256"] = "x"; }},
      {"no network", [](Json& m) { m.erase("network"); }},
      {"network null", [](Json& m) { m["network"] = nullptr; }},
      {"rows", [](Json& m) { m["network"]["rows"] = 1; }},
      {"rows huge", [](Json& m) { m["network"]["rows"] = ~0ULL; }},
      {"dimension", [](Json& m) { m["network"]["card"]["output"]["dimension"] = 31; }},
      {"histogram", [](Json& m) { m["network"]["histogram_dimension"] = 1; }},
      {"card", [](Json& m) { m["network"]["card"]["name"] = "../../x"; }},
      {"other card", [](Json& m) { m["network"]["card"]["version"] = "2"; }}};
  for (const auto& [why, spoil] : spoils) {
    write_with_manifest(spoil);
    expect_refused(ErrorCode::kCorrupt, why);
  }
  std::vector<TarMember> all = members();
  all[0].content = std::string(2 << 20, ' ');
  write_archive(make_tar(all));
  expect_refused(ErrorCode::kCorrupt, "long");
  all[0].content = std::string(100'000, '[');
  write_archive(make_tar(all));
  expect_refused(ErrorCode::kCorrupt, "deep");
}

TEST_F(SpoiledArchive, NewerOnesAreNamedAsSuch) {
  write_with_manifest([](Json& manifest) { manifest["version"] = 2; });
  const auto refused = import_as("other");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_NE(refused.error().message.find("newer"), std::string::npos);
  write_with_catalogue("PRAGMA user_version=99");
  const auto newer_schema = import_as("other");
  ASSERT_FALSE(newer_schema);
  EXPECT_EQ(newer_schema.error().code, ErrorCode::kConflict);
  EXPECT_NE(newer_schema.error().message.find("newer"), std::string::npos);
}

TEST_F(SpoiledArchive, CataloguesThatAreMoreThanOurs) {
  for (const char* sql :
       {"CREATE TABLE extra(x)", "CREATE VIEW extra AS SELECT * FROM item",
        "CREATE TRIGGER extra AFTER DELETE ON item BEGIN DELETE FROM attribute; END",
        "CREATE INDEX extra ON item(path)", "DROP INDEX item_by_product", "DROP TABLE problem",
        "ALTER TABLE item ADD COLUMN extra", "ALTER TABLE item RENAME TO thing",
        "CREATE VIRTUAL TABLE extra USING fts5(x)", "ANALYZE", "PRAGMA user_version=0",
        "PRAGMA user_version=-1"}) {
    write_with_catalogue(sql);
    if (HasFatalFailure()) return;
    expect_refused(ErrorCode::kCorrupt, sql);
  }
}

TEST_F(SpoiledArchive, CataloguesThatMakeNoSense) {
  for (const char* sql :
       {"UPDATE vector SET row = 1000000 WHERE row = 0", "UPDATE vector SET row = -1 WHERE row = 0",
        "UPDATE vector SET row = 'x' WHERE row = 0",
        "UPDATE vector SET checksum = checksum + 1 WHERE row = 2",
        "UPDATE vector SET item = 99999 WHERE row = 0", "UPDATE vector_set SET rows = rows + 1",
        "UPDATE vector_set SET rows = 0", "UPDATE vector_set SET state = 'building'",
        "UPDATE vector_set SET shape_dimension = 31", "UPDATE vector_set SET card = '{}'",
        "DELETE FROM vector_set",
        "INSERT INTO vector_set(state, card, card_folder, shape_dimension, colour_dimension) "
        "VALUES('building', '{}', '', 1, 1)",
        "UPDATE item SET id = x'ff' WHERE id = '1.jpg'",
        "UPDATE item SET product = CAST(x'c328' AS TEXT) WHERE id = '1.jpg'",
        "UPDATE attribute SET text = CAST(x'ff' AS TEXT)",
        "INSERT INTO attribute SELECT 88888, name, text, number FROM attribute LIMIT 1",
        "DELETE FROM item WHERE id = '1.jpg'",
        "PRAGMA ignore_check_constraints=ON; UPDATE item SET status = 'odd' WHERE id = '1.jpg'"}) {
    write_with_catalogue(sql);
    if (HasFatalFailure()) return;
    expect_refused(ErrorCode::kCorrupt, sql);
  }
}

TEST_F(SpoiledArchive, CataloguesThatAreNone) {
  const std::vector<TarMember> good = members();
  std::vector<std::string> spoiled = {"no database", std::string(100'000, '\0'),
                                      good[1].content.substr(0, good[1].content.size() / 2)};
  for (std::size_t i = 0; i < 40; ++i) {  // bytes all over it
    std::string damaged = good[1].content;
    for (std::size_t at = 20 + i * 37; at < damaged.size(); at += 4001) damaged[at] ^= 0x55;
    spoiled.push_back(damaged);
  }
  int sound = 0;
  for (std::size_t i = 0; i < spoiled.size(); ++i) {
    std::vector<TarMember> all = good;
    all[1].content = spoiled[i];
    write_archive(make_tar(with_true_manifest(all)));
    const auto imported = import({archive(), "other", true});
    // A byte of free space, or of a text, may be any.
    if (!imported) continue;
    EXPECT_GE(i, 3U);
    EXPECT_FALSE(content("other").empty()) << i;
    ++sound;
  }
  EXPECT_LT(sound, 10);
}

TEST_F(SpoiledArchive, VectorsThatAreNone) {
  const std::vector<TarMember> good = members();
  const auto expect_refusal_of = [&](std::size_t file, std::size_t at, std::string_view bytes) {
    std::vector<TarMember> all = good;
    all[file].content.replace(at, bytes.size(), bytes);
    write_archive(make_tar(with_true_manifest(all)));
    expect_refused(ErrorCode::kCorrupt, good[file].name + " at " + std::to_string(at));
  };
  for (std::size_t file = 2; file < 5; ++file) {
    for (std::size_t at = 0; at < 24; ++at) expect_refusal_of(file, at, "\x7f");
    expect_refusal_of(file, 4096 + 8, std::string_view("\x00\x00\xc0\x7f", 4));  // not a number
  }
}

TEST_F(SpoiledArchive, AReplacementThatFailsLeavesTheOldOne) {
  const auto before = content("default");
  std::vector<TarMember> all = members();
  all[4].content.back() ^= 1;
  write_archive(make_tar(all));
  EXPECT_FALSE(import({archive(), "", true}));
  write_with_catalogue("CREATE TABLE extra(x)");
  EXPECT_FALSE(import({archive(), "", true}));
  EXPECT_EQ(content("default"), before);
  expect_only({"default"});
  options_.model.clear();
  EXPECT_EQ(sync().embedded, 0);
}

}  // namespace
}  // namespace semblance
