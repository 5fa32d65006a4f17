#include "vector/code_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <string>

#include "base/atomic_file.h"
#include "vector/row_sample.h"

namespace semblance {

namespace {

constexpr std::size_t kHeaderBytes = 4096;
constexpr std::array<char, 8> kCodesMagic = {'S', 'E', 'M', 'B', 'C', 'O', 'D', 'E'};
constexpr std::array<char, 8> kStateMagic = {'S', 'E', 'M', 'B', 'C', 'S', 'T', 'A'};
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kMaxStateBytes = std::uint64_t{1} << 32;
constexpr std::int64_t kRowsAtOnce = 4096;
/// The step is chosen anew when the collection has grown so much since, or when more than one row
/// in ten is rough.
constexpr std::uint64_t kGrowth = 4;
constexpr std::uint64_t kRoughShare = 10;

/// At the beginning of the codes.
struct CodesHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t dimension;
  std::uint64_t build;  ///< the same number in the state
};
static_assert(sizeof(CodesHeader) == 24);

/// At the beginning of the state; the rough rows and a CRC-32 of all before it follow.
struct State {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t dimension;
  std::uint64_t build;
  std::uint64_t rows;
  std::uint64_t rows_of_step;  ///< rows that there were when the step was chosen
  std::uint64_t rough;
  double error;
  double norm;
  float step;
  std::uint32_t checksum;  ///< CRC-32 of the codes of all rows
  std::uint32_t sample;    ///< CRC-32 of some of the float32 rows
  std::uint32_t zero;
  Sha256 source;
};
static_assert(sizeof(State) == 112);

struct StateFile {
  State state{};
  std::vector<RoughRow> rough;
};

Error corrupt(const std::filesystem::path& path, std::string_view what) {
  return {ErrorCode::kCorrupt, "code file '" + path.string() + "': " + std::string(what)};
}

Result<StateFile> read_state(const std::filesystem::path& path) {
  const Result<Bytes> bytes = read_file(path, kMaxStateBytes);
  if (!bytes) return bytes.error();
  StateFile file;
  std::uint32_t checksum = 0;
  if (bytes->size() < sizeof file.state + sizeof checksum) return corrupt(path, "too short");
  const std::size_t content = bytes->size() - sizeof checksum;
  std::memcpy(&checksum, bytes->data() + content, sizeof checksum);
  if (checksum != crc32_of(0, std::span(*bytes).first(content))) return corrupt(path, "damaged");
  std::memcpy(&file.state, bytes->data(), sizeof file.state);
  if (file.state.magic != kStateMagic || file.state.version != kVersion) {
    return corrupt(path, "of an unknown kind or version");
  }
  if (file.state.rough != (content - sizeof file.state) / sizeof(RoughRow)) {
    return corrupt(path, "of a wrong length");
  }
  file.rough.resize(file.state.rough);
  if (!file.rough.empty()) {  // memcpy wants no null pointer, not even for nothing
    std::memcpy(file.rough.data(), bytes->data() + sizeof file.state,
                file.rough.size() * sizeof(RoughRow));
  }
  return file;
}

Status write_state(const std::filesystem::path& path, StateFile& file) {
  file.state.rough = file.rough.size();
  Bytes bytes(sizeof file.state + file.rough.size() * sizeof(RoughRow));
  std::memcpy(bytes.data(), &file.state, sizeof file.state);
  if (!file.rough.empty()) {
    std::memcpy(bytes.data() + sizeof file.state, file.rough.data(),
                file.rough.size() * sizeof(RoughRow));
  }
  const std::uint32_t checksum = crc32_of(0, bytes);
  const auto end = std::as_bytes(std::span(&checksum, 1));
  bytes.insert(bytes.end(), end.begin(), end.end());
  return write_file_atomically(code_state_path(path), bytes);
}

std::size_t stride_of(const MatrixView& rows) {
  return static_cast<std::size_t>(code_stride(rows.dimension));
}

/// Encodes rows from `first` on in pieces, which it gives to `write`; adds to the state what it
/// learns. `errors` gets one number a row.
template <typename Write>
Status encode(const MatrixView& rows, std::int64_t first, State& state, std::vector<float>& errors,
              const Write& write) {
  const std::size_t stride = stride_of(rows);
  std::vector<std::int8_t> codes;
  for (std::int64_t start = first; start < rows.rows; start += kRowsAtOnce) {
    const std::int64_t end = std::min(start + kRowsAtOnce, rows.rows);
    codes.resize(static_cast<std::size_t>(end - start) * stride);
    for (std::int64_t row = start; row < end; ++row) {
      std::int8_t* const code = codes.data() + static_cast<std::size_t>(row - start) * stride;
      const CodedRow coded = encode_row(rows.row(row), state.step, code);
      errors.push_back(coded.error);
      state.norm = std::max(state.norm, static_cast<double>(coded.norm));
    }
    const auto bytes = std::as_bytes(std::span(codes));
    state.checksum = crc32_of(state.checksum, bytes);
    SEMBLANCE_RETURN_IF_ERROR(write(bytes, start));
  }
  return {};
}

void add_rough(StateFile& file, const std::vector<float>& errors, std::int64_t first) {
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (static_cast<double>(errors[i]) <= file.state.error) continue;
    file.rough.push_back(
        {static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(i), errors[i]});
  }
}

