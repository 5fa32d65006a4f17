#include "engine/set_examination.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/finite.h"
#include "describe/unit_vector.h"
#include "engine/collection_model.h"
#include "engine/projected_set.h"
#include "engine/set_dimensions.h"

namespace semblance {

namespace {

using Severity = Finding::Severity;

constexpr std::int64_t kExamples = 3;
constexpr double kNormTolerance = 1e-3;  // of float32 vectors that were unit in double precision

bool is_unit(std::span<const float> vector) {
  return all_finite(vector) && std::abs(l2_norm(vector) - 1) <= kNormTolerance;
}

bool are_shares(std::span<const float> histogram) {
  const double sum = std::accumulate(histogram.begin(), histogram.end(), 0.0);
  return all_finite(histogram) && std::abs(sum - 1) <= kNormTolerance;
}

std::string name_of(const VectorSet& set) {
  return set.live ? "the vectors in use" : "the vectors being built for another network";
}

}  // namespace

struct SetExamination::Row {
  std::int64_t row = 0;
  std::int64_t item = 0;
  std::uint32_t checksum = 0;
  bool of_this_content = true;
  std::string id;
};

SetExamination::SetExamination(const Catalogue& catalogue, const VectorSet& set,
                               const std::filesystem::path& folder, bool building_beside,
                               bool repair)
    : catalogue_(catalogue),
      set_(set),
      building_beside_(building_beside),
      repair_(repair),
      places_(vector_files(folder, dimensions_of(set))) {}

Status SetExamination::run(DoctorReport& report) {
  check_network(report);
  open_files();
  SEMBLANCE_RETURN_IF_ERROR(check_rows(report));
  if (repair_) SEMBLANCE_RETURN_IF_ERROR(mend());
  report_files(report);
  report_faults(report);
  report_tail(report);
  return {};
}

void SetExamination::check_network(DoctorReport& report) const {
  const Result<ModelCard> card = find_model_of(set_);
  if (!card) {
    report.findings.push_back({Severity::kWarning, "network", card.error().message,
                               "put the network's files back, or sync with another --model"});
    return;
  }
  ++report.network_files;
  if (const auto projection = projection_of(catalogue_, *card); !projection) {
    report.findings.push_back(
        {Severity::kError, "network", projection.error().message, "sync into a new collection"});
  }
  const int colour = card->colour ? card->colour->dimension : 0;
  if (card->shape_dimension() != set_.shape_dimension || colour != set_.colour_dimension) {
    report.findings.push_back({Severity::kError, "network",
                               "the dimensions of " + name_of(set_) + " are not the network's",
                               "sync into a new collection"});
  }
}

void SetExamination::open_files() {
  if (set_.rows == 0) return;  // the next sync makes the files
  rows_ = set_.rows;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    Result<VectorFileProbe> probe = VectorFileProbe::open(places_[i].path, places_[i].dimension);
    if (!probe) {
      file_trouble_ = probe.error().message;
      probes_.clear();
      rows_ = 0;
      return;
    }
    rows_ = std::min(rows_, probe->rows());
    read_[i].resize(static_cast<std::size_t>(places_[i].dimension));
    probes_.push_back(*std::move(probe));
  }
}

bool SetExamination::read_row(std::int64_t row) {
  for (std::size_t i = 0; i < probes_.size(); ++i) {
    if (!probes_[i].read(row, read_[i])) return false;
  }
  return true;
}

DescriptorSpans SetExamination::spans() const {
  return {read_[0], read_[1], read_[2]};
}

bool SetExamination::plausible() const {
  const std::span<const float> embedding = read_[0];
  const auto shape = static_cast<std::size_t>(set_.shape_dimension);
  return is_unit(embedding.first(shape)) &&
         (set_.colour_dimension == 0 || is_unit(embedding.subspan(shape))) &&
         are_shares(read_[1]) && are_shares(read_[2]);
}

SetExamination::Fault* SetExamination::fault_of(const Row& row) {
  if (row.row < 0 || row.row >= rows_) return &outside_;
  if (!read_row(row.row)) return &unreadable_;
  if (checksum(spans()) != row.checksum) return &damaged_;
  if (!plausible()) return &implausible_;
  // While another network's vectors are being built, changed photos go there only.
  if (!row.of_this_content && !building_beside_) return &stale_;
  return nullptr;
}

