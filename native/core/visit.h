/**
 * The visit of one agent in one stage: walk roles, then the clients of each role, and grant. Twin of
 * src/allocator/engine/visit.ts.
 *
 * Both walks follow the order in which the sorters stood when the walk began: granting only marks nodes stale, and
 * orders are refreshed when the next walk begins.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "core/agent_table.h"
#include "core/grants.h"
#include "core/offering.h"
#include "core/quota_ledger.h"
#include "core/refusals.h"
#include "core/role_table.h"
#include "core/shared_holds.h"
#include "core/shuffle.h"
#include "core/sorter_forest.h"
#include "core/value_table.h"

namespace mete {

struct EngineOptions {
  /** Resource kinds per vector. */
  int kinds = 0;
  uint32_t seed = 0;
  bool randomRoles = false;
  bool randomFrameworks = false;
  /** The tree of roles is ordered by H-DRF, not by naive DRF. */
  bool hierarchicalRoles = false;
  /** False: re-sort everything at each visit and visit every agent at each cycle. For comparison only. */
  bool incremental = true;
};

/** What an engine counted since it was made; work counters make a claim about an algorithm checkable. */
struct EngineCounters {
  uint64_t cycles = 0;
  uint64_t visits = 0;
  uint64_t clientChecks = 0;
  uint64_t grants = 0;
  uint64_t sorts = 0;
};

/** The tables of an engine. */
struct EngineTables {
  explicit EngineTables(const EngineOptions& options)
      : forest(options.kinds, options.incremental, options.hierarchicalRoles),
        roles(options.kinds),
        agents(options.kinds),
        refusals(options.kinds, values),
        holds(forest),
        ledger(roles, agents) {}

  SorterForest forest;
  RoleTable roles;
  AgentTable agents;
  ValueTable values;
  RefusalTable refusals;
  SharedHolds holds;
  QuotaLedger ledger;
  GrantList grants;
  /** For each constraint, a flag for each agent that it excludes. */
  std::vector<std::vector<uint8_t>> excluded;
};

class Visit {
 public:
  Visit(EngineTables& tables, const EngineOptions& options, EngineCounters& counters);

  void beginStage(double run, int stage, uint32_t salt);

  /** Visits one agent that exists; grants go to the grant list. */
  void visit(int agent);

 private:
  void walkRoles(int parent);
  void visitRole(int role);
  void walkClientsForWhole(int role);
  bool takesWhole(int client);
  bool refusesWhole(int client);
  bool coversWhole(int refusal, size_t at);
  bool wholeReaches(int minimum);
  void startShuffleOf(int role, int root);
  void walkClients(int role);
  bool offerTo(int role, int client);
  bool isExcluded(int client) const;
  void grant(int client);

  EngineTables& tables_;
  const EngineOptions& options_;
  EngineCounters& counters_;
  double run_ = 0;
  int stage_ = 1;
  uint32_t salt_ = 0;
  int agent_ = 0;
  bool anythingLeft_ = false;
  /** Counts what an agent has left; verdicts on it are stamped with the count, negative for no. For the fast walk. */
  int64_t remainder_ = 0;
  std::vector<int64_t> coverVerdicts_;
  std::vector<int64_t> minimumVerdicts_;
  Offering offering_;
  LeafWeights leafWeights_;
  Shuffle roleShuffle_;
  Shuffle clientShuffle_;
};

}  // namespace mete
