// ONNX Runtime alone, on tensors that are ready, with the sessions' settings of the program: the
// upper bound that `semblance sync` is compared with.
//
//   bench_ort_alone --model FILE.onnx [--threads 2] [--items 2000]

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "describe/model_registry.h"
#include "describe/onnx_runtime.h"

namespace semblance {
namespace {

struct Arguments {
  std::string model;
  int threads = 2;
  int items = 2000;
};

bool read_positive(std::string_view text, int& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() && number > 0;
}

std::optional<Arguments> read_arguments(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view option = values[i];
    if (option == "--model") {
      arguments.model = values[i + 1];
    } else if (option == "--threads") {
      if (!read_positive(values[i + 1], arguments.threads)) return std::nullopt;
    } else if (option == "--items") {
      if (!read_positive(values[i + 1], arguments.items)) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (count % 2 == 0) return std::nullopt;
  return arguments;
}

/// The same tensor again and again: what a network costs does not depend on what it sees.
class Runner {
 public:
  Runner(Ort::Session& session, const ModelCard& card) : session_(session), card_(card) {
    const ModelInput& input = card.input;
    if (input.layout == TensorLayout::kNchw) {
      shape_ = {1, 3, input.height, input.width};
    } else {
      shape_ = {1, input.height, input.width, 3};
    }
    const int count = 3 * input.height * input.width;
    for (int i = 0; i < count; ++i) pixels_.push_back(static_cast<float>(i % 256) / 128 - 1);
    outputs_.push_back(card.output.name.c_str());
    if (card.colour) outputs_.push_back(card.colour->name.c_str());
  }

  void run() {
    const Ort::Value tensor = Ort::Value::CreateTensor<float>(
        memory_, pixels_.data(), pixels_.size(), shape_.data(), shape_.size());
    const char* name = card_.input.name.c_str();
    session_.Run(Ort::RunOptions{nullptr}, &name, &tensor, 1, outputs_.data(), outputs_.size());
  }

 private:
  Ort::Session& session_;
  const ModelCard& card_;
  std::vector<std::int64_t> shape_;
  std::vector<float> pixels_;
  std::vector<const char*> outputs_;
  Ort::MemoryInfo memory_ = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
};

double seconds_for(Ort::Session& session, const ModelCard& card, const Arguments& arguments) {
  std::vector<Runner> runners;
  runners.reserve(static_cast<std::size_t>(arguments.threads));
  for (int i = 0; i < arguments.threads; ++i) runners.emplace_back(session, card);
  for (Runner& runner : runners) runner.run();
  std::atomic<int> next = 0;
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  threads.reserve(runners.size());
  for (Runner& runner : runners) {
    threads.emplace_back([&] {
      while (next.fetch_add(1) < arguments.items) runner.run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int fail(const std::string& message, int exit_code) {
  std::fprintf(stderr, "bench_ort_alone: %s\n", message.c_str());
  return exit_code;
}

int main_of(int count, char** values) {
  const auto arguments = read_arguments(count, values);
  if (!arguments) return fail("--model FILE.onnx [--threads 2] [--items 2000]", 2);
  const auto choice = choose_model(arguments->model);
  if (!choice) return fail(choice.error().message, 2);
  const auto environment = onnx_runtime();
  if (!environment) return fail(environment.error().message, 2);
  try {
    Ort::Session session(**environment, choice->card.onnx_path().c_str(), onnx_session_options());
    const double seconds = seconds_for(session, choice->card, *arguments);
    std::printf(
        "{\"model\":\"%s\",\"threads\":%d,\"items\":%d,\"seconds\":%.4f,"
        "\"items_per_second\":%.2f}\n",
        choice->card.name.c_str(), arguments->threads, arguments->items, seconds,
        arguments->items / seconds);
  } catch (const Ort::Exception& exception) {
    return fail(exception.what(), 2);
  }
  return 0;
}

}  // namespace
}  // namespace semblance

int main(int count, char** values) {
  return semblance::main_of(count, values);
}
