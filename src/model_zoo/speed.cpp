#include "model_zoo/speed.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.h"
#include "base/sha256.h"
#include "describe/embedder.h"
#include "describe/model_registry.h"

namespace semblance {

namespace {

constexpr int kSide = 640;
constexpr int kRuns = 10;
constexpr std::chrono::seconds kLongEnough{2};
constexpr std::uint64_t kLargestNotes = 1 << 20;

Image test_photo() {
  Image image;
  image.width = image.height = kSide;
  image.pixels.resize(std::size_t{3} * kSide * kSide);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>(i * 7 + i / 4099);
  }
  return image;
}

std::string key_of(const ModelCard& card) {
  const std::string text = to_json(card);
  return to_hex(sha256(std::as_bytes(std::span(text))));
}

}  // namespace

Result<double> measure_speed(const ModelCard& card) {
  using Clock = std::chrono::steady_clock;
  SEMBLANCE_RETURN_IF_ERROR(verify_model_files(card));
  const auto embedder = open_onnx_embedder(card);
  if (!embedder) return embedder.error();
  const Image photo = test_photo();
  // The first run allocates.
  if (const auto first = (*embedder)->embed(photo); !first) return first.error();
  std::vector<double> times;
  const auto end = Clock::now() + kLongEnough;
  while (times.size() < kRuns && (times.empty() || Clock::now() < end)) {
    const auto start = Clock::now();
    if (const auto embedding = (*embedder)->embed(photo); !embedding) return embedding.error();
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

SpeedNotes SpeedNotes::load() {
  SpeedNotes notes;
  const std::filesystem::path folder = model_cache_folder();
  if (folder.empty()) return notes;
  notes.path_ = folder.parent_path() / "network-speed.json";
  const auto bytes = read_file(notes.path_, kLargestNotes);
  if (!bytes) return notes;
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return notes;
  for (const auto& [key, value] : json.items()) {
    if (value.is_number()) notes.notes_[key] = value.get<double>();
  }
  return notes;
}

std::optional<double> SpeedNotes::find(const ModelCard& card) const {
  const auto found = notes_.find(key_of(card));
  if (found == notes_.end()) return std::nullopt;
  return found->second;
}

Status SpeedNotes::add(const ModelCard& card, double milliseconds) {
  notes_[key_of(card)] = milliseconds;
  if (path_.empty()) return {};
  SEMBLANCE_RETURN_IF_ERROR(create_folders_durably(path_.parent_path()));
  return write_file_atomically(path_, nlohmann::json(notes_).dump(1) + "\n");
}

}  // namespace semblance
