#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "describe/model_registry.h"

namespace semblance::cli {

namespace {

std::uint64_t total_bytes(const ModelCard& card) {
  std::uint64_t bytes = card.bytes;
  for (const ModelData& data : card.data) bytes += data.bytes;
  return bytes;
}

int list(const Session& session) {
  const std::vector<ModelListing> models = list_models();
  if (session.global.json) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const ModelListing& model : models) {
      const ModelCard& card = model.card;
      json.push_back({{"name", card.name},
                      {"version", card.version},
                      {"present", model.present},
                      {"default", card.name == kDefaultModel},
                      {"shape_dimension", card.output.dimension},
                      {"colour_dimension", card.colour ? card.colour->dimension : 0},
                      {"bytes", total_bytes(card)},
                      {"licence", card.licence}});
    }
    std::printf("%s\n", nlohmann::ordered_json{{"models", std::move(json)}}.dump().c_str());
    return kOk;
  }
  if (models.empty()) tell(session, "no models found; run scripts/setup, or set SEMBLANCE_MODELS");
  std::printf("%-24s %7s %6s %6s %9s  %-12s %s\n", "name", "version", "shape", "colour", "size",
              "licence", "state");
  for (const ModelListing& model : models) {
    const ModelCard& card = model.card;
    std::string state = model.present ? "present" : model.missing_reason;
    if (card.name == kDefaultModel) state += " (default)";
    std::printf("%-24s %7s %6d %6d %6.1f MB  %-12s %s\n", card.name.c_str(), card.version.c_str(),
                card.output.dimension, card.colour ? card.colour->dimension : 0,
                static_cast<double>(total_bytes(card)) / 1e6, card.licence.c_str(), state.c_str());
  }
  return kOk;
}

}  // namespace

void add_models(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("models", "Networks that turn photos into vectors.");
  command->require_subcommand(1);
  CLI::App* list_command = command->add_subcommand("list", "Lists them, and which are present");
  list_command->callback([&session] { session.exit_code = list(session); });
}

}  // namespace semblance::cli
