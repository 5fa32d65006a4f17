#include "source/record_mapper.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <utility>

namespace semblance {

namespace {

// Usual names, best first, in lower case and without what stands between words.
constexpr std::array<std::string_view, 12> kIdNames = {
    "id",  "imageid",   "photoid",   "itemid",        "offerid",       "sku",
    "uid", "productid", "articleid", "articlenumber", "productnumber", "guid"};
constexpr std::array<std::string_view, 26> kImageNames = {
    "imagepath", "imagefile", "imagefilename", "imagename", "image",    "imagelink", "imageurl",
    "imagesrc",  "filename",  "filepath",      "file",      "path",     "photopath", "photofile",
    "photo",     "photourl",  "photolink",     "picture",   "imgpath",  "imgfile",   "img",
    "imgurl",    "imgsrc",    "pictureurl",    "url",       "mainimage"};
constexpr std::array<std::string_view, 5> kMoreImagesNames = {
    "additionalimagelink", "additionalimagelinks", "additionalimages", "additionalimageurl",
    "additionalimageurls"};
constexpr std::array<std::string_view, 8> kProductNames = {
    "itemgroupid", "productgroupid", "productid", "product",
    "parentsku",   "parentid",       "groupid",   "styleid"};
constexpr std::array<std::string_view, 7> kLinkNames = {
    "link", "productlink", "producturl", "productpage", "pagelink", "pageurl", "permalink"};

constexpr std::size_t kMaxIdBytes = 4096;

std::string simplified(std::string_view name) {
  std::string simple;
  for (const char character : name) {
    if (std::string_view(" _-.:").find(character) != std::string_view::npos) continue;
    simple += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
  }
  return simple;
}

/// A record's names with their simple spellings.
class NameFinder {
 public:
  explicit NameFinder(const std::vector<std::string>& names) : names_(names) {
    simple_.reserve(names.size());
    for (const std::string& name : names) simple_.push_back(simplified(name));
  }

  /// The first of the usual names that there is, as it is spelt here, unless it is taken.
  [[nodiscard]] std::string find(std::span<const std::string_view> usual,
                                 std::initializer_list<std::string_view> taken) const {
    for (const std::string_view wanted : usual) {
      for (std::size_t i = 0; i < names_.size(); ++i) {
        if (simple_[i] != wanted) continue;
        if (std::find(taken.begin(), taken.end(), names_[i]) == taken.end()) return names_[i];
      }
    }
    return {};
  }

 private:
  const std::vector<std::string>& names_;
  std::vector<std::string> simple_;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_decimal(std::string_view text) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  const auto all_digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return all_digits(text.substr(0, dot)) &&
         (dot == text.size() || all_digits(text.substr(dot + 1)));
}

/// The number in "15.00 USD" or "USD 15.00", with the currency; nothing in any other text.
std::optional<std::pair<std::string_view, std::string_view>> split_price(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  std::string_view number = text.substr(0, space);
  std::string_view currency = trimmed(text.substr(space));
  if (!is_decimal(number)) std::swap(number, currency);
  const bool is_code =
      currency.size() == 3 &&
      std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_code || !is_decimal(number)) return std::nullopt;
  return std::pair(number, currency);
}

/// Adds a value; a further value of the same name is joined to the first.
void add_attribute(Attributes& attributes, std::string_view name, std::string_view value) {
  const auto same =
      std::find_if(attributes.begin(), attributes.end(),
                   [&](const Attribute& attribute) { return attribute.name == name; });
  if (same == attributes.end()) {
    attributes.push_back({std::string(name), std::string(value)});
  } else {
    same->value.append(", ").append(value);
  }
}

}  // namespace

RecordRoles guess_roles(const std::vector<std::string>& names, const SourceOptions& options) {
  RecordRoles roles;
  roles.id = options.id_column;
  roles.image = options.image_column;
  roles.product = options.product_column;
  const NameFinder finder(names);
  if (roles.id.empty()) roles.id = finder.find(kIdNames, {roles.image, roles.product});
  if (roles.image.empty()) roles.image = finder.find(kImageNames, {roles.id, roles.product});
  roles.more_images = finder.find(kMoreImagesNames, {roles.image});
  if (roles.product.empty()) roles.product = finder.find(kProductNames, {roles.id, roles.image});
  roles.link = finder.find(kLinkNames, {roles.id, roles.image, roles.product});
  if (roles.id.empty()) roles.id = roles.image;
  return roles;
}

/// A record's fields, told apart. Views into the record.
struct RecordMapper::Parts {
  std::string_view id;
  std::string_view product;
  std::string_view link;
  std::vector<std::string_view> images;  // each once
  void add_image(std::string_view text) {
    if (text.empty() || std::find(images.begin(), images.end(), text) != images.end()) return;
    images.push_back(text);
  }
};

Result<RecordMapper> RecordMapper::create(const SourceOptions& options, PhotoFinder finder,
                                          Traits traits) {
  RecordMapper mapper(options, std::move(finder), traits);
  for (const std::string& where : options.where) {
    const std::size_t equals = where.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + where + "' is not a condition: write --where NAME=VALUE"};
    }
    const std::string_view text = where;
    mapper.conditions_.push_back({std::string(trimmed(text.substr(0, equals))),
                                  std::string(trimmed(text.substr(equals + 1)))});
  }
  return mapper;
}

void RecordMapper::fix_roles(RecordRoles roles) {
  roles_ = std::move(roles);
  roles_fixed_ = true;
}

std::vector<std::string> RecordMapper::asked_names() const {
  std::vector<std::string> names;
  for (const Condition& condition : conditions_) names.push_back(condition.name);
  return names;
}

