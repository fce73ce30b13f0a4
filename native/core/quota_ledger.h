/**
 * Headroom during a cycle: what must stay free so that every unmet guarantee can still be met, and the surplus above
 * it. Twin of src/allocator/engine/quota-ledger.ts.
 */
#pragma once

#include <vector>

#include "core/agent_table.h"
#include "core/role_table.h"

namespace mete {

class QuotaLedger {
 public:
  QuotaLedger(const RoleTable& roles, const AgentTable& agents)
      : roles_(roles), agents_(agents), required_(roles.kinds, 0.0), surplusAtEnd_(roles.kinds, 0.0) {}

  /** Whether anything is required; if not, headroom governs nothing. */
  bool requiredAny = false;
  /** Whether headroom has kept something from a client since all agents were last opened. */
  bool heldBack = false;

  void begin() { requiredAny = roles_.requiredHeadroom(required_); }

  /** Part of the free resources of a kind that no guarantee needs. */
  double surplus(int kind) const {
    const double surplus = agents_.headroom[kind] - required_[kind];
    return surplus > 0 ? surplus : 0;
  }

  /** A guarantee made progress. */
  void meet(int kind, double amount) { required_[kind] -= amount; }

  void recount() {
    requiredAny = false;
    for (const double amount : required_) {
      if (amount > 0) requiredAny = true;
    }
  }

  void end() {
    requiredAtEnd_ = requiredAny;
    for (int k = 0; k < roles_.kinds; k++) surplusAtEnd_[k] = surplus(k);
  }

  /** Whether something that was held back might now be given; call after `begin`. */
  bool hasRelaxed() const {
    if (!heldBack) return false;
    if (requiredAtEnd_ && !requiredAny) return true;
    for (int k = 0; k < roles_.kinds; k++) {
      if (surplus(k) > surplusAtEnd_[k]) return true;
    }
    return false;
  }

 private:
  const RoleTable& roles_;
  const AgentTable& agents_;
  /** Sum of unmet guarantees. */
  std::vector<double> required_;
  std::vector<double> surplusAtEnd_;
  bool requiredAtEnd_ = false;
};

}  // namespace mete
