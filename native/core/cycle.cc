/** The course of a cycle: who is a candidate, two stages, and who is closed afterwards. */
#include "core/cycle.h"

#include "core/mix32.h"

namespace mete {

Cycle::Cycle(EngineTables& tables, const EngineOptions& options, EngineCounters& counters)
    : tables_(tables), options_(options), counters_(counters), visit_(tables, options, counters) {}

void Cycle::start(double run, bool allAgents) {
  AgentTable& agents = tables_.agents;
  QuotaLedger& ledger = tables_.ledger;
  counters_.cycles++;
  tables_.grants.clear();
  if (quotaMoved) {
    ledger.begin();
    if (ledger.hasRelaxed()) relaxed = true;
    quotaMoved = false;
  }
  if (relaxed || !options_.incremental) {
    agents.openAll();
    ledger.heldBack = false;
    relaxed = false;
  }
  const std::vector<int32_t>& list = allAgents ? agents.open : agents.named;
  if (!list.empty() && somebodyIsActive()) {
    gather(list);
  } else {
    candidates_.clear();
  }
  agents.clearNamed();
  if (candidates_.empty()) return;
  ledger.begin();
  if (ledger.requiredAny) runStage(run, 1);
  runStage(run, 2);
  ledger.end();
  // Stage 2 may have met guarantees which `required` still counted: look again before saying that nothing moved.
  quotaMoved = ledger.heldBack;
  close(run);
}

/** Whether any client can be offered anything; if not, agents stay open until one can. */
bool Cycle::somebodyIsActive() {
  SorterForest& forest = tables_.forest;
  for (const Role& role : tables_.roles.roles) {
    if (!role.known || !forest.isRoot(role.frameworkRoot)) continue;
    if (!forest.children(role.frameworkRoot).empty()) return true;
  }
  return false;
}

/** Collects the agents worth a visit; those that cannot be offered wait until a change opens them again. */
void Cycle::gather(const std::vector<int32_t>& list) {
  AgentTable& agents = tables_.agents;
  candidates_.clear();
  for (const int32_t agent : list) {
    if (!agents.agents[agent].open) continue;
    const bool offerable = agents.exists(agent) && agents.agents[agent].offerable;
    if (offerable && agents.hasAnything(agent)) {
      candidates_.push_back(agent);
    } else {
      agents.closeAgent(agent);
    }
  }
  if (candidates_.empty()) agents.compactOpen();
}

void Cycle::runStage(double run, int stage) {
  // Math.imul takes a run modulo 2^32, too.
  const uint32_t salt = stageSalt(options_.seed, static_cast<uint32_t>(static_cast<uint64_t>(run)), stage);
  visit_.beginStage(run, stage, salt);
  for (const int32_t agent : order_.of(candidates_, tables_.agents.agents, salt)) {
    if (stage == 1 && !tables_.ledger.requiredAny) return;
    visit_.visit(agent);
  }
}

/** Closes the visited agents that interested nobody. Those whose remainder was never looked at stay open. */
void Cycle::close(double run) {
  AgentTable& agents = tables_.agents;
  const bool governed = tables_.roles.limitedCount > 0 || tables_.ledger.requiredAny;
  for (const int32_t agent : candidates_) {
    const Agent& a = agents.agents[agent];
    const bool mayInterest = a.grantedRun == run || (governed && a.indivisible);
    if (!mayInterest || !agents.hasAnything(agent)) agents.closeAgent(agent);
  }
  agents.compactOpen();
}

}  // namespace mete
