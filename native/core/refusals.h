/**
 * Refusals: what clients declined on an agent, as bitsets. Twin of src/allocator/engine/refusals.ts.
 *
 * A refusal belongs to one agent, holds one refused content and the set of clients that refused exactly it (a row of
 * bits). It blocks an offer when its content contains the offer and the client's bit is set. How long a client's bit
 * stays is the caller's business.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/agent_table.h"
#include "core/value_table.h"

namespace mete {

struct RefusedLot {
  double amount;
  int32_t descriptor;
  int32_t value;
};

class RefusalTable {
 public:
  RefusalTable(int kinds, const ValueTable& values) : kinds(kinds), values_(values) {}

  RefusalTable(const RefusalTable&) = delete;
  RefusalTable& operator=(const RefusalTable&) = delete;

  const int kinds;

  /** Number of refusals there is room for; ids are below it. */
  int capacity() const { return static_cast<int>(agent_.size()); }

  bool exists(int refusal) const { return refusal >= 0 && refusal < capacity() && agent_[refusal] >= 0; }

  /** The agent of a refusal that exists. */
  int agent(int refusal) const { return agent_[refusal]; }

  /** The refusals of an agent in order of addition. */
  std::span<const int32_t> of(int agent) const {
    if (static_cast<size_t>(agent) >= ofAgent_.size()) return {};
    return ofAgent_[agent];
  }

  /** Takes `lots`. REQUIRES: `refusal` does not exist. */
  void add(int refusal, int agent, const double* vector, std::vector<RefusedLot>& lots);
  void remove(int refusal);
  void setRefused(int refusal, int client, bool refused);

  bool isRefusedBy(int refusal, int client) const {
    const size_t word = static_cast<size_t>(client) >> 5;
    return word < rowWords_ && ((rows_[refusal * rowWords_ + word] >> (client & 31)) & 1U) == 1U;
  }

  /** Whether the refused content contains an offer: plain amounts, and an amount for each lot of the agent. */
  bool contains(int refusal, const double* plain, const std::vector<EngineLot>& lots, const double* amounts) const;

 private:
  size_t index(int refusal) const { return static_cast<size_t>(refusal) * static_cast<size_t>(kinds); }
  void widen(size_t words);
  /** Of equal things that cannot be divided, each needs one of its own in what was refused. */
  bool containsLot(int refusal, const std::vector<EngineLot>& lots, const double* amounts, size_t l) const;

  const ValueTable& values_;
  std::vector<int32_t> agent_;
  std::vector<double> plain_;
  std::vector<std::vector<RefusedLot>> lots_;
  std::vector<std::vector<int32_t>> ofAgent_;
  std::vector<uint32_t> rows_;
  size_t rowWords_ = 4;
};

}  // namespace mete
