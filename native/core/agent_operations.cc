/**
 * Operations on agents, what they have to offer, refusals and exclusions (see opcodes.h). Twin of
 * src/allocator/engine/agent-operations.ts.
 */
#include <algorithm>

#include "core/operands.h"

namespace mete {

namespace {

void setAgent(Operands& p) {
  AgentTable& agents = p.tables.agents;
  const int agent = p.freshId(agents.capacity());
  const uint32_t ordinal = p.word();
  const bool offerable = p.smallInteger(0, 2) == 1;
  const int bars = p.smallInteger(0, 256);
  agents.setAgent(agent, ordinal, offerable, bars);
}

void removeAgent(Operands& p) {
  const int agent = p.agent();
  if (!p.tables.refusals.of(agent).empty()) p.fail("removes an agent that has refusals");
  p.tables.agents.removeAgent(agent);
  p.cycle.quotaMoved = true;
}

void setAvailable(Operands& p) {
  const int agent = p.agent();
  const double* vector = p.vector();
  const int count = p.count();
  p.lots.clear();
  for (int l = 0; l < count; l++) {
    EngineLot lot{};
    lot.descriptor = p.id();
    lot.kind = p.smallInteger(0, p.kinds);
    lot.flags = static_cast<uint8_t>(p.smallInteger(0, 256));
    lot.role = p.idOrNone();
    lot.amount = p.number();
    lot.value = p.value();
    p.lots.push_back(lot);
  }
  p.tables.agents.setAvailable(agent, vector, p.lots);
  p.cycle.quotaMoved = true;
}

void defineValue(Operands& p) {
  ValueTable& values = p.tables.values;
  if (p.id() != values.size()) p.fail("defines a value out of turn");
  values.define(p.content());
}

void addRefusal(Operands& p) {
  RefusalTable& refusals = p.tables.refusals;
  const int refusal = p.freshId(refusals.capacity());
  const int agent = p.agent();
  const double* vector = p.vector();
  const int count = p.count();
  p.refusedLots.clear();
  for (int l = 0; l < count; l++) {
    RefusedLot lot{};
    lot.descriptor = p.id();
    lot.amount = p.number();
    lot.value = p.value();
    p.refusedLots.push_back(lot);
  }
  if (refusals.exists(refusal)) p.fail("adds a refusal that exists");
  refusals.add(refusal, agent, vector, p.refusedLots);
}

void removeRefusal(Operands& p) {
  const int refusal = p.refusal();
  p.tables.agents.openAgent(p.tables.refusals.agent(refusal));
  p.tables.refusals.remove(refusal);
}

void setRefused(Operands& p) {
  const int refusal = p.refusal();
  const int client = p.client();
  const bool refused = p.smallInteger(0, 2) == 1;
  p.tables.refusals.setRefused(refusal, client, refused);
  if (!refused) p.tables.agents.openAgent(p.tables.refusals.agent(refusal));
}

void setExcluded(Operands& p) {
  std::vector<std::vector<uint8_t>>& excluded = p.tables.excluded;
  const size_t constraint = p.smallInteger(0, static_cast<int>(excluded.size()) + 1);
  const int agent = p.agent();
  const bool exclude = p.smallInteger(0, 2) == 1;
  if (constraint == excluded.size()) excluded.emplace_back();
  std::vector<uint8_t>& row = excluded[constraint];
  if (static_cast<size_t>(agent) >= row.size()) row.resize(std::max(64, agent * 2), 0);
  row[agent] = exclude ? 1 : 0;
  if (!exclude) p.tables.agents.openAgent(agent);
}

void nameAgent(Operands& p) { p.tables.agents.nameAgent(p.agent()); }

constexpr Operation OPERATIONS[] = {
    {Op::SET_AGENT, setAgent},
    {Op::REMOVE_AGENT, removeAgent},
    {Op::SET_AVAILABLE, setAvailable},
    {Op::ADD_REFUSAL, addRefusal},
    {Op::REMOVE_REFUSAL, removeRefusal},
    {Op::SET_REFUSED, setRefused},
    {Op::SET_EXCLUDED, setExcluded},
    {Op::NAME_AGENT, nameAgent},
    {Op::DEFINE_VALUE, defineValue},
};

}  // namespace

std::span<const Operation> agentOperations() { return OPERATIONS; }

}  // namespace mete
