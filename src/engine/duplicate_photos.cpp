#include "engine/duplicate_photos.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <utility>

namespace semblance {

std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint64_t>(std::min(a, b)) << 32 | std::max(a, b);
}

Result<DuplicatePhotos> DuplicatePhotos::load(const Catalogue& catalogue, const VectorSet& set) {
  DuplicatePhotos photos;
  // One state of the catalogue for items and decisions.
  const Result<Transaction> reading = Transaction::begin_read(catalogue.database());
  if (!reading) return reading.error();
  Result<Statement> statement = catalogue.database().prepare(
      "SELECT item.key, id, product, path, url, width, height, size_bytes, item.content_hash, row "
      "FROM item JOIN vector ON vector.item = item.key AND vector_set = ? AND row >= 0 AND row < ? "
      "WHERE status = 'indexed' ORDER BY item.content_hash, id");
  if (!statement) return statement.error();
  statement->bind(1, set.key).bind(2, set.rows);  // a sync may have added more since
  while (true) {
    const Result<bool> more = statement->step();
    if (!more) return more.error();
    if (!*more) break;
    DuplicateItem item;
    item.key = statement->integer(0);
    item.id = statement->text(1);
    item.product = statement->text(2);
    item.path = statement->text(3);
    item.url = statement->text(4);
    item.width = static_cast<int>(statement->integer(5));
    item.height = static_cast<int>(statement->integer(6));
    item.size_bytes = statement->integer(7);
    const auto hash = statement->blob(8);
    if (hash.size() != item.content_hash.size()) continue;
    std::copy(hash.begin(), hash.end(), item.content_hash.begin());
    photos.rows_.push_back(statement->integer(9));
    photos.items_.push_back(std::move(item));
  }
  Result<std::vector<DuplicateDecision>> decisions = read_duplicate_decisions(catalogue);
  if (!decisions) return decisions.error();
  photos.decisions_ = *std::move(decisions);
  photos.note_what_is_apart();
  return photos;
}

void DuplicatePhotos::note_what_is_apart() {
  std::unordered_map<std::int64_t, std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < size(); ++i) numbers.emplace(items_[i].key, i);
  for (const DuplicateDecision& decision : decisions_) {
    if (decision.verdict != DuplicateVerdict::kNotDuplicates) continue;
    PhotoNumbers about;
    for (const DecidedItem& one : decision.items) {
      if (const auto known = numbers.find(one.item); known != numbers.end()) {
        about.push_back(known->second);
      }
    }
    for (std::size_t i = 0; i < about.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) apart_.insert(pair_key(about[i], about[j]));
    }
  }
}

void DuplicatePhotos::set_signatures(DuplicateCache::Signatures signatures) {
  signatures_ = std::move(signatures);
}

const PhotoSignature* DuplicatePhotos::signature_of(std::uint32_t number) const {
  const auto known = signatures_.find(items_[number].content_hash);
  return known == signatures_.end() ? nullptr : &known->second;
}

bool DuplicatePhotos::is_better(std::uint32_t a, std::uint32_t b) const {
  const auto pixels = [](const DuplicateItem& item) {
    return static_cast<std::int64_t>(item.width) * item.height;
  };
  const DuplicateItem& one = items_[a];
  const DuplicateItem& other = items_[b];
  if (pixels(one) != pixels(other)) return pixels(one) > pixels(other);
  if (one.size_bytes != other.size_bytes) return one.size_bytes > other.size_bytes;
  return one.id < other.id;
}

void DuplicatePhotos::sort_by_quality(PhotoNumbers& numbers) const {
  std::sort(numbers.begin(), numbers.end(),
            [this](std::uint32_t a, std::uint32_t b) { return is_better(a, b); });
}

bool DuplicatePhotos::told_apart(const PhotoUnit& a, const PhotoUnit& b) const {
  if (apart_.empty()) return false;
  return std::any_of(a.items.begin(), a.items.end(), [&](std::uint32_t one) {
    return std::any_of(b.items.begin(), b.items.end(),
                       [&](std::uint32_t other) { return told_apart(one, other); });
  });
}

Sha256 DuplicatePhotos::digest(const VectorSet& set) const {
  Sha256Hasher hasher;
  std::string text = std::to_string(set.key);
  hasher.add(std::as_bytes(std::span(text)));
  for (const DuplicateItem& item : items_) {
    hasher.add(std::as_bytes(std::span(item.content_hash)));
    text.clear();
    for (const auto number : {item.key, std::int64_t{item.width}, std::int64_t{item.height}}) {
      text += std::to_string(number) + " ";
    }
    // Lengths, so that two fields are never taken for two others.
    for (const std::string* field : {&item.id, &item.product, &item.path.native(), &item.url}) {
      text += std::to_string(field->size()) + " " + *field;
    }
    hasher.add(std::as_bytes(std::span(text)));
  }
  return hasher.finish();
}

}  // namespace semblance
