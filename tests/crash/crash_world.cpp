#include "crash/crash_world.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/sha256.h"
#include "catalogue/catalogue.h"
#include "describe/histogram.h"
#include "engine/collection_files.h"
#include "image/encode.h"
#include "support/picture_files.h"
#include "support/tiny_network.h"
#include "vector/vector_store.h"

namespace semblance::test {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kCopies = 12;  // photos with the bytes of another
constexpr int kBroken = 4;
constexpr int kQuality = 90;
constexpr uid_t kNobody = 65534;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

template <typename T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

/// The scene with a mark that no other look has.
Image make_look(int look) {
  Image image = make_scene(look % 100);
  for (int bit = 0; bit < 12; ++bit) {
    const int left = 4 + bit % 6 * 11;
    const int top = 4 + bit / 6 * 12;
    const bool set = (look >> bit & 1) != 0;
    for (int y = top; y < top + 10; ++y) {
      for (int x = left; x < left + 9; ++x) {
        std::uint8_t* pixel = image.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
        pixel[0] = set ? 250 : 20;
        pixel[1] = static_cast<std::uint8_t>(bit * 20);
        pixel[2] = set ? 30 : 200;
      }
    }
  }
  return image;
}

std::string digest_of(const DescriptorSpans& spans) {
  std::string bytes;
  for (const auto part : {spans.embedding, spans.histogram, spans.histogram_foreground}) {
    bytes.append(reinterpret_cast<const char*>(part.data()), part.size_bytes());
  }
  return to_hex(sha256(std::as_bytes(std::span(bytes)))).substr(0, 16);
}

/// What the child does between fork and exec.
[[noreturn]] void become_program(const std::vector<std::string>& words,
                                 const ProgramOptions& options, const std::string& out,
                                 const std::string& err) {
  const int out_fd = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int err_fd = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int in_fd = ::open("/dev/null", O_RDONLY);
  ::dup2(in_fd, STDIN_FILENO);
  ::dup2(out_fd, STDOUT_FILENO);
  ::dup2(err_fd, STDERR_FILENO);
  if (options.without_rights &&
      (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) {
    ::_exit(126);
  }
  for (const auto& [name, value] : options.environment) {
    ::setenv(name.c_str(), value.c_str(), 1);
    if (name.rfind("SEMBLANCE_CRASH_", 0) == 0) ::setenv("LD_PRELOAD", SEMBLANCE_RECORDER, 1);
  }
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execv(argv.front(), argv.data());
  ::_exit(127);
}

}  // namespace

void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

Contents read_contents(const std::filesystem::path& data) {
  const CollectionFiles files(data, "default");
  const Catalogue catalogue = value_of(Catalogue::open(files.catalogue(), Database::Mode::kRead));
  const std::optional<VectorSet> set = value_of(catalogue.live_set());
  if (!set) throw std::runtime_error("no vectors are in use");
  VectorStore store;
  if (set->rows > 0) {
    store = value_of(VectorStore::open(
        files.vectors(set->key),
        {set->shape_dimension + set->colour_dimension, kHistogramDimension}, set->rows));
  }
  Statement statement = value_of(catalogue.database().prepare(
      "SELECT item.key, id, status, coalesce(reason, '-'), path, size_bytes, mtime_ns, "
      "coalesce(hex(item.content_hash), '-'), product, coalesce(width, 0), coalesce(height, 0), "
      "coalesce(hex(attributes_hash), '-'), vector.row, hex(vector.content_hash) FROM item "
      "LEFT JOIN vector ON vector.item = item.key AND vector_set = ?"));
  statement.bind(1, set->key);
  Contents contents;
  contents.network = set->card_json;
  while (value_of(statement.step())) {
    std::string text;
    for (int column = 2; column < 12; ++column) text += statement.text(column) + "|";
    for (const Attribute& each : value_of(catalogue.attributes(statement.integer(0)))) {
      text += each.name + "=" + each.value + "|";
    }
    if (!statement.is_null(12)) {
      const std::string digest = digest_of(store.row(statement.integer(12)));
      text += digest;
      contents.vectors[set->card_json + statement.text(13)] = digest;
    } else if (statement.text(2) == "indexed") {
      text += "no vectors";
    }
    contents.items[statement.text(1)] = text;
  }
  return contents;
}

std::string difference(const Contents& expected, const Contents& found) {
  std::string text;
  if (expected.network != found.network) text += "another network; ";
  const auto list = [&text](const char* what, const Contents& these, const Contents& those) {
    for (const auto& [id, item] : these.items) {
      if (those.items.count(id) == 0) text += std::string(what) + id + "; ";
    }
  };
  list("lost: ", expected, found);
  list("too many: ", found, expected);
  for (const auto& [id, item] : expected.items) {
    const auto other = found.items.find(id);
    if (other != found.items.end() && other->second != item) {
      text += id + ": expected " + item + ", found " + other->second + "; ";
    }
  }
  return text.substr(0, 2000);
}

CrashWorld::CrashWorld() {
  std::filesystem::create_directories(folder() / "photos/sub");
  std::filesystem::create_directories(folder() / "models");
  ModelCard first = tiny_card("first", 8, 3 * 8 * 8);
  ModelCard second = tiny_card("second", 6, 3 * 6 * 6);
  write_tiny_network(folder() / "models", first, {{"Flatten", {"input"}, "embedding"}});
  write_tiny_network(folder() / "models", second, {{"Flatten", {"input"}, "embedding"}});
  for (int i = 0; i < kPhotos; ++i) {
    if (i % (kPhotos / kBroken) == 7) {
      std::ofstream(photo(i)) << "\xff\xd8\xff\xe0 no photo " << i;
    } else {
      write_photo(i, i >= kPhotos - kCopies ? i - kPhotos / 2 : i);
    }
  }
  write_attributes(1);
}

std::filesystem::path CrashWorld::photo(int index) const {
  char name[32];
  std::snprintf(name, sizeof name, index % 2 == 0 ? "%04d.jpg" : "sub/%04d.jpg", index);
  return folder() / "photos" / name;
}

void CrashWorld::write_photo(int index, int look) const {
  const std::vector<std::byte> bytes = encode_jpeg(make_look(look), kQuality);
  std::ofstream file(photo(index), std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

void CrashWorld::write_attributes(int season) const {
  std::ofstream file(folder() / "attributes.csv");
  file << "id,product,season\n";
  for (int i = 0; i < kPhotos; ++i) {
    file << photo(i).stem().string() << ",p" << i / 3 << "," << (i % 5 == 0 ? season : 0) << "\n";
  }
}

void CrashWorld::remove_photos() {
  for (int i = 0; i < kPhotos; i += 2) std::filesystem::remove(photo(i));
}

void CrashWorld::rename_photos() {
  for (int i = 0; i < kPhotos; i += 2) {
    std::filesystem::rename(photo(i),
                            folder() / "photos/sub" / ("renamed-" + std::to_string(i) + ".jpg"));
  }
}

void CrashWorld::change_photos() {
  for (int i = 0; i < kPhotos; ++i) {
    if (i % 4 == 0) write_photo(i, i + 1000);
    if (i % 12 == 1) std::filesystem::remove(photo(i));
    if (i % 12 == 3) write_photo(i, i);  // touched only
  }
  for (int i = kPhotos; i < kPhotos + 60; ++i) write_photo(i, i);
  write_attributes(2);
}

std::vector<std::string> CrashWorld::sync_arguments(const std::string& model) const {
  std::vector<std::string> arguments = {"sync",          (folder() / "photos").string(),
                                        "--attributes",  (folder() / "attributes.csv").string(),
                                        "--yes",         "--json",
                                        "--batch-items", "20"};
  if (!model.empty()) {
    arguments.insert(arguments.end(),
                     {"--model", (folder() / "models" / (model + ".onnx")).string()});
  }
  return arguments;
}

ProgramEnd CrashWorld::run(const std::filesystem::path& data,
                           const std::vector<std::string>& arguments,
                           const ProgramOptions& options) const {
  std::vector<std::string> words = {SEMBLANCE_PROGRAM, "--quiet",    "--threads", "2",
                                    "--data",          data.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::string out = (folder() / "out").string();
  const std::string err = (folder() / "err").string();
  const Clock::time_point start = Clock::now();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) become_program(words, options, out, err);
  if (options.kill_after_ms) {
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(*options.kill_after_ms));
    ::kill(child, SIGKILL);  // not waited for yet, so the number is still the child's
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ProgramEnd end;
  end.ms = ms_since(start);
  end.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  end.out = text_of(out);
  end.err = text_of(err);
  return end;
}

void CrashWorld::sync(const std::filesystem::path& data,
                      const std::vector<std::string>& arguments) const {
  const ProgramEnd end = run(data, arguments);
  ASSERT_EQ(end.exit_code, 1) << end.err;  // the broken photos fail
  const nlohmann::json report = nlohmann::json::parse(end.out);
  const auto number = [&](const char* name) { return report.at(name).get<int>(); };
  std::int64_t photos = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder() / "photos")) {
    photos += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(number("seen"), photos);
  EXPECT_EQ(number("seen"), number("added") + number("changed") + number("renamed") +
                                number("unchanged") + number("failed") + number("skipped"))
      << end.out;
}

void CrashWorld::expect_sound(const std::filesystem::path& data,
                              const std::map<std::string, std::string>& known) const {
  const CollectionFiles files(data, "default");
  if (!std::filesystem::exists(files.folder())) return;  // not begun
  const ProgramEnd doctor = run(data, {"doctor"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.out << doctor.err;
  const ProgramEnd search = run(data, {"search", photo(5).string(), "--json"});
  if (search.exit_code == 2) {
    EXPECT_TRUE(search.err.find("fill it with 'semblance sync") != std::string::npos ||
                search.err.find("run 'semblance sync' once") != std::string::npos)
        << search.err;
    return;
  }
  EXPECT_EQ(search.exit_code, 0) << search.err;
  try {
    for (const auto& [content, digest] : read_contents(data).vectors) {
      const auto right = known.find(content);
      ASSERT_NE(right, known.end()) << "a vector of an unknown photo: " << content;
      EXPECT_EQ(digest, right->second) << "a wrong vector: " << content;
    }
  } catch (const std::runtime_error& error) {
    ADD_FAILURE() << error.what();
  }
}

void CrashWorld::expect_continues(const std::filesystem::path& data,
                                  const std::vector<std::string>& arguments,
                                  const Contents& expected) const {
  sync(data, arguments);
  try {
    EXPECT_EQ(difference(expected, read_contents(data)), "");
  } catch (const std::runtime_error& error) {
    ADD_FAILURE() << error.what();
  }
  const ProgramEnd doctor = run(data, {"doctor"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.out << doctor.err;
}

}  // namespace semblance::test
