#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/temporary_folder.h"

namespace semblance::test {

struct ProgramOptions {
  std::optional<double> kill_after_ms;  ///< SIGKILL then, if it still runs
  /// Set for the program besides ours; with SEMBLANCE_CRASH_... the recorder is loaded.
  std::vector<std::pair<std::string, std::string>> environment;
  bool without_rights = false;  ///< as the user "nobody" (needs root)
};

struct ProgramEnd {
  int exit_code = -1;
  bool killed = false;
  double ms = 0;
  std::string out;
  std::string err;
};

/// All that a collection knows, in a form that can be compared: two collections that were synced
/// from the same photos with the same network have equal contents, whatever happened on the way.
struct Contents {
  /// By id: status, reason, path, size, time, content, product, attributes, and a digest of its
  /// vectors.
  std::map<std::string, std::string> items;
  std::string network;
  /// By network and content: a digest of the vectors.
  std::map<std::string, std::string> vectors;

  bool operator==(const Contents& other) const {
    return items == other.items && network == other.network;
  }
};

/// Reads them. Throws std::runtime_error where the collection cannot be opened or holds an item
/// whose vectors are missing.
Contents read_contents(const std::filesystem::path& data);

/// Where the two differ, in a line; empty where they do not.
std::string difference(const Contents& expected, const Contents& found);

/// A folder of generated photos (JPEG; some of them copies of others, some broken), an attributes
/// file and two small networks, and what the real program does with them.
class CrashWorld {
 public:
  static constexpr int kPhotos = 240;

  CrashWorld();

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path photo(int index) const;

  // Changes of the photos, each from the state of the constructor.
  void remove_photos();
  void rename_photos();
  void change_photos();  ///< contents, times, attributes; some new, some gone

  /// Arguments of a sync of the photos with the network `model` ("first" or "second"; empty: the
  /// collection's).
  [[nodiscard]] std::vector<std::string> sync_arguments(const std::string& model = "first") const;

  /// Runs semblance on the data folder.
  ProgramEnd run(const std::filesystem::path& data, const std::vector<std::string>& arguments,
                 const ProgramOptions& options = {}) const;

  /// A sync that must succeed, all inputs accounted for.
  void sync(const std::filesystem::path& data, const std::vector<std::string>& arguments) const;

  /// After an interruption: the doctor has nothing but notes, a search answers (or says that
  /// nothing was synced yet), and each vector that can be found is the right one: equal to that of
  /// `known`, by network and content. Failures are GoogleTest's.
  void expect_sound(const std::filesystem::path& data,
                    const std::map<std::string, std::string>& known) const;

  /// Then: a continued sync ends with the contents expected and nothing left over.
  void expect_continues(const std::filesystem::path& data,
                        const std::vector<std::string>& arguments, const Contents& expected) const;

 private:
  void write_photo(int index, int look) const;
  void write_attributes(int season) const;

  TemporaryFolder folder_;
};

/// Replaces `to` by a copy of the folder `from`.
void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace semblance::test
