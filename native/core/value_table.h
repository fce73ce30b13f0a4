/**
 * Contents of ranges and sets, each known by a number: most agents offer the same ports, and equal contents have equal
 * numbers as far as the caller can tell. Twin of src/allocator/engine/value-table.ts.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mete {

class ValueTable {
 public:
  /** Number of values defined; the next one gets this number. */
  int size() const { return static_cast<int>(ends_.size()); }

  /** Adds a content: begin and end of each range, sorted and disjoint. REQUIRES: an even count. */
  void define(std::span<const double> content);

  /** Whether every range of `part` lies within one of `whole`; -1 contains and is contained in nothing but itself. */
  bool contains(int whole, int part) const {
    if (whole == part) return true;
    if (whole < 0 || part < 0) return false;
    return containsRanges(content(whole), content(part));
  }

 private:
  static bool containsRanges(std::span<const double> whole, std::span<const double> part);

  std::span<const double> content(int value) const {
    const size_t begin = value == 0 ? 0 : ends_[value - 1];
    return {numbers_.data() + begin, numbers_.data() + ends_[value]};
  }

  std::vector<double> numbers_;
  /** Where the content of each value ends in `numbers_`; it begins where the one before ends. */
  std::vector<size_t> ends_;
};

}  // namespace mete
