#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/models_command.h"
#include "describe/model_registry.h"
#include "model_zoo/add.h"

namespace semblance::cli {

namespace {

constexpr const char* kHelp =
    "Makes a network of an ONNX file: finds its input and the layers that can serve as an\n"
    "embedding, cuts it there and writes a card. What is not said is asked for on a terminal, and\n"
    "otherwise (or with --yes) guessed: preprocessing cannot be read from a file, so check it.";

const std::map<std::string, ChannelOrder> kChannels{{"rgb", ChannelOrder::kRgb},
                                                    {"bgr", ChannelOrder::kBgr}};
const std::map<std::string, ResizeRule> kResizeRules{{"squash", ResizeRule::kSquash},
                                                     {"crop", ResizeRule::kCrop},
                                                     {"letterbox", ResizeRule::kLetterbox}};
const std::map<std::string, ResizeFilter> kFilters{{"area", ResizeFilter::kArea},
                                                   {"bilinear", ResizeFilter::kBilinear},
                                                   {"bicubic", ResizeFilter::kBicubic}};

template <typename T>
std::string name_of(const std::map<std::string, T>& names, T value) {
  for (const auto& [name, named] : names) {
    if (named == value) return name;
  }
  return "";
}

/// What the command line says; empty: not said.
struct Wishes {
  std::filesystem::path file;
  std::string name;
  std::string layer;
  std::string licence = "unknown";
  int side = 224;
  std::string channels;
  std::vector<float> mean;
  std::vector<float> std;
  std::string resize;
  int short_side = 0;
  std::string filter;
  bool yes = false;
};

/// Asks on the terminal. An empty answer takes what is proposed.
std::string ask(const std::string& question, const std::string& proposed) {
  std::fprintf(stderr, "%s [%s]: ", question.c_str(), proposed.c_str());
  std::string answer;
  if (!std::getline(std::cin, answer) || answer.empty()) return proposed;
  return answer;
}

template <typename T>
T ask_for_one_of(const std::string& question, const std::map<std::string, T>& names, T proposed) {
  while (true) {
    const auto found = names.find(ask(question, name_of(names, proposed)));
    if (found != names.end()) return found->second;
    std::string all;
    for (const auto& [name, value] : names) all += (all.empty() ? "" : ", ") + name;
    std::fprintf(stderr, "one of: %s\n", all.c_str());
  }
}

std::optional<std::array<float, 3>> three_numbers(const std::string& text) {
  std::array<float, 3> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (float& number : numbers) {
    while (at != end && (*at == ' ' || *at == ',')) ++at;
    const auto [next, failure] = std::from_chars(at, end, number);
    if (failure != std::errc()) return std::nullopt;
    at = next;
  }
  return at == end ? std::optional(numbers) : std::nullopt;
}

std::string numbers_text(const std::array<float, 3>& numbers) {
  return fmt::format("{}, {}, {}", numbers[0], numbers[1], numbers[2]);
}

std::array<float, 3> ask_for_numbers(const std::string& question,
                                     const std::array<float, 3>& proposed) {
  while (true) {
    const auto numbers = three_numbers(ask(question, numbers_text(proposed)));
    if (numbers) return *numbers;
    std::fprintf(stderr, "three numbers, please\n");
  }
}

/// The wishes, the answers of a person at the terminal, the guesses: in this order.
class Chooser {
 public:
  Chooser(const Wishes& wishes, const NetworkProposal& proposal)
      : wishes_(wishes),
        proposal_(proposal),
        asks_(!wishes.yes && ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0) {}

  NetworkChoice choose() {
    NetworkChoice choice;
    choice.licence = wishes_.licence;
    choice.input = proposal_.input;
    choice.name = wishes_.name.empty() && asks_ ? ask("name", proposal_.name) : wishes_.name;
    if (choice.name.empty()) choice.name = proposal_.name;
    choice.layer = wishes_.layer.empty() ? choose_layer() : wishes_.layer;
    choose_normalisation(choice.input);
    choose_resize(choice.input);
    return choice;
  }

  [[nodiscard]] bool guessed() const { return guessed_; }

 private:
  std::string choose_layer() {
    const std::vector<ProbedLayer>& layers = proposal_.layers;
    if (!asks_) return layers.front().layer.tensor;
    while (true) {
      std::string answer = ask("layer, its number or name", "1");
      std::size_t number = 0;
      const auto end = std::from_chars(answer.data(), answer.data() + answer.size(), number).ptr;
      if (end != answer.data() + answer.size()) return answer;
      if (number >= 1 && number <= layers.size()) return layers[number - 1].layer.tensor;
      std::fprintf(stderr, "1 to %zu, or the name of a tensor\n", layers.size());
    }
  }

  template <typename T>
  T chosen(const std::string& wish, const std::string& question,
           const std::map<std::string, T>& names, T proposed) {
    if (!wish.empty()) return names.at(wish);
    if (asks_) return ask_for_one_of(question, names, proposed);
    guessed_ = true;
    return proposed;
  }

  std::array<float, 3> chosen(const std::vector<float>& wish, const std::string& question,
                              const std::array<float, 3>& proposed) {
    if (!wish.empty()) return {wish[0], wish[1], wish[2]};
    if (asks_) return ask_for_numbers(question, proposed);
    guessed_ = true;
    return proposed;
  }

