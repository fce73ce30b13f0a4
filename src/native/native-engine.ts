/**
 * The C++ engine behind the interface of all engines: owns the buffers, makes one call per operation batch and cycle,
 * and gives grants more room when they need it.
 */
import {
  type AllocationEngine,
  type EngineCounters,
  type EngineOptions,
  GRANT_STRIDE,
  OPS_CAPACITY,
} from '../allocator/engine/engine.js';
import type { NativeAddon, NativeFunctions } from './load-addon.js';

export class NativeEngine implements AllocationEngine {
  readonly name = 'native';
  readonly kinds: number;
  readonly ops = new Float64Array(OPS_CAPACITY);
  grants = new Int32Array(256 * GRANT_STRIDE);
  amounts = new Float64Array(1024);
  private readonly native: NativeFunctions;

  /** Throws a RangeError for options that no engine has. */
  constructor(addon: NativeAddon, options: EngineOptions) {
    const { kinds, seed, randomRoles, randomFrameworks, hierarchicalRoles, incremental } = options;
    const { createEngine } = addon;
    this.native = createEngine(kinds, seed, randomRoles, randomFrameworks, hierarchicalRoles, incremental);
    this.kinds = kinds;
  }

  apply(length: number): void {
    this.native.apply(this.ops, length);
  }

  cycle(run: number, allAgents: boolean): number {
    const count = this.native.cycle(run, allAgents, this.grants, this.amounts);
    return count >= 0 ? count : this.fetchMore(-1 - count);
  }

  /** Makes room for `count` grants and gets them. */
  private fetchMore(count: number): number {
    const { native } = this;
    if (count * GRANT_STRIDE > this.grants.length) {
      this.grants = new Int32Array(Math.max(count * GRANT_STRIDE, this.grants.length * 2));
    }
    const amounts = native.amountCount();
    if (amounts > this.amounts.length) this.amounts = new Float64Array(Math.max(amounts, this.amounts.length * 2));
    return native.fetch(this.grants, this.amounts);
  }

  sort(root: number, out: Int32Array): number {
    return this.native.sort(root, out);
  }

  shuffle(root: number, salt: number, out: Int32Array): number {
    return this.native.shuffle(root, salt, out);
  }

  readNode(node: number, out: Float64Array): void {
    this.native.readNode(node, out);
  }

  counters(): EngineCounters {
    return this.native.counters();
  }

  close(): void {
    this.native.close();
  }
}
