/** What SuppressOffers and ExtremeSuppressOffers have in common: the cluster, and cycles after all offers came back. */
import type { Offer } from '../../src/allocator/model.js';
import {
  fragmentedPorts,
  frameworkId,
  frameworksIn,
  INTERVAL_MS,
  type OfferingAllocator,
  partlyUsedAgents,
  recoverAll,
} from './cluster.js';
import type { Run } from './run.js';

const TOTAL = 'cpus:24;mem:4096;disk:4096;ports:[31000-32000]';
const USED = `cpus:16;mem:1024;disk:1024;ports:${fragmentedPorts(16)}`;
const CYCLES = 5;

/** Adds the cluster, then five times: takes all offers back, suppresses `suppressed(cycle)` and times a cycle. */
export function suppressRounds(
  run: Run,
  allocator: OfferingAllocator,
  size: { agents: number; frameworks: number },
  suppressed: (cycle: number) => readonly [from: number, to: number],
): void {
  const frameworks = frameworksIn('*', size.frameworks);
  const agents = partlyUsedAgents({ ...size, total: TOTAL, used: USED });
  run.once('add frameworks', () => {
    for (const framework of frameworks) allocator.addFramework(framework);
  });
  let offers: readonly Offer[] = run.once('add agents', () => {
    for (const agent of agents) allocator.addAgent(agent);
    return allocator.run(0).offers;
  });
  run.seeOffers('after adding', offers);
  for (let cycle = 1; cycle <= CYCLES; cycle++) {
    const [from, to] = suppressed(cycle);
    run.once('recover', () => recoverAll(allocator, offers, null));
    for (let i = from; i < to; i++) allocator.suppressOffers(frameworkId(i));
    allocator.counters();
    offers = run.once(`cycle ${cycle}`, () => allocator.run(cycle * INTERVAL_MS)).offers;
    run.seeOffers(`cycle ${cycle}`, offers);
  }
}
