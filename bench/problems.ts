/** The table of problems, in the order in which they run. */
import addAndUpdateAgent from './add-and-update-agent/scenario.js';
import allocatorBacklog from './allocator-backlog/scenario.js';
import declineFiltered from './decline-filtered/scenario.js';
import declineOffers from './decline-offers/scenario.js';
import extremeSuppressOffers from './extreme-suppress-offers/scenario.js';
import type { Problem } from './house/problem.js';
import idleCycle from './idle-cycle/scenario.js';
import oneDirtyAgent from './one-dirty-agent/scenario.js';
import suppressOffers from './suppress-offers/scenario.js';

export const PROBLEMS: readonly Problem[] = [
  declineOffers,
  declineFiltered,
  suppressOffers,
  extremeSuppressOffers,
  addAndUpdateAgent,
  allocatorBacklog,
  idleCycle,
  oneDirtyAgent,
];
