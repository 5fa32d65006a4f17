#include "source/feed_parser.h"

#include <expat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

#include "source/line_reader.h"
#include "source/source.h"

namespace semblance {

namespace {

constexpr int kChunkBytes = 64 << 10;
constexpr std::size_t kMaxDepth = 100;
constexpr std::size_t kMaxItemBytes = 1U << 20;
constexpr std::size_t kMaxItemFields = 1000;
constexpr std::size_t kMaxTokenBytes = 2U << 20;  // one tag or comment
constexpr char kNamespaceEnd = '\n';              // between namespace and name; in neither of them

/// An element's name as expat gives it: NAMESPACE\nNAME, or NAME.
struct ElementName {
  std::string_view space;
  std::string_view local;

  explicit ElementName(std::string_view name) : local(name) {
    const std::size_t end = name.rfind(kNamespaceEnd);
    if (end == std::string_view::npos) return;
    space = name.substr(0, end);
    local = name.substr(end + 1);
  }
  // Google's own elements and those that shops add ("/cns/").
  [[nodiscard]] bool is_google() const {
    return space.find("base.google.com/ns/") != std::string_view::npos ||
           space.find("base.google.com/cns/") != std::string_view::npos;
  }
  // RSS has no namespace; Atom and RSS 1 have.
  [[nodiscard]] bool is_plain() const {
    return space.empty() || space == "http://www.w3.org/2005/Atom" ||
           space == "http://purl.org/rss/1.0/" || space == "http://purl.org/atom/ns#";
  }
  [[nodiscard]] bool is_item() const { return local == "item" || local == "entry"; }
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Error too_much_text() {
  return {ErrorCode::kBadRow, "the entry holds more than 1 MiB of text"};
}

std::string_view html_entity(std::string_view name) {
  struct Entity {
    std::string_view name;
    std::string_view text;
  };
  static constexpr std::array<Entity, 16> kEntities = {{{"nbsp", " "},
                                                        {"copy", "\u00a9"},
                                                        {"reg", "\u00ae"},
                                                        {"trade", "\u2122"},
                                                        {"deg", "\u00b0"},
                                                        {"euro", "\u20ac"},
                                                        {"pound", "\u00a3"},
                                                        {"hellip", "\u2026"},
                                                        {"ndash", "\u2013"},
                                                        {"mdash", "\u2014"},
                                                        {"lsquo", "\u2018"},
                                                        {"rsquo", "\u2019"},
                                                        {"ldquo", "\u201c"},
                                                        {"rdquo", "\u201d"},
                                                        {"eacute", "\u00e9"},
                                                        {"times", "\u00d7"}}};
  const auto* found = std::find_if(kEntities.begin(), kEntities.end(),
                                   [&](const Entity& entity) { return entity.name == name; });
  return found == kEntities.end() ? std::string_view() : found->text;
}

/// Expat asks for encodings that it does not know; of those only this one is common.
int describe_encoding(void*, const char* name, XML_Encoding* encoding) {
  std::string lower_case = name;
  for (char& c : lower_case) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower_case != "windows-1252" && lower_case != "cp1252") return XML_STATUS_ERROR;
  // Unicode of 0x80 to 0x9F; -1 has no character. The others are those of ISO 8859-1.
  static constexpr std::array<int, 32> kMiddle = {
      0x20AC, -1,     0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, -1,     0x017D, -1,     -1,     0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, -1,     0x017E, 0x0178};
  for (int byte = 0; byte < 256; ++byte) {
    const bool is_middle = byte >= 0x80 && byte < 0xA0;
    encoding->map[byte] = is_middle ? kMiddle[static_cast<std::size_t>(byte - 0x80)] : byte;
  }
  encoding->data = nullptr;
  encoding->convert = nullptr;
  encoding->release = nullptr;
  return XML_STATUS_OK;
}

}  // namespace

struct FeedParser::State {
  struct FreeParser {
    void operator()(XML_Parser handle) const { XML_ParserFree(handle); }
  };
  struct Element {
    std::string name;  // of the field: with the names of the elements around it
    bool is_google = false;
    bool is_taken = false;  // its text is a field
    bool has_children = false;
    std::string text;
  };
  struct Field {
    Attribute value;
    bool is_google;
  };

