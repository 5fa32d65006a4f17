#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "engine/doctor.h"
#include "vector/vector_store.h"

namespace semblance {

/// The doctor's look at one set of vectors: its network, its files, each of its rows.
class SetExamination {
 public:
  /// `building_beside`: another set is being filled, so that this one, the live set, may lag behind
  /// the items. `repair`: mend what can be mended, through `catalogue`.
  SetExamination(const Catalogue& catalogue, const VectorSet& set,
                 const std::filesystem::path& folder, bool building_beside, bool repair);

  /// Adds what it finds to `report`. Errors: those of the catalogue, and of writing repairs.
  Status run(DoctorReport& report);

 private:
  /// Items whose vectors share a fault.
  struct Fault {
    std::string what;  ///< completes "N vectors ..."
    std::int64_t count = 0;
    std::string examples;
  };
  struct Row;

  void check_network(DoctorReport& report) const;
  void open_files();
  void report_files(DoctorReport& report) const;
  Status check_rows(DoctorReport& report);
  Fault* fault_of(const Row& row);
  bool read_row(std::int64_t row);
  [[nodiscard]] DescriptorSpans spans() const;
  [[nodiscard]] bool plausible() const;
  void report_faults(DoctorReport& report) const;
  void report_tail(DoctorReport& report) const;
  Status mend();

  const Catalogue& catalogue_;
  VectorSet set_;
  bool building_beside_;
  bool repair_;
  std::array<VectorFilePlace, 3> places_;
  std::vector<VectorFileProbe> probes_;     ///< empty when a file is gone
  std::string file_trouble_;                ///< why probes_ is empty
  std::int64_t rows_ = 0;                   ///< of the set that all the files hold
  std::array<std::vector<float>, 3> read_;  ///< the row that was read last
  Fault outside_{"lie behind the end of the vector files", 0, {}};
  Fault unreadable_{"cannot be read from the disk", 0, {}};
  Fault damaged_{"differ from their checksums", 0, {}};
  Fault implausible_{"are no descriptors (not finite, or not of length 1)", 0, {}};
  Fault stale_{"were computed from another content than their item has", 0, {}};
  std::vector<std::int64_t> bad_items_;  ///< keys of items whose vector is to be forgotten
};

}  // namespace semblance