std::uint64_t new_build_number() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

Status build(const std::filesystem::path& path, const MatrixView& rows, const Sha256& source) {
  StateFile file;
  const auto count = static_cast<std::uint64_t>(rows.rows);
  file.state = {kStateMagic,
                kVersion,
                static_cast<std::uint32_t>(rows.dimension),
                new_build_number(),
                count,
                count,
                0,
                0,
                0,
                choose_step(rows),
                0,
                row_sample_checksum(rows, count),
                0,
                source};
  Result<AtomicFile> codes = AtomicFile::create(path);
  if (!codes) return codes.error();
  std::vector<std::byte> page(kHeaderBytes);
  const CodesHeader header{kCodesMagic, kVersion, file.state.dimension, file.state.build};
  std::memcpy(page.data(), &header, sizeof header);
  SEMBLANCE_RETURN_IF_ERROR(codes->write(page));
  std::vector<float> errors;
  SEMBLANCE_RETURN_IF_ERROR(
      encode(rows, 0, file.state, errors,
             [&](std::span<const std::byte> bytes, std::int64_t) { return codes->write(bytes); }));
  file.state.error = usual_error(errors);
  add_rough(file, errors, 0);
  // Until the state is written, too, the build numbers differ and nobody uses either.
  SEMBLANCE_RETURN_IF_ERROR(codes->commit());
  return write_state(path, file);
}

/// Codes behind those that the state knows mean nothing and are written over.
Status extend(const std::filesystem::path& path, const MatrixView& rows, StateFile file) {
  const FileDescriptor codes(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!codes.is_open()) return Error{ErrorCode::kIo, system_message("cannot open", path, errno)};
  const auto first = static_cast<std::int64_t>(file.state.rows);
  std::vector<float> errors;
  SEMBLANCE_RETURN_IF_ERROR(encode(
      rows, first, file.state, errors, [&](std::span<const std::byte> bytes, std::int64_t row) {
        const std::uint64_t offset =
            kHeaderBytes + static_cast<std::uint64_t>(row) * stride_of(rows);
        return write_all_at(codes.get(), bytes, offset, path);
      }));
  if (::fdatasync(codes.get()) != 0) {
    return Error{ErrorCode::kIo, system_message("cannot sync", path, errno)};
  }
  add_rough(file, errors, first);
  file.state.rows = static_cast<std::uint64_t>(rows.rows);
  file.state.sample = row_sample_checksum(rows, file.state.rows);
  return write_state(path, file);
}

bool step_fits(const StateFile& file, std::uint64_t rows) {
  return rows <= file.state.rows_of_step * kGrowth &&
         file.rough.size() * kRoughShare <= std::max<std::uint64_t>(file.state.rows, 1000);
}

