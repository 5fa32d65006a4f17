// Pairs of photos that were compared, in duplicates.sqlite: of those that differ, which is most of
// them, only that; so there is a row for each photo, not for each pair.
#include <algorithm>
#include <map>
#include <utility>

#include "engine/duplicate_cache.h"

namespace semblance {

namespace {

using Numbers = std::vector<std::uint32_t>;

std::uint64_t key_of(std::int64_t a, std::int64_t b) {
  return static_cast<std::uint64_t>(std::min(a, b)) << 32 |
         static_cast<std::uint64_t>(std::max(a, b));
}

/// Little-endian, ascending.
std::vector<std::uint8_t> bytes_of(const Numbers& numbers) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint32_t number : numbers) {
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(number >> shift));
    }
  }
  return bytes;
}

Numbers numbers_in(std::span<const std::uint8_t> bytes) {
  Numbers numbers(bytes.size() / 4);
  for (std::size_t i = 0; i < numbers.size() * 4; ++i) {
    numbers[i / 4] |= static_cast<std::uint32_t>(bytes[i]) << (i % 4 * 8);
  }
  return numbers;
}

Status load_matches(const Database& database,
                    std::array<std::unordered_map<std::uint64_t, PictureMatch>, 2>& matches) {
  Result<Statement> statement = database.prepare(
      "SELECT photo, other, mirrored, correlation, worst_part, usual_part, worst_colour, "
      "usual_colour, broad_colour, coverage, gain, aligned, one_is_grey FROM matched");
  if (!statement) return statement.error();
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) return {};
    PictureMatch match;
    match.correlation = statement->real(3);
    match.worst_part = statement->real(4);
    match.usual_part = statement->real(5);
    match.worst_colour = statement->real(6);
    match.usual_colour = statement->real(7);
    match.broad_colour = statement->real(8);
    match.coverage = statement->real(9);
    match.gain = statement->real(10);
    match.aligned = statement->integer(11) != 0;
    match.one_is_grey = statement->integer(12) != 0;
    matches[statement->integer(2) != 0 ? 1 : 0].emplace(
        key_of(statement->integer(0), statement->integer(1)), match);
  }
}

Status add_match(Statement& insert, const ComparedPair& pair) {
  const auto [low, high] = std::minmax(pair.a, pair.b);
  return insert.bind(1, low)
      .bind(2, high)
      .bind(3, std::int64_t{pair.mirrored ? 1 : 0})
      .bind(4, pair.match->correlation)
      .bind(5, pair.match->worst_part)
      .bind(6, pair.match->usual_part)
      .bind(7, pair.match->worst_colour)
      .bind(8, pair.match->usual_colour)
      .bind(9, pair.match->broad_colour)
      .bind(10, pair.match->coverage)
      .bind(11, pair.match->gain)
      .bind(12, std::int64_t{pair.match->aligned ? 1 : 0})
      .bind(13, std::int64_t{pair.match->one_is_grey ? 1 : 0})
      .run();
}

/// Of a photo: what it differs from, beside what is there.
Status add_different(Statement& select, Statement& replace, std::int64_t photo, bool mirrored,
                     Numbers others) {
  const std::int64_t mirror = mirrored ? 1 : 0;
  const Result<bool> row = select.bind(1, photo).bind(2, mirror).step();
  if (!row) return row.error();
  if (*row) {
    const Numbers known = numbers_in(select.blob(0));
    others.insert(others.end(), known.begin(), known.end());
  }
  select.reset();
  std::sort(others.begin(), others.end());
  others.erase(std::unique(others.begin(), others.end()), others.end());
  return replace.bind(1, photo).bind(2, mirror).bind(3, bytes_of(others)).run();
}

}  // namespace

const PictureMatch* RememberedPairs::match(std::int64_t a, std::int64_t b, bool mirrored) const {
  const auto& matches = matches_[mirrored ? 1 : 0];
  const auto known = matches.find(key_of(a, b));
  return known == matches.end() ? nullptr : &known->second;
}

bool RememberedPairs::differ(std::int64_t a, std::int64_t b, bool mirrored) const {
  const auto& different = different_[mirrored ? 1 : 0];
  return std::binary_search(different.begin(), different.end(), key_of(a, b));
}

Result<RememberedPairs> DuplicateCache::remembered() const {
  RememberedPairs pairs;
  SEMBLANCE_RETURN_IF_ERROR(load_matches(database_, pairs.matches_));
  Result<Statement> statement =
      database_.prepare("SELECT photo, mirrored, others FROM different ORDER BY photo");
  if (!statement) return statement.error();
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return row.error();
    if (!*row) return pairs;
    auto& different = pairs.different_[statement->integer(1) != 0 ? 1 : 0];
    for (const std::uint32_t other : numbers_in(statement->blob(2))) {
      different.push_back(key_of(statement->integer(0), other));
    }
  }
}

Status DuplicateCache::remember(const std::vector<ComparedPair>& pairs) const {
  if (pairs.empty()) return {};
  Result<Transaction> transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  Result<Statement> insert = database_.prepare(
      "INSERT OR REPLACE INTO matched VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  std::map<std::pair<std::int64_t, bool>, Numbers> different;
  for (const ComparedPair& pair : pairs) {
    const auto [low, high] = std::minmax(pair.a, pair.b);
    if (pair.match) {
      SEMBLANCE_RETURN_IF_ERROR(add_match(*insert, pair));
    } else if (high <= 0xffffffff) {
      different[{low, pair.mirrored}].push_back(static_cast<std::uint32_t>(high));
    }
  }
  Result<Statement> select =
      database_.prepare("SELECT others FROM different WHERE photo = ? AND mirrored = ?");
  if (!select) return select.error();
  Result<Statement> replace = database_.prepare("INSERT OR REPLACE INTO different VALUES(?, ?, ?)");
  if (!replace) return replace.error();
  for (auto& [place, others] : different) {
    SEMBLANCE_RETURN_IF_ERROR(
        add_different(*select, *replace, place.first, place.second, std::move(others)));
  }
  return transaction->commit();
}

}  // namespace semblance
