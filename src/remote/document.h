#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "catalogue/attributes.h"
#include "catalogue/catalogue.h"
#include "remote/cluster.h"
#include "vector/vector_store.h"

namespace semblance::remote {

// Fields of documents (docs/opensearch.md has the whole list).
inline constexpr std::string_view kKind = "kind";
inline constexpr std::string_view kItemId = "id";
inline constexpr std::string_view kPart = "part";
inline constexpr std::string_view kDescriptors = "descriptors";

/// The numbers of one photo, owned.
struct StoredDescriptors {
  std::vector<float> embedding;  ///< shape and colour side by side
  std::vector<float> histogram;
  std::vector<float> histogram_foreground;

  [[nodiscard]] DescriptorSpans spans() const {
    return {embedding, histogram, histogram_foreground};
  }
  bool operator==(const StoredDescriptors&) const = default;
};

/// One photo of the collection as its document says it. `item.key` is not used.
struct RemoteItem {
  Item item;
  ItemStatus status = ItemStatus::kIndexed;
  ItemOrigin origin = ItemOrigin::kSource;
  std::optional<Sha256> content_hash;
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;
  std::string format;     ///< of the photo ("jpeg"); may be empty
  Attributes attributes;  ///< read in the order of their names
  /// Of the attributes (hash_of), as the document says; to_document() computes it.
  std::optional<Sha256> attributes_hash;
  std::string reason;   ///< a reason code, of items that are not indexed
  std::string message;  ///< likewise
  std::string place;    ///< where the source names it; may be empty
  std::optional<StoredDescriptors> descriptors;

  // Where the document stood when it was read, for writes that must not lose another's; -1:
  // unknown.
  std::int64_t seq_no = -1;
  std::int64_t primary_term = -1;
};

/// Deterministic `_id`s: the first 32 hex digits of SHA-256.
std::string item_document_id(std::string_view id);
std::string problem_document_id(const Problem& problem);
std::string state_document_id(std::string_view key);

/// 0..65535, from the hash of the id: which part of a shared sync an item belongs to.
int part_of(std::string_view id);
inline constexpr int kParts = 65'536;
/// The numbers of part `i` of `n` (from 1): first <= part_of(id) < end. They cover all, once.
struct PartRange {
  int first = 0;
  int end = kParts;
  [[nodiscard]] bool contains(int part) const { return first <= part && part < end; }
};
PartRange part_range(int i, int n);

/// The document of an item. `dimension` of the embedding is whatever the descriptors have.
Json to_document(const RemoteItem& item);
/// The document of a problem that belongs to no item (kinds "input" and "attribute").
Json to_document(const Problem& problem);
/// A document of the collection's own state: any JSON under a key.
Json state_document(std::string_view key, const Json& value);

/// What descriptors must look like when they are read; 0: whatever comes.
struct ExpectedDimensions {
  int embedding = 0;
  int histogram = 0;
};

/// Reads a hit, or a document of mget, with `_source`, and where there are, `_seq_no` and
/// `_primary_term`. Fields that were not asked for stay empty; unknown ones are ignored. Errors:
/// kCorrupt, naming document and field.
Result<RemoteItem> parse_item(JsonView hit, const ExpectedDimensions& expected = {});
Result<Problem> parse_problem(JsonView hit);
/// Null where the document has none.
Result<Json> parse_state(JsonView hit);

/// Names of fields for `_source`: everything but the embedding (which `descriptors` has, bit for
/// bit), the same without descriptors, and what planning a sync needs.
const std::vector<std::string>& source_of_all();
const std::vector<std::string>& source_of_items();
const std::vector<std::string>& source_of_problems();
/// What answers say of items: enough of those that a search found, which are all indexed; the same
/// with descriptors.
const std::vector<std::string>& source_of_hits();
const std::vector<std::string>& source_of_ranked_hits();

/// float32, little endian, as base64: embedding, histogram, histogram_foreground.
std::string encode_descriptors(const DescriptorSpans& descriptors);
/// Errors: kCorrupt (not base64, another number of bytes).
Result<StoredDescriptors> decode_descriptors(std::string_view base64,
                                             const ExpectedDimensions& expected);

}  // namespace semblance::remote
