/**
 * A whole allocation cycle on a large cluster, on each engine that works here: 10,000 agents with ports in use are
 * offered to 1,000 frameworks of one role, everything is declined for good, and it is done again. The shape is that of
 * Mesos' own DeclineOffers benchmark. Both engines must give the same offers before a time is shown.
 */
import type { EngineFactory } from '../allocator/engine/engine.js';
import { HierarchicalAllocator } from '../allocator/hierarchical-allocator.js';
import type { Offer } from '../allocator/model.js';
import { parseResources } from '../resources/parse-text.js';
import { formatTable } from './table.js';

const ROUNDS = 9;
const TOTAL = 'cpus:24;mem:4096;disk:4096;ports:[31000-32000]';
const USED_PORTS = [...Array.from({ length: 15 }, (_, i) => `${31000 + 2 * i}-${31000 + 2 * i}`), '31030-32000'];
const USED = `cpus:16;mem:2014;disk:1024;ports:[${USED_PORTS.join(',')}]`;
const FOR_EVER = { refuseSeconds: 365 * 24 * 3600 };

export interface CycleSize {
  readonly agents: number;
  readonly frameworks: number;
}

interface CycleResult {
  readonly engine: string;
  readonly cyclesMs: readonly number[];
  readonly digest: number;
  readonly offers: number;
}

/** A number that differs if any offer, or their order, differs. */
function digest(seed: number, offers: readonly Offer[]): number {
  let hash = seed;
  for (const { frameworkId, agentId, resources } of offers) {
    const text = `${frameworkId} ${agentId} ${resources.lots.length}`;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

function measure(name: string, engine: EngineFactory, size: CycleSize): CycleResult {
  const allocator = new HierarchicalAllocator({ engine });
  const total = parseResources(TOTAL);
  const used = parseResources(USED);
  for (let i = 0; i < size.frameworks; i++) {
    allocator.addFramework({ id: `framework${i}`, roles: ['*'], capabilities: ['MULTI_ROLE'] });
  }
  for (let i = 0; i < size.agents; i++) {
    const holder = { frameworkId: `framework${i % size.frameworks}`, role: '*', resources: used };
    allocator.addAgent({ id: `agent${i}`, total, used: [holder] });
  }
  let { offers } = allocator.run(0);
  const cyclesMs: number[] = [];
  let hash = digest(0, offers);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const { frameworkId, agentId, role, resources } of offers) {
      allocator.recoverResources(frameworkId, agentId, role, resources, FOR_EVER);
    }
    const before = performance.now();
    ({ offers } = allocator.allocate(round * 1000));
    cyclesMs.push(performance.now() - before);
    hash = digest(hash, offers);
  }
  allocator.close();
  return { engine: name, cyclesMs, digest: hash, offers: offers.length };
}

/** Runs the cycle on every engine given and compares; throws if two engines do not agree. */
export function demonstrateCycle(
  engines: readonly { name: string; factory: EngineFactory }[],
  size: CycleSize,
): string {
  const results = engines.map(({ name, factory }) => measure(name, factory, size));
  for (const result of results) {
    if (result.digest !== results[0]!.digest) throw new Error(`${result.engine} and ${results[0]!.engine} differ`);
  }
  const best = Math.min(...results.map((result) => median(result.cyclesMs)));
  const rows = results.map((result) => {
    const ms = median(result.cyclesMs);
    const perOffer = ((ms * 1000) / result.offers).toFixed(2);
    const ratio = `${(ms / best).toFixed(2)} x`;
    return [result.engine, `${ms.toFixed(2)} ms`, String(result.offers), `${perOffer} µs`, ratio];
  });
  const agreement = results.length > 1 ? '\nBoth engines gave the same offers in the same order.' : '';
  return formatTable(['engine', 'cycle (median)', 'offers', 'per offer', 'ratio'], rows) + agreement;
}
