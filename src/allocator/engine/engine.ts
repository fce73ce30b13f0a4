/**
 * The line between mete's world of names and the integer engines.
 *
 * An engine knows numbers only: agents, roles, clients (a framework in a role), sorter nodes and resource kinds are
 * small integers that its caller hands out; amounts are integers of thousandths held in doubles (exact below 2^53).
 * State changes travel as a program of operations in `ops` (see `opcodes.ts`); one call runs an allocation cycle.
 * Two implementations exist, `typescript-engine.ts` and `native/core`, and they must agree bit for bit.
 * An engine owns no truth: its caller can rebuild it from its own state at any time.
 */

/** Integers per grant in `AllocationEngine.grants`: client, agent, shape (`GRANT_WHOLE` or number of lots), offset. */
export const GRANT_STRIDE = 4;

/** Shape of a grant that takes everything the agent had left (and the agent has no shared lots). */
export const GRANT_WHOLE = -1;

/** Most resource kinds of an engine. */
export const MAX_KINDS = 1024;

/** Doubles in the operation buffer: 512 KiB, a few thousand operations. */
export const OPS_CAPACITY = 65536;

/** What an engine counted since it was made; work counters make a claim about an algorithm checkable. */
export interface EngineCounters {
  cycles: number;
  visits: number;
  clientChecks: number;
  grants: number;
  sorts: number;
}

/** How an engine is made. */
export interface EngineOptions {
  /** Resource kinds per vector. A caller that meets more kinds rebuilds the engine with more. */
  readonly kinds: number;
  readonly seed: number;
  readonly randomRoles: boolean;
  readonly randomFrameworks: boolean;
  /** The tree of roles (root 0) is ordered by H-DRF, not by naive DRF. */
  readonly hierarchicalRoles: boolean;
  /** False: re-sort everything at each visit and visit every agent at each cycle. For comparison only. */
  readonly incremental: boolean;
}

/** Throws a RangeError unless an engine can be made with these options. */
export function checkOptions(options: EngineOptions): void {
  const { kinds, seed } = options;
  if (!Number.isInteger(kinds) || kinds < 0 || kinds > MAX_KINDS) {
    throw new RangeError(`${kinds} kinds are not within 0 and ${MAX_KINDS}`);
  }
  if (!Number.isInteger(seed) || Math.abs(seed) > 0xffffffff) throw new RangeError(`seed ${seed} is no 32-bit integer`);
}

export interface AllocationEngine {
  readonly name: 'native' | 'typescript';
  readonly kinds: number;
  /** Operation buffer, written by the caller, read by `apply`. */
  readonly ops: Float64Array;
  /**
   * Grants of the last cycle in order of granting, `GRANT_STRIDE` integers each. For a partial grant `offset` points
   * into `amounts`: `kinds` amounts of plain resources, then (lot index, amount) pairs.
   */
  readonly grants: Int32Array;
  readonly amounts: Float64Array;
  /**
   * Executes the operations in `ops[0, length)`. Throws a RangeError, having changed nothing, on a malformed program.
   */
  apply(length: number): void;
  /**
   * Runs one allocation cycle numbered `run` over all agents, or over those named since the last cycle.
   * Returns the number of grants; `grants` and `amounts` are valid until the next call. Throws a RangeError unless
   * `run` is a natural number.
   */
  cycle(run: number, allAgents: boolean): number;
  /**
   * Writes the active leaves below `root` in sorted order into `out`; returns their number. Throws a RangeError if
   * there is no such node or `out` has not room for all.
   */
  sort(root: number, out: Int32Array): number;
  /** As `sort`, in the order of a weighted shuffle that depends on nothing but the weights and the salt (32 bits). */
  shuffle(root: number, salt: number, out: Int32Array): number;
  /** Copies a node's state into `out`: share, grants, then `kinds` allocated amounts. Throws a RangeError as `sort`. */
  readNode(node: number, out: Float64Array): void;
  counters(): EngineCounters;
  /** Frees what the engine holds; every later call throws. */
  close(): void;
}

/** Makes an engine; the allocator receives one of these and so never imports a particular engine. */
export type EngineFactory = (options: EngineOptions) => AllocationEngine;
