#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/confidence.h"

namespace semblance {

namespace {

using Json = nlohmann::ordered_json;

/// The name in the catalogue's settings.
constexpr std::string_view kSetting = "confidence";
constexpr int kVersion = 1;
constexpr std::size_t kMostSteps = 100'000;

Json json_of(const CalibrationCheck& check) {
  Json bins = Json::array();
  for (const ReliabilityBin& bin : check.bins) {
    bins.push_back({bin.predicted, bin.happened, bin.count});
  }
  return {{"queries", check.queries},
          {"hits", check.hits},
          {"right", check.right},
          {"calibration_error", check.error},
          {"interval", {check.error_between.low, check.error_between.high}},
          {"by_chance", check.error_by_chance},
          {"log_loss", check.log_loss},
          {"log_loss_of_share", check.log_loss_of_share},
          {"bins", std::move(bins)}};
}

Json json_of(const ConfidenceModel& model) {
  Json steps = Json::array();
  for (const MonotoneSteps::Step& step : model.steps.steps) {
    steps.push_back({step.last, step.value});
  }
  return {{"parts", model.all_parts ? "all" : "shape"},
          {"colour", model.has_colour},
          {"intercept", model.logistic.intercept},
          {"weights", model.logistic.weights},
          {"steps", std::move(steps)}};
}

CalibrationCheck check_in(const Json& json) {
  CalibrationCheck check;
  json.at("queries").get_to(check.queries);
  json.at("hits").get_to(check.hits);
  json.at("right").get_to(check.right);
  json.at("calibration_error").get_to(check.error);
  json.at("interval").at(0).get_to(check.error_between.low);
  json.at("interval").at(1).get_to(check.error_between.high);
  json.at("by_chance").get_to(check.error_by_chance);
  json.at("log_loss").get_to(check.log_loss);
  json.at("log_loss_of_share").get_to(check.log_loss_of_share);
  for (const Json& bin : json.at("bins")) {
    check.bins.push_back(
        {bin.at(0).get<double>(), bin.at(1).get<double>(), bin.at(2).get<std::int64_t>()});
  }
  return check;
}

ConfidenceModel model_in(const Json& json) {
  ConfidenceModel model;
  model.all_parts = json.at("parts").get<std::string>() == "all";
  json.at("colour").get_to(model.has_colour);
  json.at("intercept").get_to(model.logistic.intercept);
  json.at("weights").get_to(model.logistic.weights);
  for (const Json& step : json.at("steps")) {
    model.steps.steps.push_back({step.at(0).get<double>(), step.at(1).get<double>()});
  }
  return model;
}

/// A model that gives a probability for any scores.
bool is_sound(const ConfidenceModel& model) {
  const auto& weights = model.logistic.weights;
  const auto& steps = model.steps.steps;
  const auto finite = [](double number) { return std::isfinite(number); };
  return weights.size() == model.columns({}).size() && finite(model.logistic.intercept) &&
         std::all_of(weights.begin(), weights.end(), finite) && steps.size() <= kMostSteps &&
         std::all_of(steps.begin(), steps.end(),
                     [&](const auto& step) { return finite(step.last) && finite(step.value); }) &&
         std::adjacent_find(steps.begin(), steps.end(), [](const auto& a, const auto& b) {
           return !(a.last < b.last && a.value <= b.value);
         }) == steps.end();
}

Error damaged() {
  return {ErrorCode::kCorrupt,
          "what was learnt for confidence is damaged; learn it again with 'semblance confidence "
          "fit'"};
}

}  // namespace

std::string to_json(const Confidence& confidence) {
  Json candidates = Json::array();
  for (const ConfidenceCandidate& one : confidence.candidates) {
    candidates.push_back(
        {{"name", one.name}, {"log_loss", one.log_loss}, {"calibration_error", one.error}});
  }
  return Json{{"version", kVersion},
              {"network", confidence.network},
              {"label", confidence.label},
              {"where", confidence.where},
              {"fitted", confidence.fitted},
              {"photos", confidence.photos},
              {"products", confidence.products},
              {"model", json_of(confidence.model)},
              {"candidates", std::move(candidates)},
              {"held_out", json_of(confidence.check)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json(const CalibrationCheck& check) {
  return json_of(check).dump();
}

Result<Confidence> parse_confidence(std::string_view text) {
  // The library's exceptions for what is missing or of another kind stop here.
  try {
    const Json json = Json::parse(text);
    Confidence confidence;
    if (json.at("version").get<int>() != kVersion) return damaged();
    json.at("network").get_to(confidence.network);
    json.at("label").get_to(confidence.label);
    json.at("where").get_to(confidence.where);
    json.at("fitted").get_to(confidence.fitted);
    json.at("photos").get_to(confidence.photos);
    json.at("products").get_to(confidence.products);
    confidence.model = model_in(json.at("model"));
    for (const Json& one : json.at("candidates")) {
      confidence.candidates.push_back({one.at("name").get<std::string>(),
                                       one.at("log_loss").get<double>(),
                                       one.at("calibration_error").get<double>()});
    }
    confidence.check = check_in(json.at("held_out"));
    if (!is_sound(confidence.model)) return damaged();
    return confidence;
  } catch (const nlohmann::json::exception&) {
    return damaged();
  }
}

Result<std::optional<Confidence>> stored_confidence(const Catalogue& catalogue) {
  const Result<std::optional<std::string>> text = catalogue.setting(kSetting);
  if (!text) return text.error();
  if (!*text || (*text)->empty()) return std::optional<Confidence>();
  Result<Confidence> confidence = parse_confidence(**text);
  if (!confidence) return confidence.error();
  return std::optional(*std::move(confidence));
}

Status store_confidence(const Catalogue& catalogue, const std::optional<Confidence>& confidence) {
  return catalogue.set_setting(kSetting, confidence ? to_json(*confidence) : std::string());
}

}  // namespace semblance
