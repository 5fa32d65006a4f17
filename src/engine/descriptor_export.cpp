#include "engine/descriptor_export.h"

#include <array>
#include <bit>
#include <charconv>
#include <span>
#include <vector>

#include "base/atomic_file.h"
#include "base/csv.h"
#include "describe/histogram.h"
#include "engine/measure.h"
#include "engine/rows_by_id.h"

namespace semblance {

namespace {

static_assert(std::endian::native == std::endian::little, "rows are written as they are in memory");

/// The numbers of one descriptor of a row.
class DescriptorOf {
 public:
  DescriptorOf(const Collection& collection, Descriptor descriptor)
      : collection_(collection), descriptor_(descriptor) {}

  [[nodiscard]] std::span<const float> operator()(std::int64_t row) const {
    return numbers_of(descriptor_, collection_.set().shape_dimension,
                      collection_.vectors().row(row));
  }

  [[nodiscard]] int dimension() const {
    switch (descriptor_) {
      case Descriptor::kShape:
        return collection_.set().shape_dimension;
      case Descriptor::kColour:
        return collection_.set().colour_dimension;
      case Descriptor::kHistogram:
      case Descriptor::kHistogramForeground:
        return kHistogramDimension;
    }
    return 0;
  }

 private:
  const Collection& collection_;
  Descriptor descriptor_;
};

/// Source of the format: NumPy Enhancement Proposal 1.
std::string npy_header(std::size_t rows, int dimension) {
  std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                           std::to_string(rows) + ", " + std::to_string(dimension) + "), }";
  constexpr std::size_t kBefore = 10;  // magic, version, length
  constexpr std::size_t kAlignment = 64;
  while ((kBefore + dictionary.size() + 1) % kAlignment != 0) dictionary += ' ';
  dictionary += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(dictionary.size() & 0xff);
  header += static_cast<char>(dictionary.size() >> 8);
  return header + dictionary;
}

std::string on_one_line(const std::string& id) {
  std::string line;
  for (const char c : id) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\r') {
      line += "\\r";
    } else {
      line += c;
    }
  }
  return line + '\n';
}

/// The shortest text from which the same number is read.
void append_number(float number, std::string& text) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

Status write_csv(const std::vector<IdAndRow>& rows, const DescriptorOf& descriptor_of,
                 const std::filesystem::path& output) {
  Result<AtomicFile> file = AtomicFile::create(output);
  if (!file) return file.error();
  for (const IdAndRow& each : rows) {
    std::string line = csv_field(each.id);
    for (const float number : descriptor_of(each.row)) {
      line += ',';
      append_number(number, line);
    }
    SEMBLANCE_RETURN_IF_ERROR(file->write(line + "\n"));
  }
  return file->commit();
}

Status write_npy(const std::vector<IdAndRow>& rows, const DescriptorOf& descriptor_of,
                 const std::filesystem::path& output, const std::filesystem::path& ids_output) {
  Result<AtomicFile> file = AtomicFile::create(output);
  if (!file) return file.error();
  Result<AtomicFile> ids = AtomicFile::create(ids_output);
  if (!ids) return ids.error();
  SEMBLANCE_RETURN_IF_ERROR(file->write(npy_header(rows.size(), descriptor_of.dimension())));
  for (const IdAndRow& each : rows) {
    SEMBLANCE_RETURN_IF_ERROR(file->write(std::as_bytes(descriptor_of(each.row))));
    SEMBLANCE_RETURN_IF_ERROR(ids->write(on_one_line(each.id)));
  }
  SEMBLANCE_RETURN_IF_ERROR(ids->commit());
  return file->commit();
}

}  // namespace

Result<DescriptorExportReport> export_descriptors(const Collection& collection,
                                                  const std::string& descriptor,
                                                  const std::filesystem::path& output) {
  const Result<Measure> measure = make_measure({descriptor, "", 0}, collection.has_colour());
  if (!measure) return measure.error();
  const bool npy = output.extension() == ".npy";
  if (!npy && output.extension() != ".csv") {
    return Error{
        ErrorCode::kInvalidArgument,
        "descriptors are written to a file called .npy or .csv; '" + output.string() + "' is not"};
  }
  const Result<std::vector<IdAndRow>> rows = rows_by_id(collection);
  if (!rows) return rows.error();
  const DescriptorOf descriptor_of(collection, measure->descriptor);
  DescriptorExportReport report{
      static_cast<std::int64_t>(rows->size()), descriptor_of.dimension(), {}};
  if (npy) {
    report.ids = output;
    report.ids.replace_extension(".ids.txt");
    SEMBLANCE_RETURN_IF_ERROR(write_npy(*rows, descriptor_of, output, report.ids));
  } else {
    SEMBLANCE_RETURN_IF_ERROR(write_csv(*rows, descriptor_of, output));
  }
  return report;
}

}  // namespace semblance
