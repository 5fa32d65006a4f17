#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "engine/doctor.h"
#include "remote/remote_doctor.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "Checks everything that the collection keeps on disk: database, vectors, network, leftovers.\n"
    "Exit code 0: healthy (there may be notes); 1: something is damaged or missing.";

std::string to_json(const DoctorReport& report) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const Finding& finding : report.findings) {
    findings.push_back({{"severity", severity_name(finding.severity)},
                        {"check", finding.check},
                        {"message", finding.message},
                        {"remedy", finding.remedy},
                        {"repairable", finding.repairable},
                        {"repaired", finding.repaired}});
  }
  const nlohmann::ordered_json json = {{"healthy", report.healthy()},
                                       {"items", report.items},
                                       {"vectors", report.vectors},
                                       {"seconds", report.seconds},
                                       {"findings", std::move(findings)}};
  // A path in a message may hold bytes that are not UTF-8.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int run(bool repair, const Session& session) {
  const Result<DoctorReport> report =
      remote::examine_any(session.global.data, session.global.collection, repair);
  if (!report) return fail(report.error());
  const int exit_code = report->healthy() ? kOk : kSomeInputsFailed;
  if (session.global.json) {
    std::printf("%s\n", to_json(*report).c_str());
    return exit_code;
  }
  for (const Finding& finding : report->findings) {
    std::string line = fmt::format("{:<8} {:<13} {}", severity_name(finding.severity),
                                   finding.check, finding.message);
    if (finding.repaired) {
      line += " -> repaired";
    } else if (!finding.remedy.empty()) {
      line += " -> " + finding.remedy;
    }
    std::printf("%s\n", line.c_str());
  }
  tell(session,
       fmt::format("{}: {} items, {} vectors checked in {:.1f} s",
                   report->healthy() ? "healthy" : "not healthy", with_commas(report->items),
                   with_commas(report->vectors), report->seconds));
  return exit_code;
}

}  // namespace

void add_doctor(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("doctor", kHelp);
  auto repair = std::make_shared<bool>(false);
  command->add_flag("--repair", *repair,
                    "Mend what can be mended; then run 'semblance sync' to embed again what had to "
                    "be forgotten");
  command->callback([repair, &session] { session.exit_code = run(*repair, session); });
}

}  // namespace semblance::cli
