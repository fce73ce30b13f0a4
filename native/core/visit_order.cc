/** Sorting candidates by their mixed ordinals. */
#include "core/visit_order.h"

#include <array>
#include <utility>

#include "core/mix32.h"

namespace mete {

namespace {

constexpr int RADIX_BITS = 11;
constexpr uint32_t BUCKETS = 1U << RADIX_BITS;
constexpr int PASSES = 3;
constexpr size_t SMALL = 64;

}  // namespace

std::span<const int32_t> VisitOrder::of(const std::vector<int32_t>& candidates, const std::vector<Agent>& agents,
                                        uint32_t salt) {
  entries_.clear();
  for (const int32_t agent : candidates) entries_.push_back({mix32(agents[agent].ordinal ^ salt), agent});
  if (entries_.size() <= SMALL) {
    insertionSort();
  } else {
    radixSort();
  }
  ordered_.clear();
  for (const Entry& entry : entries_) ordered_.push_back(entry.agent);
  return ordered_;
}

void VisitOrder::insertionSort() {
  for (size_t i = 1; i < entries_.size(); i++) {
    const Entry entry = entries_[i];
    size_t at = i;
    for (; at > 0 && entries_[at - 1].key > entry.key; at--) entries_[at] = entries_[at - 1];
    entries_[at] = entry;
  }
}

void VisitOrder::radixSort() {
  std::array<std::array<uint32_t, BUCKETS>, PASSES> places{};
  for (const Entry& entry : entries_) {
    for (int pass = 0; pass < PASSES; pass++) places[pass][(entry.key >> (pass * RADIX_BITS)) & (BUCKETS - 1)]++;
  }
  otherEntries_.resize(entries_.size());
  for (int pass = 0; pass < PASSES; pass++) {
    uint32_t sum = 0;
    for (uint32_t& place : places[pass]) {
      const uint32_t size = place;
      place = sum;
      sum += size;
    }
    for (const Entry& entry : entries_) {
      otherEntries_[places[pass][(entry.key >> (pass * RADIX_BITS)) & (BUCKETS - 1)]++] = entry;
    }
    std::swap(entries_, otherEntries_);
  }
}

}  // namespace mete
