#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace semblance {

/// "http://...", "https://..." in any case, or "//host/...".
bool is_web_address(std::string_view text);

/// "ftp://..." and the like, but no http or https.
bool is_foreign_address(std::string_view text);

/// An address as it is sent: spaces around it gone, "https:" put before one that begins with "//",
/// and what must not stand in an address (spaces, bytes outside ASCII) percent-encoded.
std::string clean_web_address(std::string_view text);

/// The last segment of an address's path, percent-decoded, in UTF-8; empty where the path is.
std::string last_path_segment(std::string_view address);

/// Ids for photos that have only an address: the last segment of its path where no other address in
/// the list ends so, else the whole address. Adding to a list so changes no id but of those whose
/// segment was unique until then. Takes sixteen bytes an address.
class AddressIds {
 public:
  /// All addresses first, then freeze(), then id_of().
  void add(std::string_view address);
  void freeze();
  [[nodiscard]] std::string id_of(std::string_view address) const;

 private:
  struct Hashes {
    std::uint64_t segment;
    std::uint64_t address;
    bool operator<(const Hashes& other) const {
      return segment < other.segment || (segment == other.segment && address < other.address);
    }
  };
  std::vector<Hashes> seen_;
  std::vector<std::uint64_t> shared_;  // hashes of segments of more than one address, sorted
};

}  // namespace semblance