  void choose_normalisation(ModelInput& input) {
    input.channels = chosen(wishes_.channels, "order of the channels", kChannels, input.channels);
    Normalisation& normalisation = input.normalisation;
    normalisation.mean =
        chosen(wishes_.mean, "mean of each channel, of 0 to 255", normalisation.mean);
    normalisation.std =
        chosen(wishes_.std, "deviation of each channel, of 0 to 255", normalisation.std);
  }

  void choose_resize(ModelInput& input) {
    input.resize =
        chosen(wishes_.resize, "resize: squash, crop or letterbox", kResizeRules, input.resize);
    input.filter =
        chosen(wishes_.filter, "filter: area, bilinear or bicubic", kFilters, input.filter);
    if (input.resize != ResizeRule::kCrop) {
      input.short_side = 0;
    } else if (wishes_.short_side > 0) {
      input.short_side = wishes_.short_side;
    }
  }

  const Wishes& wishes_;
  const NetworkProposal& proposal_;
  const bool asks_;
  bool guessed_ = false;
};

void show_proposal(const NetworkProposal& proposal, const Session& session) {
  const ModelInput& input = proposal.input;
  tell(session,
       fmt::format("input '{}': {} x {}, {}", input.name, input.width, input.height,
                   input.layout == TensorLayout::kNchw ? "planes (NCHW)" : "pixels (NHWC)"));
  tell(session, "layers that can serve as an embedding:");
  int number = 0;
  for (const ProbedLayer& layer : proposal.layers) {
    tell(session, fmt::format("{:3}. {:5} numbers  {:<20} {}: {}", ++number, layer.dimension,
                              shape_text(layer.shape), layer.layer.tensor, layer.layer.what));
  }
}

void show_choice(const NetworkChoice& choice, const std::string& reason, bool guessed,
                 const Session& session) {
  const ModelInput& input = choice.input;
  std::string text =
      fmt::format("preprocessing: {}, mean {}, deviation {}, {}",
                  name_of(kChannels, input.channels), numbers_text(input.normalisation.mean),
                  numbers_text(input.normalisation.std), name_of(kResizeRules, input.resize));
  if (input.resize == ResizeRule::kCrop) text += fmt::format(" from {}", input.short_side);
  text += ", " + name_of(kFilters, input.filter);
  tell(session, text);
  if (!guessed) return;
  tell(session, "some of this is a guess (" + reason +
                    "): where it is wrong, the network sees less; correct it with --channels, "
                    "--mean, --std, --resize, --filter");
}

int add(const Wishes& wishes, const Session& session) {
  const std::filesystem::path folder = model_cache_folder();
  if (folder.empty()) {
    return fail(
        {ErrorCode::kUnavailable, "there is no folder for networks: set HOME or XDG_CACHE_HOME"});
  }
  auto addition = NetworkAddition::open(wishes.file, folder, wishes.side);
  if (!addition) return fail(addition.error());
  show_proposal(addition->proposal(), session);
  Chooser chooser(wishes, addition->proposal());
  const NetworkChoice choice = chooser.choose();
  show_choice(choice, addition->proposal().preprocessing_reason, chooser.guessed(), session);
  const auto card = addition->finish(choice);
  if (!card) return fail(card.error());
  tell_about_new_network(*card, session);
  if (session.global.json) std::printf("%s\n", to_json(*card).c_str());
  return kOk;
}

}  // namespace

void add_models_add(CLI::App& command, Session& session) {
  CLI::App* add_command = command.add_subcommand("add", kHelp);
  auto wishes = std::make_shared<Wishes>();
  add_command->add_option("FILE", wishes->file, "The ONNX file")->required();
  add_command->add_option("--name", wishes->name, "The network's name (default: the file's)");
  add_command->add_option("--output", wishes->layer,
                          "Tensor to cut at (default: what the classifier reads)");
  add_command->add_option("--licence", wishes->licence, "Of the weights")->capture_default_str();
  add_command
      ->add_option("--size", wishes->side, "Side of the input, where the file leaves it free")
      ->check(CLI::Range(16, 4096))
      ->capture_default_str();
  add_command->add_option("--channels", wishes->channels, "rgb or bgr")
      ->check(CLI::IsMember({"rgb", "bgr"}));
  add_command->add_option("--mean", wishes->mean, "Three numbers of 0 to 255, in that order")
      ->delimiter(',')
      ->expected(3);
  add_command->add_option("--std", wishes->std, "The deviations, likewise")
      ->delimiter(',')
      ->expected(3);
  add_command->add_option("--resize", wishes->resize, "squash, crop or letterbox")
      ->check(CLI::IsMember({"squash", "crop", "letterbox"}));
  add_command->add_option("--short-side", wishes->short_side, "Of the photo before it is cropped")
      ->check(CLI::Range(16, 4096));
  add_command->add_option("--filter", wishes->filter, "area, bilinear or bicubic")
      ->check(CLI::IsMember({"area", "bilinear", "bicubic"}));
  add_command->add_flag("--yes", wishes->yes, "Ask nothing: guess what is not said");
  add_command->callback([wishes, &session] { session.exit_code = add(*wishes, session); });
}

}  // namespace semblance::cli
