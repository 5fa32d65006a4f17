#include <gtest/gtest.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "archive/archive_reader.h"
#include "archive/archive_writer.h"
#include "base/file.h"
#include "support/tar_files.h"
#include "support/temporary_folder.h"

namespace semblance {
namespace {

using test::TarMember;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

Result<std::string> read_all(ArchiveReader& reader) {
  std::string content;
  Bytes buffer(1000);
  while (true) {
    const auto count = reader.read(buffer);
    if (!count) return count.error();
    if (*count == 0) return content;
    content.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
}

/// All members, or the first error.
Result<std::vector<TarMember>> read_members(Result<ArchiveReader> reader) {
  if (!reader) return reader.error();
  std::vector<TarMember> members;
  while (true) {
    const auto member = reader->next();
    if (!member) return member.error();
    if (!*member) return members;
    auto content = read_all(*reader);
    if (!content) return content.error();
    EXPECT_EQ(content->size(), (*member)->bytes);
    members.push_back({(*member)->name, *std::move(content)});
  }
}

Status write_members(const std::filesystem::path& path, const std::vector<TarMember>& members) {
  Result<ArchiveWriter> writer = ArchiveWriter::create(path);
  if (!writer) return writer.error();
  for (const TarMember& member : members) {
    SEMBLANCE_RETURN_IF_ERROR(writer->begin(member.name, member.content.size(), 0));
    SEMBLANCE_RETURN_IF_ERROR(writer->write(bytes_of(member.content)));
  }
  return writer->finish();
}

void expect_same(const std::vector<TarMember>& a, const std::vector<TarMember>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].content, b[i].content);
  }
}

const std::vector<TarMember> kMembers = {
    {"manifest.json", "{}"}, {"empty", ""}, {"vectors/x.vec", std::string(3'000'000, 'x')}};

TEST(Archive, ReadsWhatItWroteWhateverTheCompression) {
  const test::TemporaryFolder folder;
  std::uintmax_t plain_bytes = 0;
  for (const char* name : {"a.tar", "a.tar.gz", "a.tgz", "a.tar.zst", "a.tzst"}) {
    const auto path = folder.path() / name;
    const Status written = write_members(path, kMembers);
    ASSERT_TRUE(written) << written.error().message;
    const auto members = read_members(ArchiveReader::open(path));
    ASSERT_TRUE(members) << name << ": " << members.error().message;
    expect_same(*members, kMembers);
    if (plain_bytes == 0) {
      plain_bytes = std::filesystem::file_size(path);
    } else {
      EXPECT_LT(std::filesystem::file_size(path), plain_bytes / 100);
    }
  }
}

TEST(Archive, IsATarFileThatOthersCanRead) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_members(folder.path() / "a.tar", kMembers));
  const auto bytes = read_file(folder.path() / "a.tar", 1 << 30);
  ASSERT_TRUE(bytes);
  expect_same(test::read_tar({reinterpret_cast<const char*>(bytes->data()), bytes->size()}),
              kMembers);
}

TEST(Archive, AnUnfinishedOneLeavesNothing) {
  const test::TemporaryFolder folder;
  {
    auto writer = ArchiveWriter::create(folder.path() / "a.tar");
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->begin("x", 100, 0));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Archive, AMemberTakesNoMoreThanWasSaid) {
  const test::TemporaryFolder folder;
  auto writer = ArchiveWriter::create(folder.path() / "a.tar");
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->begin("x", 3, 0));
  EXPECT_FALSE(writer->write(bytes_of("four")));
}

TEST(Archive, RefusesOtherEndings) {
  const test::TemporaryFolder folder;
  for (const char* name : {"a", "a.zip", ".tar", "a.tar.bz2", "a.tar.xz"}) {
    const auto writer = ArchiveWriter::create(folder.path() / name);
    ASSERT_FALSE(writer) << name;
    EXPECT_EQ(writer.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_EQ(ArchiveWriter::create(folder.path() / "none" / "a.tar").error().code, ErrorCode::kIo);
}

TEST(ArchiveReader, RefusesWhatIsNoPlainFile) {
  const std::vector<TarMember> evil = {{"link", "", '2', "/etc/passwd"},
                                       {"hard", "", '1', "manifest.json"},
                                       {"folder/", "", '5'},
                                       {"device", "", '3'},
                                       {"block", "", '4'},
                                       {"pipe", "", '6'},
                                       {"manifest.json", "", '2', "../../x"}};
  for (const TarMember& member : evil) {
    const std::string tar = test::make_tar({{"manifest.json", "{}"}, member});
    const auto members = read_members(ArchiveReader::open(bytes_of(tar)));
    ASSERT_FALSE(members) << member.name;
    EXPECT_EQ(members.error().code, ErrorCode::kCorrupt);
  }
}

TEST(ArchiveReader, RefusesWhatIsNoTarFile) {
  const test::TemporaryFolder folder;
  for (const std::string& content :
       {std::string("not a tar file"), std::string(5000, '\x01'), std::string("PK\x03\x04 zip")}) {
    const auto members = read_members(ArchiveReader::open(bytes_of(content)));
    ASSERT_FALSE(members);
    EXPECT_EQ(members.error().code, ErrorCode::kCorrupt);
  }
  EXPECT_EQ(ArchiveReader::open(folder.path() / "missing.tar").error().code,
            ErrorCode::kMissingFile);
  EXPECT_EQ(ArchiveReader::open(folder.path()).error().code, ErrorCode::kUnreadable);
}

TEST(ArchiveReader, RefusesWhatIsCompressedTwice) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_members(folder.path() / "a.tar.gz", kMembers));
  const auto once = read_file(folder.path() / "a.tar.gz", 1 << 30);
  ASSERT_TRUE(once);
  // Packed as a member and cut out again: gzip of gzip is made of two writers.
  const std::string inner(reinterpret_cast<const char*>(once->data()), once->size());
  ASSERT_TRUE(write_members(folder.path() / "b.tar.gz", {{"inner.tar.gz", inner}}));
  const auto members = read_members(ArchiveReader::open(folder.path() / "b.tar.gz"));
  ASSERT_TRUE(members);  // a member is bytes, whatever they are
  EXPECT_EQ(members->front().content, inner);
}

TEST(ArchiveReader, SaysWhenItIsCut) {
  const std::string tar = test::make_tar({{"a", std::string(2000, 'a')}, {"b", "b"}});
  for (const std::size_t length : {std::size_t{100}, std::size_t{600}, std::size_t{2000}}) {
    const std::string cut = tar.substr(0, length);
    EXPECT_FALSE(read_members(ArchiveReader::open(bytes_of(cut)))) << length;
  }
}

}  // namespace
}  // namespace semblance
