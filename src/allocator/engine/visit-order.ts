/**
 * The order in which a stage visits its candidates: ascending `mix32(ordinal ^ salt)`. Twin of native/core/visit_order.
 * Keys of distinct ordinals differ, so the order is unique and a subset is ordered as it is within the whole.
 */
import { mix32 } from '../../base/mix32.js';

const RADIX_BITS = 11;
const BUCKETS = 1 << RADIX_BITS;
const PASSES = 3;
const SMALL = 64;

export class VisitOrder {
  private keys = new Uint32Array(0);
  private agents = new Int32Array(0);
  private otherKeys = new Uint32Array(0);
  private otherAgents = new Int32Array(0);
  private readonly counts = new Uint32Array(BUCKETS);

  /** Orders `candidates`; the result is valid for `candidates.length` entries until the next call. */
  of(candidates: readonly number[], ordinals: Float64Array, salt: number): Int32Array {
    const count = candidates.length;
    if (this.agents.length < count) {
      const size = Math.max(count, this.agents.length * 2);
      this.keys = new Uint32Array(size);
      this.otherKeys = new Uint32Array(size);
      this.agents = new Int32Array(size);
      this.otherAgents = new Int32Array(size);
    }
    for (let i = 0; i < count; i++) {
      const agent = candidates[i]!;
      this.agents[i] = agent;
      this.keys[i] = mix32(ordinals[agent]! ^ salt);
    }
    if (count <= SMALL) this.insertionSort(count);
    else for (let pass = 0; pass < PASSES; pass++) this.radixPass(count, pass * RADIX_BITS);
    return this.agents;
  }

  private insertionSort(count: number): void {
    const { keys, agents } = this;
    for (let i = 1; i < count; i++) {
      const key = keys[i]!;
      const agent = agents[i]!;
      let at = i;
      for (; at > 0 && keys[at - 1]! > key; at--) {
        keys[at] = keys[at - 1]!;
        agents[at] = agents[at - 1]!;
      }
      keys[at] = key;
      agents[at] = agent;
    }
  }

  private radixPass(count: number, shift: number): void {
    const { keys, agents, otherKeys, otherAgents, counts } = this;
    counts.fill(0);
    for (let i = 0; i < count; i++) counts[(keys[i]! >>> shift) & (BUCKETS - 1)]!++;
    let sum = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const size = counts[bucket]!;
      counts[bucket] = sum;
      sum += size;
    }
    for (let i = 0; i < count; i++) {
      const to = counts[(keys[i]! >>> shift) & (BUCKETS - 1)]!++;
      otherKeys[to] = keys[i]!;
      otherAgents[to] = agents[i]!;
    }
    this.keys = otherKeys;
    this.otherKeys = keys;
    this.agents = otherAgents;
    this.otherAgents = agents;
  }
}
