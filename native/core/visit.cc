/** The two walks of a visit, and granting. */
#include "core/visit.h"

#include "core/mix32.h"

namespace mete {

Visit::Visit(EngineTables& tables, const EngineOptions& options, EngineCounters& counters)
    : tables_(tables),
      options_(options),
      counters_(counters),
      offering_(tables.roles, tables.agents, tables.ledger) {}

void Visit::beginStage(double run, int stage, uint32_t salt) {
  run_ = run;
  stage_ = stage;
  salt_ = salt;
}

void Visit::visit(int agent) {
  SorterForest& forest = tables_.forest;
  agent_ = agent;
  anythingLeft_ = tables_.agents.hasAnything(agent);
  if (!anythingLeft_ || !forest.exists(0)) return;
  counters_.visits++;
  remainder_++;
  if (!options_.randomRoles) {
    walkRoles(0);
    return;
  }
  roleShuffle_.start(leafWeights_.of(forest, 0), drawSalt(salt_, tables_.agents.agents[agent].ordinal, 0));
  for (int node = roleShuffle_.next(); node >= 0 && anythingLeft_; node = roleShuffle_.next()) {
    visitRole(tables_.roles.roleAt(node));
  }
}

void Visit::walkRoles(int parent) {
  const SorterForest& forest = tables_.forest;
  for (const int32_t node : tables_.forest.children(parent)) {
    if (!anythingLeft_) return;
    if (forest.state(node) == NodeState::ACTIVE) {
      visitRole(tables_.roles.roleAt(node));
    } else {
      walkRoles(node);
    }
  }
}

void Visit::visitRole(int role) {
  if (role < 0) return;
  const RoleTable& roles = tables_.roles;
  const Role& r = roles.roles[role];
  const bool isUniform = tables_.agents.agents[agent_].uniform;
  if (stage_ == 1) {
    if (r.hasGuarantees && roles.isUnmet(role)) walkClients(role);
  } else if (isUniform && !tables_.ledger.requiredAny && !roles.roles[r.topRole].hasLimits) {
    walkClientsForWhole(role);
  } else if (!offering_.isPointless(agent_, role)) {
    walkClients(role);
  }
}

/** Every client would be offered all that is left: the first that may and wants takes it. */
void Visit::walkClientsForWhole(int role) {
  SorterForest& forest = tables_.forest;
  const RoleTable& roles = tables_.roles;
  const int root = roles.roles[role].frameworkRoot;
  if (!forest.isRoot(root)) return;
  if (options_.randomFrameworks) {
    startShuffleOf(role, root);
    for (int node = clientShuffle_.next(); node >= 0; node = clientShuffle_.next()) {
      if (takesWhole(roles.clientAt(node))) return;
    }
    return;
  }
  for (const int32_t node : forest.children(root)) {
    if (takesWhole(roles.clientAt(node))) return;
  }
}

bool Visit::takesWhole(int client) {
  if (client < 0) return false;
  const Client& c = tables_.roles.clients[client];
  counters_.clientChecks++;
  if ((tables_.agents.agents[agent_].bars & c.lacks) != 0 || isExcluded(client)) return false;
  if (refusesWhole(client)) return false;
  if (!wholeReaches(c.minimum)) return false;
  offering_.takeAll(agent_);
  grant(client);
  return true;
}

/** Whether the client refused something on this agent that covers all that is left. */
bool Visit::refusesWhole(int client) {
  const auto list = tables_.refusals.of(agent_);
  for (size_t i = 0; i < list.size(); i++) {
    if (tables_.refusals.isRefusedBy(list[i], client) && coversWhole(list[i], i)) return true;
  }
  return false;
}

bool Visit::coversWhole(int refusal, size_t at) {
  if (at >= coverVerdicts_.size()) coverVerdicts_.resize(at + 1, 0);
  const int64_t known = coverVerdicts_[at];
  if (known == remainder_ || known == -remainder_) return known > 0;
  offering_.takeAll(agent_);
  const std::vector<EngineLot>& lots = tables_.agents.agents[agent_].lots;
  const bool covers = tables_.refusals.contains(refusal, offering_.plain.data(), lots, offering_.lots.data());
  coverVerdicts_[at] = covers ? remainder_ : -remainder_;
  return covers;
}

bool Visit::wholeReaches(int minimum) {
  if (static_cast<size_t>(minimum) >= minimumVerdicts_.size()) minimumVerdicts_.resize(minimum + 1, 0);
  const int64_t known = minimumVerdicts_[minimum];
  if (known == remainder_ || known == -remainder_) return known > 0;
  offering_.takeAll(agent_);
  const bool reached = offering_.reachesMinimum(agent_, minimum);
  minimumVerdicts_[minimum] = reached ? remainder_ : -remainder_;
  return reached;
}

void Visit::startShuffleOf(int role, int root) {
  const uint32_t ordinal = tables_.agents.agents[agent_].ordinal;
  const uint32_t salt = drawSalt(salt_, ordinal, tables_.roles.roles[role].treeSalt);
  clientShuffle_.start(leafWeights_.of(tables_.forest, root), salt);
}

/** The general walk: what a client is offered depends on the role, the client, quota and headroom. */
void Visit::walkClients(int role) {
  SorterForest& forest = tables_.forest;
  const RoleTable& roles = tables_.roles;
  const int root = roles.roles[role].frameworkRoot;
  if (!forest.isRoot(root) || !offering_.beginRole(agent_, role, run_)) return;
  if (options_.randomFrameworks) {
    startShuffleOf(role, root);
    for (int node = clientShuffle_.next(); node >= 0; node = clientShuffle_.next()) {
      if (!offerTo(role, roles.clientAt(node))) return;
    }
    return;
  }
  for (const int32_t node : forest.children(root)) {
    if (!offerTo(role, roles.clientAt(node))) return;
  }
}

/** Offers what the client may have; false when nothing is left for the role. */
bool Visit::offerTo(int role, int client) {
  if (client < 0) return true;
  const Client& c = tables_.roles.clients[client];
  const Agent& agent = tables_.agents.agents[agent_];
  counters_.clientChecks++;
  if ((agent.bars & c.lacks) != 0 || isExcluded(client)) return true;
  const bool any =
      stage_ == 1 ? offering_.shapeGuarantee(agent_, role, c.can) : offering_.shape(agent_, role, c.can);
  if (!any || !offering_.reachesMinimum(agent_, c.minimum)) return true;
  for (const int32_t refusal : tables_.refusals.of(agent_)) {
    if (!tables_.refusals.isRefusedBy(refusal, client)) continue;
    if (tables_.refusals.contains(refusal, offering_.plain.data(), agent.lots, offering_.lots.data())) return true;
  }
  grant(client);
  return (stage_ == 2 || tables_.roles.isUnmet(role)) && offering_.beginRole(agent_, role, run_);
}

bool Visit::isExcluded(int client) const {
  const int constraint = tables_.roles.clients[client].constraint;
  if (constraint < 0 || static_cast<size_t>(constraint) >= tables_.excluded.size()) return false;
  const std::vector<uint8_t>& row = tables_.excluded[constraint];
  return static_cast<size_t>(agent_) < row.size() && row[agent_] == 1;
}

/** Gives the shaped offer to a client: the agent has it no longer, both sorters and the quota ledger count it. */
void Visit::grant(int client) {
  SorterForest& forest = tables_.forest;
  const Client& c = tables_.roles.clients[client];
  const Role& role = tables_.roles.roles[c.role];
  Agent& agent = tables_.agents.agents[agent_];
  const std::vector<EngineLot>& lots = agent.lots;
  if (offering_.isWhole(agent_)) {
    tables_.grants.addWhole(client, agent_);
  } else {
    tables_.grants.addPartial(client, agent_, offering_.plain, offering_.lots, lots.size());
  }
  counters_.grants++;
  agent.grantedRun = run_;
  offering_.settle(agent_, role.topRole, run_);
  remainder_++;
  if (stage_ == 1) tables_.ledger.recount();
  forest.allocate(c.node, offering_.allocated.data(), 1);
  forest.allocate(role.roleNode, offering_.allocated.data(), 1);
  for (size_t l = 0; l < lots.size(); l++) {
    const EngineLot& lot = lots[l];
    if (offering_.lots[l] <= 0 || (lot.flags & LotFlag::SHARED) == 0) continue;
    tables_.holds.change(c.node, agent_, lot.descriptor, lot.kind, lot.amount, 1);
    tables_.holds.change(role.roleNode, agent_, lot.descriptor, lot.kind, lot.amount, 1);
  }
  anythingLeft_ = tables_.agents.hasAnything(agent_);
}

}  // namespace mete
