#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace semblance::remote {

/// The name of an attribute as the name of a field: ASCII letters, digits, "_" and "-" as they are
/// (no "_" at the beginning), every other byte as %HH with capital digits; the empty name is "%".
/// Different names have different fields.
std::string field_name(std::string_view attribute);
/// The attribute of a field's name; nothing where no attribute has that.
std::optional<std::string> attribute_of_field(std::string_view field);

/// "attributes.NAME.text", ...
std::string text_field(std::string_view attribute);
std::string number_field(std::string_view attribute);
std::string boolean_field(std::string_view attribute);

/// Terms of Lucene hold 32,766 bytes. What an index compares in place of a longer text: its
/// beginning and its SHA-256, which is equal for equal texts only and in the same order as theirs,
/// unless two of them agree in the first 32,000 bytes.
std::string comparable_text(std::string_view text);

}  // namespace semblance::remote