  std::filesystem::path path;
  FileDescriptor file;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser> parser;
  bool at_end = false;
  std::deque<FeedItem> items;
  bool is_feed = false;  // has the root, or an element, of one
  std::string root;
  std::size_t depth = 0;
  std::size_t item_depth = 0;  // of the item's children; 0: outside
  FeedItem item;
  std::vector<Field> fields;
  std::vector<Element> elements;  // inside the item, from its child to the innermost
  std::size_t item_bytes = 0;
  std::size_t bytes_read = 0;
  std::size_t bytes_at_last_event = 0;
  std::optional<Error> error;  // why parsing was stopped

  void stop(ErrorCode code, const std::string& why) {
    if (!error) error = Error{code, why};
    XML_StopParser(parser.get(), XML_FALSE);
  }
  [[nodiscard]] std::string where() const {
    return "'" + to_utf8(path.native()) + "' line " +
           std::to_string(XML_GetCurrentLineNumber(parser.get()));
  }
  void note_event() { bytes_at_last_event = bytes_read; }

  void start(const char* name, const char** attributes);
  void end();
  void text(std::string_view characters);
  void begin_item();
  void finish_item();
  void add_field(std::string name, std::string_view value, bool is_google);
  Status configure();
  Status feed_chunk();
};

void FeedParser::State::begin_item() {
  is_feed = true;
  item_depth = depth + 1;
  item = {};
  item.line = static_cast<std::int64_t>(XML_GetCurrentLineNumber(parser.get()));
  fields.clear();
  elements.clear();
  item_bytes = 0;
}

void FeedParser::State::start(const char* raw_name, const char** attributes) {
  note_event();
  const ElementName name(raw_name);
  if (++depth > kMaxDepth) return stop(ErrorCode::kCorrupt, where() + ": nested too deeply");
  if (depth == 1) {
    root = name.local;
    is_feed = name.local == "rss" || name.local == "feed" || name.local == "RDF";
  }
  if (item_depth == 0) {
    if (name.is_item() && depth > 1) begin_item();
    return;
  }
  Element element;
  element.name = name.local;
  element.is_google = name.is_google();
  element.is_taken = element.is_google || name.is_plain();
  if (!elements.empty()) {
    Element& parent = elements.back();
    parent.has_children = true;
    element.name = parent.name + "_" + element.name;
    element.is_google = parent.is_google;
    element.is_taken = parent.is_taken && element.is_taken;
  }
  item_bytes += element.name.size();
  if (item_bytes > kMaxItemBytes) {
    item.problem = too_much_text();
    element.is_taken = false;
  }
  if (!element.is_taken) element.name.clear();
  // Atom's link is an attribute; others than the page's have a "rel".
  if (element.is_taken && elements.empty() && name.local == "link") {
    std::string_view href;
    bool is_page = true;
    for (; *attributes != nullptr; attributes += 2) {
      if (std::string_view(attributes[0]) == "href") href = attributes[1];
      if (std::string_view(attributes[0]) == "rel") {
        is_page = std::string_view(attributes[1]) == "alternate";
      }
    }
    if (is_page && !href.empty()) add_field("link", href, false);
  }
  elements.push_back(std::move(element));
}

void FeedParser::State::end() {
  note_event();
  if (item_depth != 0 && depth == item_depth - 1) {
    finish_item();
  } else if (item_depth != 0 && !elements.empty()) {
    Element element = std::move(elements.back());
    elements.pop_back();
    const bool is_field = element.is_taken && !element.has_children;
    if (is_field) add_field(std::move(element.name), element.text, element.is_google);
  }
  --depth;
}

void FeedParser::State::text(std::string_view characters) {
  note_event();
  if (elements.empty() || !elements.back().is_taken) return;
  item_bytes += characters.size();
  if (item_bytes > kMaxItemBytes) {
    item.problem = too_much_text();
    return;
  }
  elements.back().text.append(characters);
}

void FeedParser::State::add_field(std::string name, std::string_view value, bool is_google) {
  value = trimmed(value);
  if (value.empty()) return;
  if (fields.size() == kMaxItemFields) {
    item.problem = Error{ErrorCode::kBadRow, "the entry has more than 1,000 values"};
    return;
  }
  fields.push_back({{std::move(name), std::string(value)}, is_google});
}

void FeedParser::State::finish_item() {
  for (Field& field : fields) {
    const auto overrides = [&](const Field& other) {
      return other.is_google && other.value.name == field.value.name;
    };
    if (!field.is_google && std::any_of(fields.begin(), fields.end(), overrides)) continue;
    item.fields.push_back(field.value);
  }
  items.push_back(std::move(item));
  item_depth = 0;
}

Status FeedParser::State::configure() {
  XML_Parser raw = XML_ParserCreateNS(nullptr, kNamespaceEnd);
  if (raw == nullptr) return Error{ErrorCode::kInternal, "out of memory"};
  parser.reset(raw);
  XML_SetUserData(raw, this);
  XML_SetElementHandler(
      raw,
      [](void* state, const char* name, const char** attributes) {
        static_cast<State*>(state)->start(name, attributes);
      },
      [](void* state, const char*) { static_cast<State*>(state)->end(); });
  XML_SetCharacterDataHandler(raw, [](void* state, const char* characters, int size) {
    static_cast<State*>(state)->text({characters, static_cast<std::size_t>(size)});
  });
  XML_SetCommentHandler(raw,
                        [](void* state, const char*) { static_cast<State*>(state)->note_event(); });
  XML_SetProcessingInstructionHandler(
      raw, [](void* state, const char*, const char*) { static_cast<State*>(state)->note_event(); });
  XML_SetEntityDeclHandler(raw, [](void* state, const char*, int, const char*, int, const char*,
                                   const char*, const char*, const char*) {
    auto* self = static_cast<State*>(state);
    self->stop(ErrorCode::kCorrupt,
               self->where() + ": the feed declares entities, which is not allowed");
  });
  XML_SetUnknownEncodingHandler(raw, describe_encoding, nullptr);
  // Makes entities that are not declared come to the next handler instead of ending the parse.
  XML_UseForeignDTD(raw, XML_TRUE);
  XML_SetSkippedEntityHandler(raw, [](void* state, const char* name, int) {
    const std::string_view known = html_entity(name);
    const std::string spelt = "&" + std::string(name) + ";";
    static_cast<State*>(state)->text(known.empty() ? std::string_view(spelt) : known);
  });
  return {};
}

Status FeedParser::State::feed_chunk() {
  void* buffer = XML_GetBuffer(parser.get(), kChunkBytes);
  if (buffer == nullptr) return Error{ErrorCode::kInternal, "out of memory"};
  const Result<std::size_t> size =
      read_some(file.get(), static_cast<char*>(buffer), kChunkBytes, path);
  if (!size) return size.error();
  at_end = *size == 0;
  bytes_read += *size;
  const auto status = XML_ParseBuffer(parser.get(), static_cast<int>(*size), at_end);
  if (error) return *error;
  if (status != XML_STATUS_OK) {
    const XML_Error code = XML_GetErrorCode(parser.get());
    const bool is_cut = code == XML_ERROR_NO_ELEMENTS || (at_end && code != XML_ERROR_NONE);
    return Error{ErrorCode::kCorrupt, where() + ": not well-formed XML (" + XML_ErrorString(code) +
                                          ")" + (is_cut ? "; is the file complete?" : "")};
  }
  if (bytes_read - bytes_at_last_event > kMaxTokenBytes) {
    return Error{ErrorCode::kCorrupt, where() + ": an element or comment without end"};
  }
  if (at_end && !is_feed) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + to_utf8(path.native()) + "' is no product feed: its outermost element is <" +
                     root + ">, and it holds no <item> or <entry>"};
  }
  return {};
}

Result<FeedParser> FeedParser::open(const std::filesystem::path& path) {
  Result<FileDescriptor> file = open_regular_file(path);
  if (!file) return file.error();
  auto state = std::make_unique<State>();
  state->path = path;
  state->file = *std::move(file);
  SEMBLANCE_RETURN_IF_ERROR(state->configure());
  return FeedParser(std::move(state));
}

FeedParser::FeedParser(std::unique_ptr<State> state) : state_(std::move(state)) {}
FeedParser::FeedParser(FeedParser&&) noexcept = default;
FeedParser& FeedParser::operator=(FeedParser&&) noexcept = default;
FeedParser::~FeedParser() = default;

Result<std::optional<FeedItem>> FeedParser::next() {
  while (state_->items.empty()) {
    if (state_->error) return *state_->error;
    if (state_->at_end) return std::optional<FeedItem>();
    const Status fed = state_->feed_chunk();
    if (!fed) {
      state_->error = fed.error();
      return fed.error();
    }
  }
  std::optional<FeedItem> item = std::move(state_->items.front());
  state_->items.pop_front();
  return item;
}

}  // namespace semblance
