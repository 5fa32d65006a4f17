#include "opensearch/node.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace semblance::test {

namespace {

constexpr int kCannotBeHad = 77;
constexpr int kTransportOffset = 100;

struct ScriptResult {
  int status = 0;
  std::string output;
};

/// tests/opensearch/cluster with its output, errors among it.
ScriptResult run_script(const std::string& environment, const std::string& arguments) {
  const std::string command = environment +
                              " SEMBLANCE_OPENSEARCH_OWNER=" + std::to_string(::getpid()) +
                              " '" SEMBLANCE_OPENSEARCH_SCRIPT "' " + arguments + " 2>&1";
  ScriptResult result;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  char part[4096];
  while (const std::size_t count = std::fread(part, 1, sizeof(part), pipe)) {
    result.output.append(part, count);
  }
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

bool is_free(int port) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

/// The first of ports that are free for so many nodes. Below those that the kernel gives to others.
int free_ports(int count) {
  constexpr int kFirst = 21'000;
  constexpr int kLast = 31'000;
  constexpr int kStep = 200;
  // Programs that start together begin at different places.
  const int offset = static_cast<int>(::getpid()) % ((kLast - kFirst) / kStep) * kStep;
  for (int tried = 0; tried < kLast - kFirst; tried += kStep) {
    const int port = kFirst + (offset + tried) % (kLast - kFirst);
    bool all = true;
    for (int i = 0; all && i < count; ++i) {
      all = is_free(port + i) && is_free(port + kTransportOffset + i);
    }
    if (all) return port;
  }
  throw std::runtime_error("no free ports");
}

struct Installation {
  bool there = false;
  std::string reason;
};

const Installation& installation() {
  static const Installation kInstallation = [] {
    const ScriptResult result = run_script("", "install");
    if (result.status != 0 && result.status != kCannotBeHad) {
      throw std::runtime_error("tests/opensearch/cluster install: " + result.output);
    }
    return Installation{result.status == 0, result.output};
  }();
  return kInstallation;
}

struct SharedNode {
  std::string url;
  std::string reason;
  std::unique_ptr<OpenSearchCluster> cluster;
};

SharedNode& shared_node() {
  static SharedNode node = [] {
    SharedNode made;
    const char* const given = std::getenv("SEMBLANCE_TEST_OPENSEARCH");
    if (given != nullptr && *given != '\0') {
      made.url = given;
      return made;
    }
    made.cluster = std::make_unique<OpenSearchCluster>(1);
    if (made.cluster->size() == 1) {
      made.url = made.cluster->url(0);
    } else {
      made.reason = installation().reason;
    }
    return made;
  }();
  return node;
}

}  // namespace

const std::string& OpenSearchNode::url() {
  return shared_node().url;
}

const std::string& OpenSearchNode::reason() {
  return installation().reason;
}

std::string OpenSearchNode::product() {
  const char* const engine = std::getenv("SEMBLANCE_TEST_ENGINE");
  return engine != nullptr && std::string_view(engine) == "elasticsearch" ? engine : "opensearch";
}

OpenSearchCluster::OpenSearchCluster(int count) {
  if (!installation().there) return;
  port_ = free_ports(count);
  static TemporaryFolder folders;
  folder_ = (folders.path() / std::to_string(port_)).string();
  count_ = count;
  for (int i = 0; i < count_; ++i) start(i);
  for (int i = 0; i < count_; ++i) wait(i, "green", count_);
}

OpenSearchCluster::~OpenSearchCluster() {
  // They have nothing to keep.
  try {
    for (int i = 0; i < count_; ++i) run("stop " + std::to_string(i) + " KILL");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s; the nodes end with this program\n", error.what());
  }
}

std::string OpenSearchCluster::environment() const {
  return "SEMBLANCE_OPENSEARCH_NODES='" + folder_ +
         "' SEMBLANCE_OPENSEARCH_PORT=" + std::to_string(port_);
}

std::string OpenSearchCluster::run(const std::string& arguments) const {
  ScriptResult result = run_script(environment(), arguments);
  if (result.status != 0) throw std::runtime_error(arguments + ": " + result.output);
  return std::move(result.output);
}

std::string OpenSearchCluster::url(int node) const {
  return "http://127.0.0.1:" + std::to_string(port_ + node);
}

void OpenSearchCluster::signal(int node, const std::string& name) const {
  run("stop " + std::to_string(node) + " " + name);
}

void OpenSearchCluster::start(int node) const {
  run("start " + std::to_string(node) + " " + std::to_string(count_));
}

void OpenSearchCluster::wait(int node, const std::string& status, int nodes) const {
  run("wait " + std::to_string(node) + " " + status + " " + std::to_string(nodes));
}

void OpenSearchCluster::revive(int node) const {
  start(node);
  wait(next(node), "green", count_);
}

int OpenSearchCluster::manager(int asked) const {
  return std::stoi(run("manager " + std::to_string(asked)));
}

const OpenSearchCluster& three_nodes() {
  static const OpenSearchCluster kCluster(3);
  return kCluster;
}

}  // namespace semblance::test
