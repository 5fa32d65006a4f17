#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "catalogue/catalogue.h"

namespace semblance {

/// By item key, what tells which items belong together: the value of an attribute, "product", or
/// several joined with '+'. Only items that have all parts. Errors: kNotFound for an attribute that
/// no item has.
Result<std::unordered_map<std::int64_t, std::string>> labels_by_key(const Catalogue& catalogue,
                                                                    const std::string& label);

/// A label for people: its parts with " + " between them.
std::string readable_label(std::string label);

}  // namespace semblance
