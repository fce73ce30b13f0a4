/** What the shapes that decline offers have in common: the cluster, and rounds of declining everything. */
import type { Offer } from '../../src/allocator/model.js';
import {
  FOREVER,
  fragmentedPorts,
  frameworksIn,
  INTERVAL_MS,
  type OfferingAllocator,
  partlyUsedAgents,
  recoverAll,
} from './cluster.js';
import type { Run } from './run.js';

export const DECLINE_TOTAL = 'cpus:24;mem:4096;disk:4096;ports:[31000-32000]';
const USED = `cpus:16;mem:2014;disk:1024;ports:${fragmentedPorts(16)}`;

/** Adds frameworks and partly used agents, timed; returns the offers that the first run makes. */
export function addCluster(
  run: Run,
  allocator: OfferingAllocator,
  size: { agents: number; frameworks: number },
): readonly Offer[] {
  const frameworks = frameworksIn('*', size.frameworks);
  const agents = partlyUsedAgents({ ...size, total: DECLINE_TOTAL, used: USED });
  run.once('add frameworks', () => {
    for (const framework of frameworks) allocator.addFramework(framework);
  });
  const { offers } = run.once('add agents', () => {
    for (const agent of agents) allocator.addAgent(agent);
    return allocator.run(0);
  });
  run.seeOffers('after adding', offers);
  return offers;
}

/** Declines everything for a year, then times a cycle; again and again. Returns the time after the last round. */
export function declineRounds(
  run: Run,
  allocator: OfferingAllocator,
  first: readonly Offer[],
  rounds: number,
): { offers: readonly Offer[]; nowMs: number } {
  let offers = first;
  let nowMs = 0;
  for (let round = 0; round < rounds; round++) {
    run.once('decline', () => recoverAll(allocator, offers, FOREVER));
    nowMs += INTERVAL_MS;
    const atMs = nowMs;
    offers = run.once('cycle', () => allocator.run(atMs)).offers;
    if (round === 0) run.also('round 0', 'cycle');
    run.seeOffers(`round ${round}`, offers);
  }
  return { offers, nowMs };
}
