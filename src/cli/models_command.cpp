#include "cli/models_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "describe/model_registry.h"
#include "model_zoo/backbones.h"
#include "model_zoo/speed.h"

namespace semblance::cli {

namespace {

/// A line of the list: a network that is here, one that could be pulled, or both.
struct Row {
  ModelListing listing;
  std::optional<Backbone> backbone;
  std::optional<double> milliseconds;
};

std::map<std::string, Row> collect_rows(const Session& session) {
  std::map<std::string, Row> rows;
  for (ModelListing& listing : list_models()) {
    const std::string name = listing.card.name;
    rows[name].listing = std::move(listing);
  }
  const auto backbones = read_backbones(registry_path());
  if (!backbones) {
    tell(session, backbones.error().message);
    return rows;
  }
  for (const Backbone& backbone : *backbones) {
    Row& row = rows[backbone.name];
    row.backbone = backbone;
    ModelCard& card = row.listing.card;
    if (!card.name.empty()) continue;
    card.name = backbone.name;
    card.version = "1";
    card.licence = backbone.licence;
    card.output.dimension = backbone.dimension;
    card.bytes = backbone.source.bytes;
    row.listing.missing_reason = "'semblance models pull " + backbone.name + "' fetches it";
  }
  return rows;
}

void find_speeds(std::map<std::string, Row>& rows, bool measures, const Session& session) {
  SpeedNotes notes = SpeedNotes::load();
  for (auto& [name, row] : rows) {
    if (!row.listing.present) continue;
    const ModelCard& card = row.listing.card;
    row.milliseconds = notes.find(card);
    if (!measures || interrupted()) continue;
    const auto measured = measure_speed(card);
    if (!measured) {
      tell(session, name + ": " + measured.error().message);
      continue;
    }
    row.milliseconds = *measured;
    if (const Status noted = notes.add(card, *measured); !noted) {
      tell(session, noted.error().message);
    }
  }
}

nlohmann::ordered_json row_json(const Row& row) {
  const ModelCard& card = row.listing.card;
  nlohmann::ordered_json json{{"name", card.name},
                              {"version", card.version},
                              {"present", row.listing.present},
                              {"default", card.name == kDefaultModel},
                              {"can_be_pulled", row.backbone.has_value()},
                              {"shape_dimension", card.output.dimension},
                              {"colour_dimension", card.colour ? card.colour->dimension : 0},
                              {"bytes", total_bytes(card)},
                              {"licence", card.licence},
                              {"ms_per_photo", nullptr},
                              {"folder", card.folder.string()},
                              {"missing_reason", row.listing.missing_reason}};
  if (row.milliseconds) json["ms_per_photo"] = *row.milliseconds;
  return json;
}

void print_row(const Row& row) {
  const ModelCard& card = row.listing.card;
  std::string state = row.listing.present ? "present" : row.listing.missing_reason;
  if (card.name == kDefaultModel) state += " (default)";
  const std::string speed = row.milliseconds ? fmt::format("{:.1f} ms", *row.milliseconds) : "-";
  std::printf("%-20s %6d %6d %6.1f MB %9s  %-12s %s\n", card.name.c_str(), card.output.dimension,
              card.colour ? card.colour->dimension : 0,
              static_cast<double>(total_bytes(card)) / 1e6, speed.c_str(), card.licence.c_str(),
              state.c_str());
}

int list(const Session& session, bool measures) {
  catch_interrupts();
  std::map<std::string, Row> rows = collect_rows(session);
  find_speeds(rows, measures, session);
  if (session.global.json) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const auto& [name, row] : rows) json.push_back(row_json(row));
    std::printf("%s\n", nlohmann::ordered_json{{"models", std::move(json)}}.dump().c_str());
    return kOk;
  }
  if (rows.empty()) tell(session, "no models found; run scripts/setup, or set SEMBLANCE_MODELS");
  std::printf("%-20s %6s %6s %9s %9s  %-12s %s\n", "name", "shape", "colour", "size", "a photo",
              "licence", "state");
  for (const auto& [name, row] : rows) print_row(row);
  return kOk;
}

}  // namespace

std::uint64_t total_bytes(const ModelCard& card) {
  std::uint64_t bytes = card.bytes;
  for (const ModelData& data : card.data) bytes += data.bytes;
  return bytes;
}

void tell_about_new_network(const ModelCard& card, const Session& session) {
  std::string speed;
  if (const auto measured = measure_speed(card)) {
    SpeedNotes notes = SpeedNotes::load();
    if (const Status noted = notes.add(card, *measured); !noted) {
      tell(session, noted.error().message);
    }
    speed = fmt::format(", {:.1f} ms a photo on one thread", *measured);
  }
  tell(session, fmt::format("'{}' is ready in {}: {} numbers a photo, {:.1f} MB{}; use it with "
                            "'semblance sync --model {}'",
                            card.name, card.folder.string(), card.output.dimension,
                            static_cast<double>(total_bytes(card)) / 1e6, speed, card.name));
}

void add_models_list(CLI::App& command, Session& session) {
  CLI::App* list_command = command.add_subcommand(
      "list",
      "Lists those that are here and those that can be pulled.\n"
      "'a photo' is the time that one thread needs for a photo of 640 x 640 (prepared and\n"
      "embedded, not decoded): measured when a network was pulled or added, or by --speed,\n"
      "and remembered for this machine.");
  auto measures = std::make_shared<bool>(false);
  list_command->add_flag("--speed", *measures, "Measure all that are here, some seconds each");
  list_command->callback([measures, &session] { session.exit_code = list(session, *measures); });
}

void add_models(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("models", "Networks that turn photos into vectors.");
  command->require_subcommand(1);
  add_models_list(*command, session);
  add_models_pull(*command, session);
  add_models_add(*command, session);
}

}  // namespace semblance::cli
