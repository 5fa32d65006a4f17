#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace semblance::test {

/// How a run of the program ended.
struct Ended {
  int exit_code = -1;  ///< 128 + signal where a signal ended it
  std::string out;
  std::string err;

  /// What stdout says as JSON; null where it is none.
  [[nodiscard]] nlohmann::json json() const {
    return nlohmann::json::parse(out, nullptr, /*allow_exceptions=*/false);
  }
};

using Arguments = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

/// A run of the program in a folder of its own, without terminal and without the SEMBLANCE_
/// variables of whoever runs the tests (except where ONNX Runtime is).
class Program {
 public:
  explicit Program(const Arguments& arguments, const Environment& environment = {});
  /// `terminal`: the path of one that becomes its stdin and stderr; empty: none.
  Program(const Arguments& arguments, const Environment& environment, const std::string& terminal);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// What it has written to stderr so far, where that is no terminal.
  [[nodiscard]] std::string err_so_far() const;
  /// Waits for the end.
  Ended wait();

 private:
  TemporaryFolder folder_;
  pid_t pid_ = -1;
};

/// Runs the program to its end.
Ended run(const Arguments& arguments, const Environment& environment = {});

/// Runs the program with a terminal as its stdin and stderr, on which somebody types `answers`.
/// `err` is all that the terminal shows, what was typed included, with its line ends ("\r\n").
Ended run_on_terminal(const Arguments& arguments, const std::string& answers,
                      const Environment& environment = {});

/// A photo that looks like make_scene(number % 100) and differs from all others of other numbers.
void write_photo(const std::filesystem::path& path, int number);

std::string read_text(const std::filesystem::path& path);

}  // namespace semblance::test