Status SetExamination::check_rows(DoctorReport& report) {
  Result<Statement> statement = catalogue_.database().prepare(
      "SELECT vector.row, vector.item, vector.checksum, "
      "item.status = 'indexed' AND vector.content_hash IS item.content_hash, item.id "
      "FROM vector JOIN item ON item.key = vector.item WHERE vector_set = ? ORDER BY vector.row");
  if (!statement) return statement.error();
  statement->bind(1, set_.key);
  while (true) {
    const Result<bool> more = statement->step();
    if (!more) return more.error();
    if (!*more) return {};
    const Row row{statement->integer(0), statement->integer(1),
                  static_cast<std::uint32_t>(statement->integer(2)), statement->integer(3) != 0,
                  statement->text(4)};
    ++report.vectors;
    Fault* fault = fault_of(row);
    if (fault == nullptr) continue;
    if (fault->count++ < kExamples) fault->examples += (fault->count == 1 ? "" : ", ") + row.id;
    bad_items_.push_back(row.item);
  }
}

/// Forgets the vectors that cannot be trusted, then makes the files fit: in this order, so that an
/// interruption leaves a catalogue that refers to nothing wrong.
Status SetExamination::mend() {
  const Database& database = catalogue_.database();
  if (!bad_items_.empty() || rows_ < set_.rows) {
    Result<Transaction> transaction = Transaction::begin(database);
    if (!transaction) return transaction.error();
    Result<Statement> forget =
        database.prepare("DELETE FROM vector WHERE vector_set = ? AND item = ?");
    if (!forget) return forget.error();
    for (const std::int64_t item : bad_items_) {
      SEMBLANCE_RETURN_IF_ERROR(forget->bind(1, set_.key).bind(2, item).run());
    }
    SEMBLANCE_RETURN_IF_ERROR(
        database.execute("UPDATE vector_set SET rows = " + std::to_string(rows_) +
                         " WHERE key = " + std::to_string(set_.key)));
    SEMBLANCE_RETURN_IF_ERROR(transaction->commit());
  }
  for (std::size_t i = 0; i < probes_.size(); ++i) {
    const auto& [path, dimension] = places_[i];
    // With no row left, the next sync writes the file anew.
    if (!probes_[i].header_sound() && rows_ > 0) {
      SEMBLANCE_RETURN_IF_ERROR(rewrite_vector_header(path, dimension));
    }
    if (probes_[i].bytes_behind(rows_) > 0) {
      SEMBLANCE_RETURN_IF_ERROR(cut_vector_file(path, dimension, rows_));
    }
  }
  return {};
}

void SetExamination::report_files(DoctorReport& report) const {
  if (set_.rows == 0) return;
  if (probes_.empty()) {
    report.findings.push_back(
        {Severity::kError, "vector-files", "a vector file is gone: " + file_trouble_,
         "--repair forgets the vectors; the next sync embeds the photos again", true, repair_});
    return;
  }
  for (std::size_t i = 0; i < probes_.size(); ++i) {
    const std::string path = "'" + places_[i].path.string() + "'";
    if (!probes_[i].header_sound()) {
      report.findings.push_back(
          {Severity::kError, "vector-files", "the header of " + path + " is damaged",
           "--repair writes it anew; the rows have checksums of their own", true, repair_});
    }
    if (probes_[i].rows() < set_.rows) {
      report.findings.push_back(
          {Severity::kError, "vector-files",
           path + " holds " + std::to_string(probes_[i].rows()) + " of " +
               std::to_string(set_.rows) + " rows",
           "--repair forgets the vectors that were cut off; the next sync embeds the photos again",
           true, repair_});
    }
  }
}

void SetExamination::report_faults(DoctorReport& report) const {
  for (const Fault* fault : {&outside_, &unreadable_, &damaged_, &implausible_, &stale_}) {
    if (fault->count == 0) continue;
    const bool more = fault->count > kExamples;
    report.findings.push_back(
        {Severity::kError, "vector-rows",
         std::to_string(fault->count) + " of " + name_of(set_) + " " + fault->what + " (" +
             fault->examples + (more ? ", ..." : "") + ")",
         "--repair forgets them; the next sync embeds the photos again", true, repair_});
  }
}

void SetExamination::report_tail(DoctorReport& report) const {
  std::uint64_t bytes = 0;
  for (const VectorFileProbe& probe : probes_) bytes += probe.bytes_behind(set_.rows);
  if (bytes == 0) return;
  report.findings.push_back(
      {Severity::kNote, "torn-tail",
       std::to_string(bytes) + " bytes behind the rows that count, of an interrupted sync",
       "the next sync or --repair cuts them", true, repair_});
}

}  // namespace semblance
