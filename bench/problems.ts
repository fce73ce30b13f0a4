/** The table of problems, in the order in which they run. */
import addAndUpdateAgent from './add-and-update-agent/scenario.js';
import allocatorBacklog from './allocator-backlog/scenario.js';
import cluster from './cluster/scenario.js';
import codec from './codec/scenario.js';
import declineFiltered from './decline-filtered/scenario.js';
import declineOffers from './decline-offers/scenario.js';
import extremeSuppressOffers from './extreme-suppress-offers/scenario.js';
import http from './http/scenario.js';
import failover from './failover/scenario.js';
import fullSort from './full-sort/scenario.js';
import type { Problem } from './house/problem.js';
import idleCycle from './idle-cycle/scenario.js';
import largeAndSmallQuota from './large-and-small-quota/scenario.js';
import metrics from './metrics/scenario.js';
import multiFrameworkAllocations from './multi-framework-allocations/scenario.js';
import nonQuotaVsQuota from './non-quota-vs-quota/scenario.js';
import oneDirtyAgent from './one-dirty-agent/scenario.js';
import persistentVolumes from './persistent-volumes/scenario.js';
import pi from './pi/scenario.js';
import registry from './registry/scenario.js';
import resourceLabels from './resource-labels/scenario.js';
import resources from './resources/scenario.js';
import suppressOffers from './suppress-offers/scenario.js';
import transport from './transport/scenario.js';
import updateAllocation from './update-allocation/scenario.js';
import wordcount from './wordcount/scenario.js';

export const PROBLEMS: readonly Problem[] = [
  declineOffers,
  declineFiltered,
  suppressOffers,
  extremeSuppressOffers,
  addAndUpdateAgent,
  allocatorBacklog,
  largeAndSmallQuota,
  nonQuotaVsQuota,
  multiFrameworkAllocations,
  updateAllocation,
  persistentVolumes,
  resourceLabels,
  metrics,
  fullSort,
  resources,
  idleCycle,
  oneDirtyAgent,
  codec,
  transport,
  registry,
  http,
  wordcount,
  pi,
  cluster,
  failover,
];
