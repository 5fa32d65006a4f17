#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "live/live_collection.h"

namespace semblance::server {

/// The collections that a server has open: each is opened when it is first asked for.
class OpenCollections {
 public:
  OpenCollections(std::filesystem::path data_folder, LiveOptions options)
      : data_folder_(std::move(data_folder)), options_(std::move(options)) {}

  /// Errors: those of LiveCollection::open.
  Result<std::shared_ptr<LiveCollection>> get(std::string_view name);
  /// Those that are open.
  [[nodiscard]] std::vector<std::shared_ptr<LiveCollection>> open_ones() const;
  /// Whoever has it goes on; the next get() opens it anew.
  void forget(std::string_view name);
  void close_all();

  [[nodiscard]] const std::filesystem::path& data_folder() const { return data_folder_; }

 private:
  const std::filesystem::path data_folder_;
  const LiveOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<LiveCollection>, std::less<>> open_;
};

}  // namespace semblance::server
