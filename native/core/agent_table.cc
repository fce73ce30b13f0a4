/** Agents: their rows, what they have to offer, and the lists of open and named ones. */
#include "core/agent_table.h"

#include <algorithm>
#include <utility>

namespace mete {

void AgentTable::reserve(int agent) {
  const int old = capacity();
  if (agent < old) return;
  const int size = std::max({64, old * 2, agent + 1});
  plain_.resize(index(size), 0.0);
  agents.resize(size);
}

void AgentTable::setAgent(int agent, uint32_t ordinal, bool offerable, int bars) {
  reserve(agent);
  Agent& a = agents[agent];
  if (!a.known) {
    a.known = true;
    std::fill_n(plain(agent), kinds, 0.0);
    a.lots.clear();
    a.uniform = true;
    a.grantedRun = 0;
    a.indivisible = false;
  }
  a.ordinal = ordinal;
  a.offerable = offerable;
  a.bars = static_cast<uint8_t>(bars);
  openAgent(agent);
}

void AgentTable::removeAgent(int agent) {
  countHeadroom(agent, -1);
  agents[agent].known = false;
  agents[agent].lots = {};
  std::fill_n(plain(agent), kinds, 0.0);
}

void AgentTable::countHeadroom(int agent, double sign) {
  const double* amounts = plain(agent);
  for (int k = 0; k < kinds; k++) headroom[k] += sign * amounts[k];
  for (const EngineLot& lot : agents[agent].lots) {
    if (isQuotaLot(lot)) headroom[lot.kind] += sign * lot.amount;
  }
}

void AgentTable::setAvailable(int agent, const double* vector, std::vector<EngineLot>& lots) {
  countHeadroom(agent, -1);
  std::copy_n(vector, kinds, plain(agent));
  Agent& a = agents[agent];
  std::swap(a.lots, lots);
  int flags = 0;
  a.indivisible = false;
  for (const EngineLot& lot : a.lots) {
    flags |= lot.flags;
    if (isQuotaLot(lot) && (lot.flags & LotFlag::INDIVISIBLE) != 0) a.indivisible = true;
  }
  a.uniform = (flags & NOT_UNIFORM) == 0;
  countHeadroom(agent, 1);
  openAgent(agent);
}

void AgentTable::openAll() {
  for (int agent = 0; agent < capacity(); agent++) {
    if (agents[agent].known && !agents[agent].open && hasAnything(agent)) openAgent(agent);
  }
}

void AgentTable::compactOpen() {
  std::erase_if(open, [this](int32_t agent) { return !agents[agent].open; });
}

void AgentTable::clearNamed() {
  for (const int32_t agent : named) agents[agent].named = false;
  named.clear();
}

}  // namespace mete
