/**
 * What would be offered: the part of an agent that one client of one role may have now. Twin of
 * src/allocator/engine/offering.ts.
 *
 * Reserved, revocable and non-scalar resources go along whole. Unreserved non-revocable scalars are cut to what limits
 * and headroom leave, plain amounts first, then other lots in order; indivisible lots go whole or not at all.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/agent_table.h"
#include "core/quota_ledger.h"
#include "core/role_table.h"

namespace mete {

class Offering {
 public:
  Offering(RoleTable& roles, AgentTable& agents, QuotaLedger& ledger);

  /** The shaped offer: plain amounts, and an amount for each lot of the agent. */
  std::vector<double> plain;
  std::vector<double> lots;
  /** After `settle`: all scalar amounts given, shared lots left out. */
  std::vector<double> allocated;

  /** Shapes the offer of everything the agent has. */
  void takeAll(int agent);

  /** In stage 2: whether limits or headroom leave the role nothing of an agent that has plain resources only. */
  bool isPointless(int agent, int role);

  /** Finds which lots the role may use; false when nothing is left for the role. */
  bool beginRole(int agent, int role, double run);

  /** Stage 2: shapes what the client may have; false when that is nothing. REQUIRES: `beginRole`. */
  bool shape(int agent, int role, int can);

  /**
   * Stage 1: shapes what makes progress on the role's guarantee and what may ride along; false if no progress.
   * REQUIRES: `beginRole`.
   */
  bool shapeGuarantee(int agent, int role, int can);

  /** Whether the shaped offer reaches the client's minimum; ranges and sets count by their items. */
  bool reachesMinimum(int agent, int minimum);

  /** Whether the shaped offer is all that the agent has left, with nothing shared. */
  bool isWhole(int agent) const;

  /** Takes the shaped offer from the agent and counts it in headroom, quota and guarantees. */
  void settle(int agent, int top, double run);

 private:
  using Lots = std::vector<EngineLot>;

  void reserveLots(size_t count);
  void readable(int agent, int can);
  bool cut(const Lots& agentLots, std::vector<double>& plainAmounts, std::vector<double>& lotAmounts);
  void budgetFromLimits(int top);
  void cutToHeadroom(const Lots& agentLots);
  void cutAdditional(const Lots& agentLots, int role);
  bool isSomething(size_t lotCount) const;

  RoleTable& roles_;
  AgentTable& agents_;
  QuotaLedger& ledger_;
  const int kinds_;
  /** Part of the offer that meets guarantees (stage 1). */
  std::vector<double> guaranteedPlain_;
  std::vector<double> guaranteedLots_;
  bool guaranteed_ = false;
  std::vector<uint8_t> usable_;
  std::vector<double> budget_;
  std::vector<double> sums_;
};

}  // namespace mete
