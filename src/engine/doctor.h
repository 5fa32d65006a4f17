#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace semblance {

/// One thing that the doctor has to say.
struct Finding {
  enum class Severity {
    kNote,     ///< harmless: what an interrupted sync leaves behind and the next one puts right
    kWarning,  ///< search answers rightly but not completely, or will fail for want of something
    kError,    ///< something is damaged
  };
  Severity severity = Severity::kNote;
  std::string check;    ///< stable name: "database", "references", "vector-rows", ...
  std::string message;  ///< one sentence: what is the matter
  std::string remedy;   ///< what --repair does about it or, where it cannot, what the user can do
  bool repairable = false;
  bool repaired = false;
};

/// "note", "warning" or "error".
std::string_view severity_name(Finding::Severity severity);

struct DoctorReport {
  std::vector<Finding> findings;
  std::int64_t items = 0;          ///< indexed
  std::int64_t vectors = 0;        ///< rows that were read and compared with their checksums
  std::int64_t network_files = 0;  ///< networks whose files were verified
  double seconds = 0;

  /// Nothing but notes, or all else was repaired.
  [[nodiscard]] bool healthy() const;
};

/// Looks at everything that a collection keeps on disk: the database and its references, every
/// vector with its checksum, the network's files, and what was left over. Without `repair` nothing
/// is changed. With it, what can be mended is, under the collection's lock: a vector that cannot be
/// trusted is forgotten, so that searches do not find it and the next sync embeds the photo again.
/// Errors: kNotFound (no such collection), kConflict (`repair` while another process changes it),
/// kInvalidArgument, kIo.
Result<DoctorReport> examine_collection(const std::filesystem::path& data_folder,
                                        std::string_view collection, bool repair);

}  // namespace semblance
