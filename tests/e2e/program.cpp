#include "program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "image/encode.h"
#include "support/picture_files.h"

namespace semblance::test {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> child_environment(Environment changes, const std::string& folder) {
  // Networks that whoever runs the tests has pulled are none of ours.
  changes.try_emplace("XDG_CACHE_HOME", folder);
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string name(text.substr(0, text.find('=')));
    const bool ours = name.starts_with("SEMBLANCE_") && name != "SEMBLANCE_ONNXRUNTIME";
    if (!ours && !changes.contains(name)) variables.emplace_back(text);
  }
  for (const auto& [name, value] : changes) {
    variables.push_back(name);
    variables.back().append("=").append(value);
  }
  return variables;
}

}  // namespace

std::string read_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Program::Program(const Arguments& arguments, const Environment& environment)
    : Program(arguments, environment, "") {}

Program::Program(const Arguments& arguments, const Environment& environment,
                 const std::string& terminal) {
  std::vector<std::string> words{SEMBLANCE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = child_environment(environment, folder_.path());
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  const std::string out = folder_.path() / "out";
  const std::string err = terminal.empty() ? std::string(folder_.path() / "err") : terminal;
  const std::string in = terminal.empty() ? "/dev/null" : terminal;
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.c_str(), O_RDONLY | O_NOCTTY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT,
                                     0600);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(),
                                     O_WRONLY | O_CREAT | O_NOCTTY, 0600);
  const int failed = ::posix_spawn(&pid_, words[0].c_str(), &actions, nullptr,
                                   pointers(words).data(), pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + words[0]);
}

Program::~Program() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string Program::err_so_far() const {
  return read_text(folder_.path() / "err");
}

Ended Program::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, read_text(folder_.path() / "out"), read_text(folder_.path() / "err")};
}

Ended run(const Arguments& arguments, const Environment& environment) {
  return Program(arguments, environment).wait();
}

Ended run_on_terminal(const Arguments& arguments, const std::string& answers,
                      const Environment& environment) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) {
    throw std::runtime_error("there are no terminals");
  }
  Program program(arguments, environment, ::ptsname(master));
  // The terminal keeps what is typed until it is read.
  if (::write(master, answers.data(), answers.size()) != static_cast<ssize_t>(answers.size())) {
    throw std::runtime_error("cannot type");
  }
  std::string shown;
  std::array<char, 4096> buffer{};
  // Reading fails as soon as the program, the only one at the other end, is gone.
  for (ssize_t count = 0; (count = ::read(master, buffer.data(), buffer.size())) > 0;) {
    shown.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(master);
  Ended ended = program.wait();
  ended.err = shown;
  return ended;
}

void write_photo(const std::filesystem::path& path, int number) {
  Image scene = make_scene(number % 100);
  // Blocks in a corner count in binary: enough to survive JPEG.
  for (int bit = 0; bit < 8; ++bit) {
    if ((number / 100 >> bit & 1) == 0) continue;
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < 24; ++x) scene.row(y)[bit * 24 + x] = 0;
    }
  }
  const auto bytes = encode_jpeg(scene, 90);
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

}  // namespace semblance::test
