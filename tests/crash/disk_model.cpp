#include "crash/disk_model.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace semblance::test {

namespace {

constexpr std::size_t kSectorBytes = 512;

/// The shared-memory index of SQLite is made anew after a crash, and written through a mapping.
bool is_rebuilt(const std::string& path) {
  return path.size() > 4 && path.compare(path.size() - 4, 4, "-shm") == 0;
}

bool coin(std::mt19937& random) {
  return random() % 2 == 0;
}

}  // namespace

std::vector<JournalEntry> read_journal(const std::filesystem::path& path, std::uint64_t* position) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(*position));
  std::vector<JournalEntry> entries;
  JournalHead head{};
  while (file.read(reinterpret_cast<char*>(&head), sizeof head)) {
    JournalEntry entry;
    entry.operation = head.operation;
    entry.offset = head.offset;
    entry.path.resize(head.path_bytes);
    entry.data.resize(head.data_bytes);
    file.read(entry.path.data(), static_cast<std::streamsize>(entry.path.size()));
    file.read(entry.data.data(), static_cast<std::streamsize>(entry.data.size()));
    if (!file) throw std::runtime_error("the journal is cut off");
    *position += sizeof head + head.path_bytes + head.data_bytes;
    if (!is_rebuilt(entry.path)) entries.push_back(std::move(entry));
  }
  return entries;
}

DiskModel::DiskModel(const std::filesystem::path& root) {
  live_[root.string()] = add_node(true);
}

std::size_t DiskModel::add_node(bool is_folder) {
  nodes_.emplace_back().is_folder = is_folder;
  return nodes_.size() - 1;
}

void DiskModel::change_name(const std::filesystem::path& path, std::optional<std::size_t> node) {
  at(path.parent_path().string()).pending_names.push_back({{path.filename().string(), node}});
  if (node) {
    live_[path.string()] = *node;
  } else {
    live_.erase(path.string());
  }
}

void DiskModel::change(std::string& content, const FileChange& change) {
  if (change.truncates) {
    content.resize(change.offset);
    return;
  }
  if (change.data.empty()) return;
  content.resize(std::max<std::size_t>(content.size(), change.offset + change.data.size()));
  std::memcpy(content.data() + change.offset, change.data.data(), change.data.size());
}

void DiskModel::apply(const JournalEntry& entry) {
  switch (entry.operation) {
    case Operation::kCreate:
      change_name(entry.path, add_node(false));
      break;
    case Operation::kMakeFolder:
      change_name(entry.path, add_node(true));
      break;
    case Operation::kRemove:
      change_name(entry.path, std::nullopt);
      break;
    case Operation::kWrite:
      at(entry.path).pending.push_back({entry.offset, entry.data, false});
      break;
    case Operation::kTruncate:
      at(entry.path).pending.push_back({entry.offset, {}, true});
      break;
    case Operation::kRename: {
      const std::filesystem::path from = entry.path;
      const std::filesystem::path to = entry.data;
      if (from.parent_path() != to.parent_path()) {
        throw std::runtime_error("a rename from folder to folder is not modelled");
      }
      const std::size_t node = live_.at(from.string());
      at(from.parent_path().string())
          .pending_names.push_back(
              {{from.filename().string(), std::nullopt}, {to.filename().string(), node}});
      live_.erase(from.string());
      live_[to.string()] = node;
      break;
    }
    case Operation::kSync: {
      const auto found = live_.find(entry.path);
      if (found == live_.end()) break;  // open, but without a name any more
      Node& node = nodes_.at(found->second);
      for (const FileChange& each : node.pending) change(node.content, each);
      node.pending.clear();
      for (const FolderChange& together : node.pending_names) {
        for (const auto& [name, target] : together) {
          if (target) {
            node.names[name] = *target;
          } else {
            node.names.erase(name);
          }
        }
      }
      node.pending_names.clear();
      break;
    }
  }
}

void DiskModel::build(const Node& node, const std::filesystem::path& path, Unsynced unsynced,
                      std::mt19937& random) const {
  const auto survives = [&] {
    return unsynced == Unsynced::kKept || (unsynced == Unsynced::kSomeKept && coin(random));
  };
  if (node.is_folder) {
    std::map<std::string, std::size_t> names = node.names;
    for (const FolderChange& together : node.pending_names) {
      if (!survives()) continue;
      for (const auto& [name, target] : together) {
        if (target) {
          names[name] = *target;
        } else {
          names.erase(name);
        }
      }
    }
    std::filesystem::create_directories(path);
    for (const auto& [name, target] : names) {
      build(nodes_.at(target), path / name, unsynced, random);
    }
    return;
  }
  std::string content = node.content;
  for (const FileChange& each : node.pending) {
    if (!survives()) continue;
    if (unsynced == Unsynced::kKept || each.truncates || coin(random)) {
      change(content, each);
      continue;
    }
    // Torn: each sector that the write touches has its old or its new content.
    for (std::uint64_t start = 0; start < each.data.size();) {
      const std::uint64_t to_boundary = kSectorBytes - (each.offset + start) % kSectorBytes;
      const std::uint64_t size = std::min<std::uint64_t>(to_boundary, each.data.size() - start);
      if (coin(random))
        change(content, {each.offset + start, each.data.substr(start, size), false});
      start += size;
    }
  }
  std::ofstream(path, std::ios::binary) << content;
}

void DiskModel::materialise(const std::filesystem::path& folder, Unsynced unsynced,
                            std::mt19937& random) const {
  build(nodes_.front(), folder, unsynced, random);
}

}  // namespace semblance::test
