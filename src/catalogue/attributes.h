#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"

namespace semblance {

struct Attribute {
  std::string name;
  std::string value;
  bool operator==(const Attribute&) const = default;
};

/// What a source says of an item besides its photo, in the order of its columns.
using Attributes = std::vector<Attribute>;

/// Order-independent hash of attributes, to see whether they changed.
Sha256 hash_of(const Attributes& attributes);

/// Attributes as one text, for temporary tables.
std::string pack(const Attributes& attributes);
Attributes unpack(std::string_view packed);

}  // namespace semblance