/// Maps the codes and compares them with the state, but for what costs time.
Result<MappedFile> map_codes(const std::filesystem::path& path, const State& state) {
  Result<MappedFile> codes = MappedFile::open(path);
  if (!codes) return codes.error();
  CodesHeader header{};
  const auto stride = static_cast<std::uint64_t>(code_stride(static_cast<int>(state.dimension)));
  if (codes->bytes().size() < kHeaderBytes + state.rows * stride) {
    return corrupt(path, "too short");
  }
  std::memcpy(&header, codes->bytes().data(), sizeof header);
  if (header.magic != kCodesMagic || header.version != kVersion) {
    return corrupt(path, "of an unknown kind or version");
  }
  if (header.dimension != state.dimension || header.build != state.build) {
    // A build was interrupted between the two files: nothing is damaged.
    return Error{ErrorCode::kConflict,
                 "code file '" + path.string() + "': not what was built last"};
  }
  return codes;
}

}  // namespace

std::filesystem::path code_state_path(const std::filesystem::path& path) {
  std::filesystem::path state = path;
  state += "-state";
  return state;
}

Result<CodeFile> CodeFile::open(const std::filesystem::path& path, const MatrixView& rows,
                                const Sha256& source) {
  Result<StateFile> read = read_state(code_state_path(path));
  if (!read) return read.error();
  const State& state = read->state;
  if (state.source != source || state.dimension != static_cast<std::uint32_t>(rows.dimension)) {
    return Error{ErrorCode::kConflict, "code file '" + path.string() + "' is of other vectors"};
  }
  const auto known = std::min(state.rows, static_cast<std::uint64_t>(rows.rows));
  // A reader that opened the collection before it grew sees fewer rows, and cannot compare.
  if (known == state.rows && state.sample != row_sample_checksum(rows, known)) {
    return Error{ErrorCode::kConflict, "code file '" + path.string() + "' is of other rows"};
  }
  Result<MappedFile> codes = map_codes(path, state);
  if (!codes) return codes.error();
  CodeFile file;
  file.codes_ = *std::move(codes);
  file.rough_ = std::move(read->rough);
  std::erase_if(file.rough_, [&](const RoughRow& rough) { return rough.row >= known; });
  file.view_ = {reinterpret_cast<const std::int8_t*>(file.codes_.bytes().data() + kHeaderBytes),
                static_cast<std::int64_t>(known),
                rows.dimension,
                code_stride(rows.dimension),
                state.step,
                state.error,
                state.norm,
                {}};
  file.rows_in_file_ = state.rows;
  file.checksum_ = state.checksum;
  file.path_ = path;
  return file;
}

CodeView CodeFile::view() const {
  CodeView view = view_;
  view.rough = rough_;
  return view;
}

Status CodeFile::verify() const {
  const auto stride = static_cast<std::size_t>(view_.stride);
  const auto codes = codes_.bytes().subspan(kHeaderBytes, rows_in_file_ * stride);
  if (crc32_of(0, codes) != checksum_) return corrupt(path_, "damaged");
  return {};
}

Result<CodeUpdate> update_code_file(const std::filesystem::path& path, const MatrixView& rows,
                                    const Sha256& source) {
  const auto count = static_cast<std::uint64_t>(rows.rows);
  const auto build_anew = [&]() -> Result<CodeUpdate> {
    SEMBLANCE_RETURN_IF_ERROR(build(path, rows, source));
    return CodeUpdate::kBuilt;
  };
  Result<StateFile> state = read_state(code_state_path(path));
  if (!state || !CodeFile::open(path, rows, source) || state->state.rows > count ||
      !step_fits(*state, count)) {
    return build_anew();
  }
  if (state->state.rows == count) return CodeUpdate::kUnchanged;
  SEMBLANCE_RETURN_IF_ERROR(extend(path, rows, *std::move(state)));
  state = read_state(code_state_path(path));
  if (!state || !step_fits(*state, count)) return build_anew();
  return CodeUpdate::kExtended;
}

}  // namespace semblance
