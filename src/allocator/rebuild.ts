/**
 * Replaces the engine: for more kinds of resources, or to forget numbers that are no longer used. An engine owns no
 * truth, so the new one is told everything from the records; only the grants of each sorter node are read back.
 */
import { MeteError } from '../base/errors.js';
import type { Resources } from '../resources/resources.js';
import { MAX_KINDS } from './encoding.js';
import type { AllocationEngine } from './engine/engine.js';
import type { EngineProgram } from './program.js';
import { sendAgent, sendAvailable, sendClient, sendConsumption, sendSharedHolds } from './send.js';
import type { SorterTree } from './sorter-tree.js';
import { type AllocatorState, newProgram, roomFor, sendSettings } from './state.js';

/** Numbers that may go unused before they are worth forgetting. */
const COMPACTION_SLACK = 4096;

/** Grants and amounts of a node. */
interface NodeContent {
  node: number;
  grants: number;
  amounts: Float64Array;
}

/**
 * Makes sure that the engine has room for the kinds in `names`; call it before changing anything.
 * Throws MeteError (LIMIT_EXCEEDED) if there would be more than `MAX_KINDS`.
 */
export function ensureKinds(state: AllocatorState, field: string, names: Iterable<string>): void {
  const needed = state.encoding.kindsWith(names);
  if (needed <= state.encoding.kinds) return;
  if (needed > MAX_KINDS) {
    throw new MeteError('LIMIT_EXCEEDED', {
      field,
      value: needed,
      reason: `a cluster can have at most ${MAX_KINDS} kinds of resources`,
      mend: 'use fewer resource names',
    });
  }
  rebuildEngine(state, roomFor(needed));
}

export function ensureKindsOf(state: AllocatorState, field: string, resources: Resources): void {
  for (const lot of resources.lots) {
    if (state.encoding.kindIfKnown(lot.descriptor.name) !== undefined) continue;
    const names = resources.lots.map((l) => l.descriptor.name);
    ensureKinds(state, field, names);
    return;
  }
}

/** Renumbers when most numbers are of things that are gone. */
export function compactIfWorthwhile(state: AllocatorState): void {
  if (sizeOf(state) > 2 * state.builtSize + COMPACTION_SLACK) rebuildEngine(state, state.encoding.kinds);
}

function sizeOf(state: AllocatorState): number {
  return state.encoding.size + state.minimums.sets.length;
}

/** Replaces the engine by a new one with room for `kinds` kinds and the same state. */
export function rebuildEngine(state: AllocatorState, kinds: number): void {
  const old = state.program;
  old.flush();
  const contents = [...trees(state)].flatMap((tree) => contentsOf(old.engine, tree));
  const program = newProgram(state.settings, kinds);
  state.encoding = state.encoding.renewed(program);
  state.program = program;
  state.minimums.sets.length = 1;
  state.minimums.numbers.clear();
  resend(state);
  restoreContents(program, contents);
  state.builtSize = sizeOf(state);
  old.engine.close();
}

function* trees(state: AllocatorState): Generator<SorterTree> {
  yield state.roleSorter;
  for (const role of state.roles.values()) yield role.frameworks;
}

function contentsOf(engine: AllocationEngine, tree: SorterTree): NodeContent[] {
  const nodes = [tree.root.id, ...[...tree.walk()].map(([, node]) => node.id)];
  return nodes.map((node) => {
    const row = new Float64Array(2 + engine.kinds);
    engine.readNode(node, row);
    return { node, grants: row[1]!, amounts: row.subarray(2) };
  });
}

/** Tells a new engine everything. */
function resend(state: AllocatorState): void {
  const { program, encoding } = state;
  sendSettings(state);
  for (const tree of trees(state)) tree.moveTo(program);
  for (const agent of state.agents.values()) {
    sendAgent(state, agent);
    sendAvailable(state, agent);
  }
  for (const role of state.roles.values()) {
    encoding.setRoleNodes(role.name, state.roleSorter.leafOf(role.name).id, role.frameworks.root.id);
    for (const client of role.clients) sendClient(state, client);
  }
  for (const agent of state.agents.values()) {
    for (const client of agent.holders) sendSharedHolds(state, client, agent);
  }
  sendConsumption(state);
  state.filters.moveTo(program, encoding);
  state.totalsMoved = true;
}

/** Brings every node to the content it had; shared copies have been counted already. */
function restoreContents(program: EngineProgram, contents: readonly NodeContent[]): void {
  program.flush();
  const row = new Float64Array(2 + program.engine.kinds);
  for (const { node, grants, amounts } of contents) {
    program.flush();
    program.engine.readNode(node, row);
    const missing = Array.from({ length: program.engine.kinds }, (_, k) => (amounts[k] ?? 0) - row[2 + k]!);
    program.adjustNode(node, grants - row[1]!, missing);
  }
}
