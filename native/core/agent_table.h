/**
 * Agents as the engine sees them: what each has to offer now, and which are worth a visit. Twin of
 * src/allocator/engine/agent-table.ts.
 *
 * Plain resources (unreserved, non-revocable, without disk information) are one vector for each agent; everything else
 * is a lot. An agent is open when something changed since it was last found to interest nobody; a cycle visits open
 * agents only. `headroom` is the sum over all agents of unreserved non-revocable scalars that are neither offered nor
 * allocated.
 *
 * Invariants, outside of a cycle: `open` lists exactly the agents marked open, `named` exactly those marked named, each
 * once; an agent that does not exist has nothing to offer.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/opcodes.h"

namespace mete {

/** Flags that keep a lot out of the quantities which quota and headroom count. */
inline constexpr int OUTSIDE_QUOTA = LotFlag::NON_SCALAR | LotFlag::RESERVED | LotFlag::REVOCABLE | LotFlag::SHARED;

/** Flags that make what an agent offers depend on the role or the client. */
inline constexpr int NOT_UNIFORM = LotFlag::RESERVED | LotFlag::REVOCABLE | LotFlag::SHARED | LotFlag::REFINED;

struct EngineLot {
  /** Thousandths; for ranges and sets a thousand for each item, and 0 when given away. */
  double amount;
  /** The run in which a shared lot was last offered: it is offered once in a run. */
  double offeredRun;
  int32_t descriptor;
  int32_t kind;
  int32_t role;
  /** The content of ranges and sets, see `ValueTable`; -1 for scalars. */
  int32_t value;
  uint8_t flags;
};

/** Whether a lot is an unreserved non-revocable scalar: the part that quota limits and headroom govern. */
inline bool isQuotaLot(const EngineLot& lot) { return (lot.flags & OUTSIDE_QUOTA) == 0; }

struct Agent {
  std::vector<EngineLot> lots;
  /** The last run in which the agent was granted to somebody. */
  double grantedRun = 0;
  uint32_t ordinal = 0;
  uint8_t bars = 0;
  bool known = false;
  bool offerable = false;
  /** Whether every client of every role would be offered the same. */
  bool uniform = false;
  /** Whether there is an unreserved lot that cannot be cut. */
  bool indivisible = false;
  bool open = false;
  bool named = false;
};

class AgentTable {
 public:
  explicit AgentTable(int kinds) : kinds(kinds), headroom(kinds, 0.0) {}

  AgentTable(const AgentTable&) = delete;
  AgentTable& operator=(const AgentTable&) = delete;

  const int kinds;
  std::vector<Agent> agents;
  std::vector<double> headroom;
  std::vector<int32_t> open;
  std::vector<int32_t> named;

  /** Number of agents there is room for; ids are below it. */
  int capacity() const { return static_cast<int>(agents.size()); }

  bool exists(int agent) const { return agent >= 0 && agent < capacity() && agents[agent].known; }

  /** The agent's `kinds` plain amounts. */
  double* plain(int agent) { return plain_.data() + index(agent); }
  const double* plain(int agent) const { return plain_.data() + index(agent); }

  void setAgent(int agent, uint32_t ordinal, bool offerable, int bars);
  void removeAgent(int agent);

  /** Replaces what the agent has to offer. Takes `lots` and leaves the old ones there. */
  void setAvailable(int agent, const double* vector, std::vector<EngineLot>& lots);

  bool hasAnything(int agent) const {
    const double* amounts = plain(agent);
    for (int k = 0; k < kinds; k++) {
      if (amounts[k] > 0) return true;
    }
    for (const EngineLot& lot : agents[agent].lots) {
      if (lot.amount > 0) return true;
    }
    return false;
  }

  void openAgent(int agent) {
    if (agents[agent].open) return;
    agents[agent].open = true;
    open.push_back(agent);
  }

  /** Something changed that may interest clients everywhere. */
  void openAll();

  /** Takes an agent off the open list; the list itself is compacted by `compactOpen`. */
  void closeAgent(int agent) { agents[agent].open = false; }
  void compactOpen();

  void nameAgent(int agent) {
    if (agents[agent].named) return;
    agents[agent].named = true;
    named.push_back(agent);
  }
  void clearNamed();

 private:
  size_t index(int agent) const { return static_cast<size_t>(agent) * static_cast<size_t>(kinds); }
  void reserve(int agent);
  void countHeadroom(int agent, double sign);

  std::vector<double> plain_;
};

}  // namespace mete