void RecordMapper::update_roles(const Record& record) {
  if (roles_fixed_) return;
  const auto same_name = [](const Attribute& field, const std::string& name) {
    return field.name == name;
  };
  if (std::equal(record.fields.begin(), record.fields.end(), names_.begin(), names_.end(),
                 same_name)) {
    return;
  }
  names_.clear();
  for (const Attribute& field : record.fields) names_.push_back(field.name);
  roles_ = guess_roles(names_, options_);
}

bool RecordMapper::holds(const Record& record) {
  bool all_hold = true;
  for (Condition& condition : conditions_) {
    bool any_holds = false;
    for (const Attribute& field : record.fields) {
      if (field.name != condition.name) continue;
      condition.name_seen = true;
      any_holds = any_holds || trimmed(field.value) == condition.value;
    }
    all_hold = all_hold && any_holds;
  }
  return all_hold;
}

bool RecordMapper::is_role(std::string_view name) const {
  return name == roles_.id || name == roles_.image || name == roles_.more_images ||
         name == roles_.product || name == roles_.link;
}

RecordMapper::Parts RecordMapper::tell_apart(const Record& record) const {
  Parts parts;
  const auto take_first = [](std::string_view& part, std::string_view value) {
    if (part.empty()) part = value;
  };
  for (const Attribute& field : record.fields) {
    if (!is_role(field.name)) continue;
    const std::string_view value = trimmed(field.value);
    if (field.name == roles_.id) take_first(parts.id, value);
    if (field.name == roles_.image) parts.add_image(value);
    if (field.name == roles_.product) take_first(parts.product, value);
    if (field.name == roles_.link) take_first(parts.link, value);
  }
  for (const Attribute& field : record.fields) {
    if (roles_.more_images.empty() || field.name != roles_.more_images) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      // A comma may be part of an address: only one before another address ends it.
      std::size_t comma = rest.find(',');
      while (comma != std::string_view::npos && !is_web_address(rest.substr(comma + 1)) &&
             is_web_address(rest)) {
        comma = rest.find(',', comma + 1);
      }
      parts.add_image(trimmed(rest.substr(0, comma)));
      rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    }
  }
  return parts;
}

Attributes RecordMapper::attributes_of(const Record& record) const {
  Attributes attributes;
  attributes.reserve(record.fields.size());
  const bool names_are_unique = roles_fixed_ && !traits_.splits_prices;
  for (const Attribute& field : record.fields) {
    if (field.value.empty() || field.name.empty() || is_role(field.name)) continue;
    const std::string name = to_utf8(field.name);
    const bool is_price = traits_.splits_prices && (name == "price" || name == "sale_price");
    if (const auto price = is_price ? split_price(trimmed(field.value)) : std::nullopt) {
      add_attribute(attributes, name, price->first);
      add_attribute(attributes, name + "_currency", price->second);
    } else if (names_are_unique) {
      attributes.push_back({name, to_utf8(field.value)});
    } else {
      add_attribute(attributes, name, to_utf8(field.value));
    }
  }
  return attributes;
}

/// There is no id, so that the image stands for it.
bool RecordMapper::ids_are_made() const {
  return roles_.id == roles_.image && options_.id_column.empty();
}

void RecordMapper::note_addresses(const Record& record, AddressIds& ids) {
  update_roles(record);
  if (!ids_are_made()) return;
  for (const Attribute& field : record.fields) {
    if (field.name != roles_.id) continue;
    if (is_web_address(field.value)) ids.add(clean_web_address(field.value));
    return;
  }
}

void RecordMapper::map(const Record& record, const AddressIds* address_ids,
                       std::deque<SourceEntry>& entries) {
  any_record_ = true;
  if (!holds(record)) return;
  update_roles(record);
  const Parts parts = tell_apart(record);
  SourceEntry entry;
  entry.place = record.place;
  entry.id = to_utf8(parts.id);
  if (ids_are_made() && address_ids != nullptr && is_web_address(parts.id)) {
    entry.id = address_ids->id_of(clean_web_address(parts.id));
  }
  entry.product = to_utf8(parts.product);
  entry.link = to_utf8(parts.link);
  entry.attributes = attributes_of(record);
  const auto fail = [&](ErrorCode code, std::string why) {
    entry.problem = Error{code, std::move(why)};
    entries.push_back(entry);
  };
  if (entry.id.size() > kMaxIdBytes) {
    entry.id.resize(100);
    entry.id = to_utf8(entry.id);
    return fail(ErrorCode::kBadRow, "the id is longer than 4,096 bytes");
  }
  const bool names_photo =
      !parts.images.empty() || (traits_.photos_named_by_id && roles_.image.empty());
  if (!names_photo) return fail(ErrorCode::kMissingFile, "the record names no photo");
  if (entry.id.empty()) return fail(ErrorCode::kBadRow, "the id is empty");
  if (parts.images.empty()) {
    finder_.find_named(parts.id, entry);
    entries.push_back(std::move(entry));
    return;
  }
  if (parts.images.size() == 1) {
    finder_.find(parts.images.front(), entry);
    entries.push_back(std::move(entry));
    return;
  }
  if (entry.product.empty()) entry.product = entry.id;
  for (std::size_t i = 0; i < parts.images.size(); ++i) {
    SourceEntry item = entry;
    if (i > 0) item.id += "#" + std::to_string(i + 1);
    finder_.find(parts.images[i], item);
    entries.push_back(std::move(item));
  }
}

Status RecordMapper::finish() const {
  for (const Condition& condition : conditions_) {
    if (!any_record_ || condition.name_seen) continue;
    return Error{ErrorCode::kInvalidArgument,
                 "--where: no record has '" + condition.name + "'; nothing would be left"};
  }
  return {};
}

}  // namespace semblance
