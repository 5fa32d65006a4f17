#include "describe/model_card.h"

#include <system_error>

#include "base/file.h"
#include "base/sha256.h"

namespace semblance {

namespace {

constexpr std::uint64_t kLargestCard = 1 << 20;

/// One file that the network consists of.
struct NetworkFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string sha256;
  std::string package;
};

std::vector<NetworkFile> files_of(const ModelCard& card) {
  std::vector<NetworkFile> files{{card.file, card.bytes, card.sha256, ""}};
  for (const ModelData& data : card.data) {
    files.push_back({data.file, data.bytes, data.sha256, data.package});
  }
  return files;
}

Error problem(ErrorCode code, const ModelCard& card, const NetworkFile& file,
              const std::string& what) {
  std::string message =
      "network '" + card.name + "': '" + (card.folder / file.name).string() + "' " + what;
  if (!file.package.empty())
    message += "; run scripts/setup or 'semblance models pull', which take it from " + file.package;
  return {code, std::move(message)};
}

Status check_size(const ModelCard& card, const NetworkFile& file) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(card.folder / file.name, failure);
  if (failure == std::errc::no_such_file_or_directory) {
    return problem(ErrorCode::kMissingFile, card, file, "is missing");
  }
  if (failure) {
    return problem(ErrorCode::kMissingFile, card, file, "cannot be read: " + failure.message());
  }
  if (size == file.bytes) return {};
  return problem(ErrorCode::kCorrupt, card, file,
                 "has " + std::to_string(size) + " bytes and not " + std::to_string(file.bytes) +
                     " as its card says");
}

}  // namespace

Result<ModelCard> read_model_card(const std::filesystem::path& json_path) {
  auto bytes = read_file(json_path, kLargestCard);
  if (!bytes) {
    if (bytes.error().code == ErrorCode::kMissingFile) {
      return Error{ErrorCode::kMissingFile, "no model card at '" + json_path.string() + "'"};
    }
    return Error{ErrorCode::kInvalidArgument, "model card: " + bytes.error().message};
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  auto card = parse_model_card(text, json_path.string());
  if (!card) return card;
  if (card->projection) {
    return Error{ErrorCode::kInvalidArgument,
                 "model card '" + json_path.string() +
                     "': 'projection' is for collections; a network has none"};
  }
  card->folder = json_path.parent_path();
  const std::string stem = json_path.stem().string();
  if (card->name != stem || card->file != stem + ".onnx") {
    return Error{ErrorCode::kInvalidArgument,
                 "model card '" + json_path.string() + "': 'name' and 'file' are '" + card->name +
                     "' and '" + card->file + "', but a card has its network's name: '" + stem +
                     "' and '" + stem + ".onnx' here"};
  }
  return card;
}

Status check_model_file_sizes(const ModelCard& card) {
  for (const NetworkFile& file : files_of(card)) {
    SEMBLANCE_RETURN_IF_ERROR(check_size(card, file));
  }
  return {};
}

Status verify_model_files(const ModelCard& card) {
  SEMBLANCE_RETURN_IF_ERROR(check_model_file_sizes(card));
  for (const NetworkFile& file : files_of(card)) {
    const auto digest = sha256_of_file(card.folder / file.name);
    if (!digest) return problem(ErrorCode::kMissingFile, card, file, digest.error().message);
    if (to_hex(*digest) != file.sha256) {
      return problem(ErrorCode::kCorrupt, card, file,
                     "is damaged or another file: its SHA-256 is not its card's");
    }
  }
  return {};
}

}  // namespace semblance
