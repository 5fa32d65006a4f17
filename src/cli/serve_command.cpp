#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "cli/command.h"
#include "server/service.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "Answers over REST, and shows a web page: http://127.0.0.1:8080 unless said otherwise.\n"
    "Without --keys everybody on this machine may read and write, and nobody else may connect.\n"
    "SIGTERM and Ctrl-C finish what was begun; SIGHUP reads the keys again. Settings may also\n"
    "stand in the environment (SEMBLANCE_SERVER__PORT) or in semblance.toml, table [serve].";

struct ServeCommand {
  server::ServiceOptions service;
  std::string keys;
  std::string access_log = "-";
  double request_timeout_s = 30;
  double grace_s = 20;
  std::size_t max_body_mib = 32;
  std::size_t max_queue = 16;
  bool allow_private = false;
};

/// Signals that end or change the server, as a file that can be waited for. They are blocked in
/// every thread that is started later.
class Signals {
 public:
  Signals() {
    ::sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    file_ = FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC));
  }

  /// The next one.
  [[nodiscard]] int wait() const {
    ::signalfd_siginfo info{};
    while (::read(file_.get(), &info, sizeof info) != sizeof info) {
    }
    return static_cast<int>(info.ssi_signo);
  }

 private:
  FileDescriptor file_;
};

server::ServiceOptions make_options(const ServeCommand& command, const Session& session) {
  server::ServiceOptions options = command.service;
  const auto workers = static_cast<std::size_t>(session.global.threads);
  options.data_folder = session.global.data;
  options.live.workers = session.global.threads;
  options.inference.slots = workers;
  options.inference.max_waiting = command.max_queue;
  options.http.max_body_bytes = command.max_body_mib << 20;
  options.http.request_timeout =
      std::chrono::milliseconds(static_cast<std::int64_t>(command.request_timeout_s * 1000));
  options.photos.fetch.max_bytes = options.http.max_body_bytes;
  options.photos.fetch.allow_private = command.allow_private;
  options.live.fetch.allow_private = command.allow_private;
  if (!command.keys.empty()) options.access.keys = command.keys;
  if (command.access_log != "-") {
    options.access_log = command.access_log;
  } else if (!session.global.quiet) {
    options.access_log.emplace();  // stderr
  }
  return options;
}

int run(const ServeCommand& command, const Session& session) {
  const Signals signals;
  const server::ServiceOptions options = make_options(command, session);
  const Result<std::unique_ptr<server::Service>> service = server::Service::start(options);
  if (!service) return fail(service.error());
  const bool is_v6 = options.http.host.find(':') != std::string::npos;
  tell(session, fmt::format("listening on http://{}{}{}:{}", is_v6 ? "[" : "", options.http.host,
                            is_v6 ? "]" : "", (*service)->port()));
  while (true) {
    const int signal = signals.wait();
    if (signal != SIGHUP) break;
    const Status reloaded = (*service)->reload_keys();
    tell(session, reloaded ? "the keys were read again"
                           : "the keys stay as they were: " + reloaded.error().message);
  }
  tell(session, "stopping: finishing what was begun");
  (*service)->stop(std::chrono::milliseconds(static_cast<std::int64_t>(command.grace_s * 1000)));
  return kOk;
}

void add_limits(CLI::App& command, ServeCommand& options) {
  command.add_option("--max-body-mib", options.max_body_mib, "Larger requests are refused (413)")
      ->envname("SEMBLANCE_SERVER__MAX_BODY_MIB")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command
      .add_option("--max-pixels", options.service.live.limits.max_pixels,
                  "Larger photos are refused (413)")
      ->envname("SEMBLANCE_SERVER__MAX_PIXELS")
      ->capture_default_str();
  command
      .add_option("--max-queue", options.max_queue,
                  "Photos that wait for the network at most; further ones are told to come again "
                  "(503)")
      ->envname("SEMBLANCE_SERVER__MAX_QUEUE")
      ->check(CLI::Range(1, 90))
      ->capture_default_str();
  command.add_option("--max-connections", options.service.http.max_connections, "Open connections")
      ->envname("SEMBLANCE_SERVER__MAX_CONNECTIONS")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command
      .add_option("--request-timeout", options.request_timeout_s,
                  "Seconds after which a request is given up (503)")
      ->envname("SEMBLANCE_SERVER__REQUEST_TIMEOUT")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  command
      .add_option("--cached-embeddings", options.service.live.cached_embeddings,
                  "Photos whose vectors are remembered, so that the same one is not computed again")
      ->envname("SEMBLANCE_SERVER__CACHED_EMBEDDINGS")
      ->capture_default_str();
  command
      .add_option("--grace", options.grace_s,
                  "Seconds for what was begun when the server is told to stop")
      ->envname("SEMBLANCE_SERVER__GRACE")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  command
      .add_option("--requests-per-second", options.service.access.search_requests_per_second,
                  "Of a search key that says nothing itself (429); 0: no limit")
      ->envname("SEMBLANCE_SERVER__REQUESTS_PER_SECOND")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

}  // namespace

void add_serve(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("serve", kHelp);
  auto options = std::make_shared<ServeCommand>();
  command->add_option("--host", options->service.http.host, "Address to listen on")
      ->envname("SEMBLANCE_SERVER__HOST")
      ->capture_default_str();
  command->add_option("--port", options->service.http.port, "Port to listen on; 0: any free one")
      ->envname("SEMBLANCE_SERVER__PORT")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  command
      ->add_option("--keys", options->keys,
                   "File of keys ('semblance keys create' makes it): then nothing goes without one")
      ->envname("SEMBLANCE_SERVER__KEYS");
  command
      ->add_flag("--without-keys", options->service.without_keys,
                 "Let everybody who reaches this address read and write")
      ->envname("SEMBLANCE_SERVER__WITHOUT_KEYS");
  command
      ->add_option("--allow-origin", options->service.access.allowed_origins,
                   "Origin whose web pages may ask here, for example https://shop.example; '*': "
                   "any; may be given several times")
      ->envname("SEMBLANCE_SERVER__ALLOW_ORIGIN")
      ->allow_extra_args(false);
  command
      ->add_option("--allow-host", options->service.access.allowed_hosts,
                   "Name by which this server is asked, beside localhost (only without keys)")
      ->envname("SEMBLANCE_SERVER__ALLOW_HOST")
      ->allow_extra_args(false);
  command
      ->add_flag("--allow-private", options->allow_private,
                 "Also fetch photos from addresses that are not public")
      ->envname("SEMBLANCE_SERVER__ALLOW_PRIVATE");
  command
      ->add_option("--access-log", options->access_log,
                   "File for a line of JSON for each request; '-': stderr, unless --quiet")
      ->envname("SEMBLANCE_SERVER__ACCESS_LOG")
      ->capture_default_str();
  add_limits(*command, *options);
  command->callback([options, &session] { session.exit_code = run(*options, session); });
}

}  // namespace semblance::cli
