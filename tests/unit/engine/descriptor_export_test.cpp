#include "engine/descriptor_export.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "sync_fixture.h"

namespace semblance {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::istringstream text(text_of(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

/// A reader of NPY 1.0 written from its specification, not from our writer.
struct Npy {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> numbers;

  explicit Npy(const std::string& file) {
    EXPECT_EQ(file.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(file.at(at)); };
    const std::size_t length = byte(8) + 256U * byte(9);
    EXPECT_EQ((10 + length) % 64, 0U);
    const std::string header = file.substr(10, length);
    EXPECT_EQ(header.back(), '\n');
    std::smatch match;
    const std::regex form(
        R"(\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n)");
    if (!std::regex_match(header, match, form)) {
      ADD_FAILURE() << header;
      return;
    }
    rows = std::stoul(match[1]);
    columns = std::stoul(match[2]);
    const std::string data = file.substr(10 + length);
    EXPECT_EQ(data.size(), rows * columns * 4);
    for (std::size_t i = 0; i + 4 <= data.size(); i += 4) {
      std::uint32_t bits = 0;
      for (std::size_t b = 0; b < 4; ++b) {
        bits |= std::uint32_t{static_cast<unsigned char>(data[i + b])} << (8 * b);
      }
      numbers.push_back(std::bit_cast<float>(bits));
    }
  }

  [[nodiscard]] std::vector<float> row(std::size_t index) const {
    const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(index * columns);
    return {begin, begin + static_cast<std::ptrdiff_t>(columns)};
  }
};

class ExportDescriptors : public test::SyncFixture {
 protected:
  void SetUp() override {
    SyncFixture::SetUp();
    const char* names[] = {"b.jpg", "a,\"x\".jpg", "\xC3\xA9.jpg", "B.jpg", "line\nbreak.jpg"};
    for (int i = 0; i < 5; ++i) add_photo(names[i], i);
    sync();
  }
  const std::vector<std::string> sorted_ = {"B.jpg", "a,\"x\".jpg", "b.jpg", "line\nbreak.jpg",
                                            "\xC3\xA9.jpg"};

  std::vector<float> expected(const std::string& id, const std::string& descriptor) const {
    const PhotoDescriptors photo = describe(photos() / id);
    if (descriptor == "histogram") return photo.histogram;
    if (descriptor == "histogram-foreground") return photo.histogram_foreground;
    const auto shape = photo.embedding.begin() + test::FakeEmbedder::kShapeDimension;
    if (descriptor == "shape") return {photo.embedding.begin(), shape};
    return {shape, photo.embedding.end()};
  }
};

TEST_F(ExportDescriptors, NpyHasEveryItemInTheOrderOfItsId) {
  for (const std::string descriptor : {"shape", "colour", "histogram", "histogram-foreground"}) {
    const auto path = folder_.path() / (descriptor + ".npy");
    const auto report = export_descriptors(open(), descriptor, path);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->ids, folder_.path() / (descriptor + ".ids.txt"));
    const Npy npy(text_of(path));
    ASSERT_EQ(npy.rows, sorted_.size());
    EXPECT_EQ(static_cast<int>(npy.columns), report->dimension);
    const auto ids = lines_of(report->ids);
    ASSERT_EQ(ids.size(), sorted_.size());
    for (std::size_t i = 0; i < sorted_.size(); ++i) {
      EXPECT_EQ(npy.row(i), expected(sorted_[i], descriptor)) << descriptor << " " << sorted_[i];
      EXPECT_EQ(ids[i], sorted_[i] == "line\nbreak.jpg" ? "line\\nbreak.jpg" : sorted_[i]);
    }
  }
}

TEST_F(ExportDescriptors, CsvHasTheSameNumbers) {
  const auto path = folder_.path() / "out.csv";
  const auto report = export_descriptors(open(), "histogram", path);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->ids.empty());
  const std::string text = text_of(path);
  std::string expected_text;
  std::size_t at = 0;
  for (const std::string& id : sorted_) {
    const std::string field = id == "a,\"x\".jpg"       ? "\"a,\"\"x\"\".jpg\""
                              : id == "line\nbreak.jpg" ? "\"line\nbreak.jpg\""
                                                        : id;
    ASSERT_EQ(text.substr(at, field.size()), field);
    at += field.size();
    for (const float number : expected(id, "histogram")) {
      ASSERT_EQ(text.at(at++), ',');
      char* end = nullptr;
      EXPECT_EQ(std::strtof(text.c_str() + at, &end), number);
      at = static_cast<std::size_t>(end - text.c_str());
    }
    ASSERT_EQ(text.at(at++), '\n');
  }
  EXPECT_EQ(at, text.size());
}

TEST_F(ExportDescriptors, NumpyReadsIt) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0) {
    GTEST_SKIP() << "needs python3-numpy";
  }
  const auto path = folder_.path() / "out.npy";
  ASSERT_TRUE(export_descriptors(open(), "shape", path));
  const std::string check =
      "/usr/bin/python3 -c \"import numpy, sys; a = numpy.load('" + path.string() +
      "', allow_pickle=False); "
      "sys.exit(0 if a.shape == (5, 32) and a.dtype == numpy.float32 and a.flags.c_contiguous "
      "and abs((a * a).sum(axis=1) - 1).max() < 1e-5 else 1)\"";
  EXPECT_EQ(std::system(check.c_str()), 0);
}

TEST_F(ExportDescriptors, RefusesWhatItCannotWrite) {
  const Collection collection = open();
  for (const char* name : {"x.txt", "x", "x.npz"}) {
    EXPECT_EQ(export_descriptors(collection, "shape", folder_.path() / name).error().code,
              ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(export_descriptors(collection, "taste", folder_.path() / "x.npy").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(export_descriptors(collection, "shape", folder_.path() / "no" / "x.npy").error().code,
            ErrorCode::kIo);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "x.npy"));
}

TEST_F(ExportDescriptors, AnEmptyCollectionGivesEmptyFiles) {
  for (const auto& entry : std::filesystem::directory_iterator(photos())) {
    std::filesystem::remove(entry.path());
  }
  options_.yes = true;
  sync();
  const auto report = export_descriptors(open(), "shape", folder_.path() / "x.npy");
  ASSERT_TRUE(report) << report.error().message;
  const Npy npy(text_of(folder_.path() / "x.npy"));
  EXPECT_EQ(npy.rows, 0U);
  EXPECT_EQ(npy.columns, 32U);
}

}  // namespace
}  // namespace semblance
