/**
 * One allocation cycle over the open candidates: stage 1 for unmet guarantees, stage 2 for everybody. Twin of
 * src/allocator/engine/cycle.ts.
 *
 * Skipping is exact: an agent is closed only when a whole visit granted nothing, and every change that could make some
 * client interested opens it again (docs/allocator.md, "What is skipped"). With nothing open a cycle does nothing.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "core/visit.h"
#include "core/visit_order.h"

namespace mete {

class Cycle {
 public:
  Cycle(EngineTables& tables, const EngineOptions& options, EngineCounters& counters);

  /** Set when quota, consumption or headroom may have moved since the last cycle. */
  bool quotaMoved = true;
  /** Set when some client may now take what it could not before, on any agent. */
  bool relaxed = true;

  /** Runs the cycle numbered `run`; the grants are in the grant list afterwards. */
  void start(double run, bool allAgents);

 private:
  bool somebodyIsActive();
  void gather(const std::vector<int32_t>& list);
  void runStage(double run, int stage);
  void close(double run);

  EngineTables& tables_;
  const EngineOptions& options_;
  EngineCounters& counters_;
  Visit visit_;
  VisitOrder order_;
  std::vector<int32_t> candidates_;
};

}  // namespace mete
