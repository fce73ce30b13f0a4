/** The shaping of offers: cutting to limits and headroom, and settling what was granted. */
#include "core/offering.h"

#include <algorithm>

namespace mete {

namespace {
constexpr size_t FIRST_LOTS = 16;
}

Offering::Offering(RoleTable& roles, AgentTable& agents, QuotaLedger& ledger)
    : plain(roles.kinds, 0.0),
      lots(FIRST_LOTS, 0.0),
      allocated(roles.kinds, 0.0),
      roles_(roles),
      agents_(agents),
      ledger_(ledger),
      kinds_(roles.kinds),
      guaranteedPlain_(roles.kinds, 0.0),
      guaranteedLots_(FIRST_LOTS, 0.0),
      usable_(FIRST_LOTS, 0),
      budget_(roles.kinds, 0.0),
      sums_(roles.kinds, 0.0) {}

void Offering::reserveLots(size_t count) {
  if (count <= lots.size()) return;
  const size_t size = std::max(count, lots.size() * 2);
  guaranteedLots_.assign(size, 0.0);
  usable_.assign(size, 0);
  lots.assign(size, 0.0);
}

void Offering::takeAll(int agent) {
  const Lots& agentLots = agents_.agents[agent].lots;
  reserveLots(agentLots.size());
  guaranteed_ = false;
  std::copy_n(agents_.plain(agent), kinds_, plain.begin());
  for (size_t l = 0; l < agentLots.size(); l++) lots[l] = agentLots[l].amount;
}

bool Offering::isPointless(int agent, int role) {
  if (!agents_.agents[agent].lots.empty()) return false;
  const size_t top = roles_.index(roles_.roles[role].topRole);
  const double* amounts = agents_.plain(agent);
  for (int k = 0; k < kinds_; k++) {
    if (amounts[k] <= 0 || roles_.limits[top + k] <= roles_.consumed[top + k]) continue;
    if (!ledger_.requiredAny || ledger_.surplus(k) > 0) return false;
    ledger_.heldBack = true;
  }
  return true;
}

bool Offering::beginRole(int agent, int role, double run) {
  const Lots& agentLots = agents_.agents[agent].lots;
  reserveLots(agentLots.size());
  bool any = false;
  const double* amounts = agents_.plain(agent);
  for (int k = 0; k < kinds_; k++) {
    if (amounts[k] > 0) any = true;
  }
  for (size_t l = 0; l < agentLots.size(); l++) {
    const EngineLot& lot = agentLots[l];
    const bool spent = lot.amount <= 0 || ((lot.flags & LotFlag::SHARED) != 0 && lot.offeredRun == run);
    const bool usable = !spent && (lot.role < 0 || roles_.mayUse(role, lot.role));
    usable_[l] = usable ? 1 : 0;
    if (usable) any = true;
  }
  return any;
}

/** Takes all that the client can read of what the role may use. */
void Offering::readable(int agent, int can) {
  const Lots& agentLots = agents_.agents[agent].lots;
  std::copy_n(agents_.plain(agent), kinds_, plain.begin());
  for (size_t l = 0; l < agentLots.size(); l++) {
    const bool isReadable = usable_[l] != 0 && (agentLots[l].flags & LOT_BARS & ~can) == 0;
    lots[l] = isReadable ? agentLots[l].amount : 0;
  }
}

/** Cuts quota-governed amounts to the budget, which is used up; tells whether anything was cut. */
bool Offering::cut(const Lots& agentLots, std::vector<double>& plainAmounts, std::vector<double>& lotAmounts) {
  bool isCut = false;
  for (int k = 0; k < kinds_; k++) {
    if (plainAmounts[k] > budget_[k]) {
      plainAmounts[k] = budget_[k];
      isCut = true;
    }
    budget_[k] -= plainAmounts[k];
  }
  for (size_t l = 0; l < agentLots.size(); l++) {
    const EngineLot& lot = agentLots[l];
    if (lotAmounts[l] <= 0 || !isQuotaLot(lot)) continue;
    if (lotAmounts[l] > budget_[lot.kind]) {
      lotAmounts[l] = (lot.flags & LotFlag::INDIVISIBLE) != 0 ? 0 : budget_[lot.kind];
      isCut = true;
    }
    budget_[lot.kind] -= lotAmounts[l];
  }
  return isCut;
}

void Offering::budgetFromLimits(int top) {
  const size_t at = roles_.index(top);
  for (int k = 0; k < kinds_; k++) {
    const double rest = roles_.limits[at + k] - roles_.consumed[at + k];
    budget_[k] = rest > 0 ? rest : 0;
  }
}

void Offering::cutToHeadroom(const Lots& agentLots) {
  if (!ledger_.requiredAny) return;
  for (int k = 0; k < kinds_; k++) budget_[k] = ledger_.surplus(k);
  if (cut(agentLots, plain, lots)) ledger_.heldBack = true;
}

bool Offering::shape(int agent, int role, int can) {
  const Lots& agentLots = agents_.agents[agent].lots;
  guaranteed_ = false;
  readable(agent, can);
  const int top = roles_.roles[role].topRole;
  if (roles_.roles[top].hasLimits) {
    budgetFromLimits(top);
    cut(agentLots, plain, lots);
  }
  cutToHeadroom(agentLots);
  return isSomething(agentLots.size());
}

bool Offering::shapeGuarantee(int agent, int role, int can) {
  const Lots& agentLots = agents_.agents[agent].lots;
  readable(agent, can);
  guaranteed_ = true;
  const size_t at = roles_.index(role);
  for (int k = 0; k < kinds_; k++) {
    const double unmet = roles_.guarantees[at + k] - roles_.consumed[at + k];
    budget_[k] = unmet > 0 ? unmet : 0;
    guaranteedPlain_[k] = plain[k];
  }
  for (size_t l = 0; l < agentLots.size(); l++) guaranteedLots_[l] = isQuotaLot(agentLots[l]) ? lots[l] : 0;
  cut(agentLots, guaranteedPlain_, guaranteedLots_);
  bool progress = false;
  for (int k = 0; k < kinds_; k++) {
    if (guaranteedPlain_[k] > 0) progress = true;
    plain[k] -= guaranteedPlain_[k];
  }
  for (size_t l = 0; l < agentLots.size(); l++) {
    if (guaranteedLots_[l] > 0) progress = true;
    lots[l] -= guaranteedLots_[l];
  }
  if (!progress) return false;
  cutAdditional(agentLots, role);
  for (int k = 0; k < kinds_; k++) plain[k] += guaranteedPlain_[k];
  for (size_t l = 0; l < agentLots.size(); l++) lots[l] += guaranteedLots_[l];
  return true;
}

/** What rides along with a guarantee stays within the role's limits and the surplus headroom. */
void Offering::cutAdditional(const Lots& agentLots, int role) {
  if (roles_.roles[role].hasLimits) {
    budgetFromLimits(role);
    for (int k = 0; k < kinds_; k++) budget_[k] -= guaranteedPlain_[k];
    for (size_t l = 0; l < agentLots.size(); l++) budget_[agentLots[l].kind] -= guaranteedLots_[l];
    for (int k = 0; k < kinds_; k++) {
      if (budget_[k] < 0) budget_[k] = 0;
    }
    cut(agentLots, plain, lots);
  }
  cutToHeadroom(agentLots);
}

bool Offering::isSomething(size_t lotCount) const {
  for (int k = 0; k < kinds_; k++) {
    if (plain[k] > 0) return true;
  }
  for (size_t l = 0; l < lotCount; l++) {
    if (lots[l] > 0) return true;
  }
  return false;
}

bool Offering::reachesMinimum(int agent, int minimum) {
  const Lots& agentLots = agents_.agents[agent].lots;
  std::copy_n(plain.begin(), kinds_, sums_.begin());
  for (size_t l = 0; l < agentLots.size(); l++) sums_[agentLots[l].kind] += lots[l];
  return roles_.reachesMinimum(minimum, sums_.data());
}

bool Offering::isWhole(int agent) const {
  const double* amounts = agents_.plain(agent);
  for (int k = 0; k < kinds_; k++) {
    if (plain[k] != amounts[k]) return false;
  }
  const Lots& agentLots = agents_.agents[agent].lots;
  for (size_t l = 0; l < agentLots.size(); l++) {
    if (lots[l] != agentLots[l].amount || (agentLots[l].flags & LotFlag::SHARED) != 0) return false;
  }
  return true;
}

void Offering::settle(int agent, int top, double run) {
  const size_t at = roles_.index(top);
  double* amounts = agents_.plain(agent);
  for (int k = 0; k < kinds_; k++) {
    const double amount = plain[k];
    allocated[k] = amount;
    amounts[k] -= amount;
    agents_.headroom[k] -= amount;
    roles_.consumed[at + k] += amount;
    if (guaranteed_) ledger_.meet(k, guaranteedPlain_[k]);
  }
  Lots& agentLots = agents_.agents[agent].lots;
  for (size_t l = 0; l < agentLots.size(); l++) {
    const double amount = lots[l];
    if (amount <= 0) continue;
    EngineLot& lot = agentLots[l];
    if ((lot.flags & LotFlag::SHARED) != 0) {
      lot.offeredRun = run;
      continue;
    }
    lot.amount -= amount;
    if ((lot.flags & LotFlag::NON_SCALAR) == 0) allocated[lot.kind] += amount;
    if (!isQuotaLot(lot)) continue;
    agents_.headroom[lot.kind] -= amount;
    roles_.consumed[at + lot.kind] += amount;
    if (guaranteed_) ledger_.meet(lot.kind, guaranteedLots_[l]);
  }
}

}  // namespace mete
