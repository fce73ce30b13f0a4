/**
 * The order in which a stage visits its candidates: ascending `mix32(ordinal ^ salt)`. Twin of
 * src/allocator/engine/visit-order.ts. Keys of distinct ordinals differ, so the order is unique and a subset is ordered
 * as it is within the whole; equal ordinals keep the order of the candidates.
 */
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/agent_table.h"

namespace mete {

class VisitOrder {
 public:
  /** Orders `candidates`; the result is valid until the next call. */
  std::span<const int32_t> of(const std::vector<int32_t>& candidates, const std::vector<Agent>& agents, uint32_t salt);

 private:
  struct Entry {
    uint32_t key;
    int32_t agent;
  };

  void insertionSort();
  void radixSort();

  std::vector<Entry> entries_;
  std::vector<Entry> otherEntries_;
  std::vector<int32_t> ordered_;
};

}  // namespace mete
