#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "crash/journal_format.h"

namespace semblance::test {

struct JournalEntry {
  Operation operation = Operation::kSync;
  std::string path;
  std::uint64_t offset = 0;
  std::string data;
};

/// Reads what the recorder wrote behind byte `*position`, and moves that to the end.
std::vector<JournalEntry> read_journal(const std::filesystem::path& path, std::uint64_t* position);

/// What a disk may hold when the power fails: what was synced for certain; of the rest, anything.
/// Stricter than most file systems: a file's sync does not make its name durable, changes of one
/// file or folder may survive in any combination, and a write in part, sector by sector.
class DiskModel {
 public:
  /// `root` is there and empty.
  explicit DiskModel(const std::filesystem::path& root);

  void apply(const JournalEntry& entry);

  enum class Unsynced { kDropped, kKept, kSomeKept };
  /// Builds below `folder`, which must be empty, what the root may hold.
  void materialise(const std::filesystem::path& folder, Unsynced unsynced,
                   std::mt19937& random) const;

 private:
  /// Data at an offset, or a new length.
  struct FileChange {
    std::uint64_t offset = 0;
    std::string data;
    bool truncates = false;
  };
  /// Names in one folder that change together; no node: the name goes.
  using FolderChange = std::vector<std::pair<std::string, std::optional<std::size_t>>>;
  struct Node {
    bool is_folder = false;
    std::string content;  // durable
    std::vector<FileChange> pending;
    std::map<std::string, std::size_t> names;  // durable
    std::vector<FolderChange> pending_names;
  };

  std::size_t add_node(bool is_folder);
  void change_name(const std::filesystem::path& path, std::optional<std::size_t> node);
  Node& at(const std::string& path) { return nodes_.at(live_.at(path)); }
  static void change(std::string& content, const FileChange& change);
  void build(const Node& node, const std::filesystem::path& path, Unsynced unsynced,
             std::mt19937& random) const;

  std::vector<Node> nodes_;
  std::map<std::string, std::size_t> live_;  // by path, as the running program sees it
};

}  // namespace semblance::test
