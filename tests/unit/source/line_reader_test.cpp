#include "source/line_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temporary_folder.h"

namespace semblance {
namespace {

std::vector<std::string> lines_of(std::string_view content) {
  const test::TemporaryFolder folder;
  Result<LineReader> reader = LineReader::open(folder.write("text", content));
  if (!reader) return {"error: " + reader.error().message};
  std::vector<std::string> lines;
  LineReader::Line line;
  while (*reader->next(line)) {
    lines.push_back(line.text);
    EXPECT_EQ(line.number, static_cast<std::int64_t>(lines.size()));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineReader, EndsLinesAtLfAndCrlf) {
  EXPECT_EQ(lines_of("a\nb\r\n\nc"), (Lines{"a", "b", "", "c"}));
  EXPECT_EQ(lines_of("a\n"), Lines{"a"});
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("\n"), Lines{""});
}

TEST(LineReader, EndsLinesAtCrWhereThereIsNoLf) {
  EXPECT_EQ(lines_of("a\rb\rc"), (Lines{"a", "b", "c"}));
  EXPECT_EQ(lines_of("a\rb\nc"), (Lines{"a\rb", "c"}));
}

TEST(LineReader, DropsTheByteOrderMarkAtTheBeginningOnly) {
  EXPECT_EQ(lines_of("\xEF\xBB\xBFid\n\xEF\xBB\xBFx"), (Lines{"id", "\xEF\xBB\xBFx"}));
}

TEST(LineReader, KeepsLinesWholeAcrossItsBuffer) {
  const std::string first(300'000, 'x');
  const std::string second(131'071, 'y');
  EXPECT_EQ(lines_of(first + "\n" + second + "\r\nz"), (Lines{first, second, "z"}));
}

TEST(LineReader, CutsWhatIsTooLong) {
  const test::TemporaryFolder folder;
  const std::string text(LineReader::kMaxLineBytes + 7, 'x');
  Result<LineReader> reader = LineReader::open(folder.write("text", text + "\nshort\n"));
  ASSERT_TRUE(reader);
  LineReader::Line line;
  ASSERT_TRUE(*reader->next(line));
  EXPECT_TRUE(line.cut);
  EXPECT_EQ(line.text.size(), LineReader::kMaxLineBytes);
  ASSERT_TRUE(*reader->next(line));
  EXPECT_FALSE(line.cut);
  EXPECT_EQ(line.text, "short");
}

TEST(LineReader, GivesLinesAgainInTheirOrder) {
  const test::TemporaryFolder folder;
  Result<LineReader> reader = LineReader::open(folder.write("text", "a\nb\nc\n"));
  ASSERT_TRUE(reader);
  std::vector<LineReader::Line> read(2);
  ASSERT_TRUE(*reader->next(read[0]));
  ASSERT_TRUE(*reader->next(read[1]));
  reader->unread(read);
  Lines lines;
  for (LineReader::Line line; *reader->next(line);) lines.push_back(line.text);
  EXPECT_EQ(lines, (Lines{"a", "b", "c"}));
}

TEST(LineReader, RefusesUtf16WithAdvice) {
  EXPECT_NE(lines_of("\xFF\xFEi"
                     "d")
                .front()
                .find("save it as UTF-8"),
            std::string::npos);
}

TEST(LineReader, RefusesFoldersAndNeverWaitsForPipes) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(LineReader::open(folder.path()).error().code, ErrorCode::kUnreadable);
  EXPECT_EQ(LineReader::open(folder.path() / "gone").error().code, ErrorCode::kMissingFile);
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(LineReader::open(pipe).error().code, ErrorCode::kUnreadable);
}

}  // namespace
}  // namespace semblance
