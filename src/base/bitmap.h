#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace semblance {

/// A set of numbers from 0 to size() - 1, one bit each.
class Bitmap {
 public:
  Bitmap() = default;
  explicit Bitmap(std::size_t size) : size_(size), words_((size + 63) / 64, 0) {}

  [[nodiscard]] std::size_t size() const { return size_; }

  /// A number outside the size is not in the set.
  [[nodiscard]] bool contains(std::int64_t number) const {
    const auto index = static_cast<std::uint64_t>(number);
    return index < size_ && (words_[index / 64] >> (index % 64) & 1) != 0;
  }

  /// How many numbers are in the set.
  [[nodiscard]] std::size_t count() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }

  /// Calls `function` with each number in the set, ascending.
  template <typename Function>
  void for_each(Function&& function) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        function(static_cast<std::int64_t>(i * 64) + std::countr_zero(word));
      }
    }
  }

  /// A number outside the size is ignored.
  void add(std::int64_t number) {
    const auto index = static_cast<std::uint64_t>(number);
    if (index < size_) words_[index / 64] |= std::uint64_t{1} << (index % 64);
  }

  // With a set of the same size.
  Bitmap& operator&=(const Bitmap& other) {
    assert(size_ == other.size_);
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  Bitmap& operator|=(const Bitmap& other) {
    assert(size_ == other.size_);
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  /// Removes what is in `other`.
  Bitmap& operator-=(const Bitmap& other) {
    assert(size_ == other.size_);
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }

  bool operator==(const Bitmap&) const = default;

 private:
  std::size_t size_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace semblance
