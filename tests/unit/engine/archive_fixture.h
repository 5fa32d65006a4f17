#pragma once

// A collection that was exported, and ways to spoil its archive.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/sha256.h"
#include "catalogue/database.h"
#include "engine/archive_export.h"
#include "engine/archive_import.h"
#include "support/tar_files.h"
#include "sync_fixture.h"

namespace semblance::test {

class ArchiveFixture : public SyncFixture {
 protected:
  static constexpr int kPhotos = 10;

  void SetUp() override {
    SyncFixture::SetUp();
    add_photos(kPhotos);
    folder_.write("photos/broken.jpg", "no photo");
    options_.attributes =
        folder_.write("attributes.csv", "id,product,colour\n0,p,red\n1,p,\"a, b\"\n2,,\n9,x,y\n");
    sync();
  }

  [[nodiscard]] std::filesystem::path archive() const { return folder_.path() / "archive.tar"; }
  [[nodiscard]] std::filesystem::path collections() const { return data() / "collections"; }

  Result<ExportReport> try_export(const std::filesystem::path& path,
                                  const std::string& collection = "default") const {
    return export_collection(data(), collection, path, "1.2.3", {});
  }
  void export_to(const std::filesystem::path& path) const {
    const auto report = try_export(path);
    ASSERT_TRUE(report) << report.error().message;
  }
  Result<ImportReport> import(const ImportOptions& options) const {
    return import_collection(data(), options, {});
  }
  Result<ImportReport> import_as(const std::string& name) const {
    return import({archive(), name});
  }

  /// Of the collection's archive, which is written once.
  std::vector<TarMember> members() const {
    const std::filesystem::path path = folder_.path() / "good.tar";
    if (!std::filesystem::exists(path)) export_to(path);
    const auto bytes = read_file(path, 1 << 30);
    return read_tar({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  }
  void write_archive(const std::string& tar) const { folder_.write("archive.tar", tar); }

  /// The members with a manifest that says what they are now.
  static std::vector<TarMember> with_true_manifest(std::vector<TarMember> members) {
    auto manifest = nlohmann::ordered_json::parse(members.at(0).content);
    for (std::size_t i = 1; i < members.size(); ++i) {
      auto& file = manifest["files"].at(i - 1);
      file["bytes"] = members[i].content.size();
      file["sha256"] = to_hex(sha256(std::as_bytes(std::span(members[i].content))));
    }
    members[0].content = manifest.dump();
    return members;
  }
  /// An archive whose manifest was changed.
  void write_with_manifest(const std::function<void(nlohmann::ordered_json&)>& change) const {
    std::vector<TarMember> all = members();
    auto manifest = nlohmann::ordered_json::parse(all[0].content);
    change(manifest);
    all[0].content = manifest.dump();
    write_archive(make_tar(all));
  }
  /// An archive, sound but for a catalogue to which somebody did this.
  void write_with_catalogue(const std::string& sql) const {
    std::vector<TarMember> all = members();
    const auto path = folder_.write("spoiled.sqlite", all[1].content);
    {
      const auto database = Database::open(path, Database::Mode::kWrite);
      ASSERT_TRUE(database);
      ASSERT_TRUE(database->execute(
          "PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF;"));
      const Status done = database->execute(sql);
      ASSERT_TRUE(done) << done.error().message;
    }
    const auto bytes = read_file(path, 1 << 30);
    ASSERT_TRUE(bytes);
    all[1].content.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    std::filesystem::remove(path);
    write_archive(make_tar(with_true_manifest(std::move(all))));
  }

  /// The archive is refused as `code`, and there is no trace of it.
  void expect_refused(ErrorCode code, const std::string& why) const {
    const auto report = import_as("other");
    ASSERT_FALSE(report) << why;
    EXPECT_EQ(report.error().code, code) << why << ": " << report.error().message;
    expect_only({"default"});
  }
  void expect_only(const std::vector<std::string>& names) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(collections())) {
      found.push_back(entry.path().filename().string());
    }
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, names);
  }

  /// All that a collection holds, as text that can be compared.
  std::vector<std::string> content(const std::string& name) const {
    const auto collection = Collection::open(data(), name);
    if (!collection) return {collection.error().message};
    std::vector<std::string> lines;
    for (std::size_t row = 0; row < collection->keys_by_row().size(); ++row) {
      const auto item = collection->catalogue().item(collection->keys_by_row()[row]);
      if (!item || !*item) continue;
      std::string line = (*item)->id + "|" + (*item)->product + "|" + (*item)->path.string();
      const auto attributes = collection->catalogue().attributes((*item)->key);
      for (const Attribute& attribute : *attributes) {
        line += "|" + attribute.name + "=" + attribute.value;
      }
      const DescriptorSpans spans = collection->vectors().row(static_cast<std::int64_t>(row));
      for (const auto part : {spans.embedding, spans.histogram, spans.histogram_foreground}) {
        line += "|" + to_hex(sha256(std::as_bytes(part)));
      }
      lines.push_back(line);
    }
    const auto problems = collection->catalogue().problems();
    for (const Problem& problem : *problems) {
      lines.push_back(problem.kind + "|" + problem.subject + "|" + problem.reason + "|" +
                      problem.place + "|" + problem.message);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }
};

}  // namespace semblance::test
