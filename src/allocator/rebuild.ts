/**
 * Replaces the engine: for more kinds of resources, or to forget numbers that are no longer used. An engine owns no
 * truth, so the new one is told everything from the records; only the grants of each sorter node are read back.
 */
import { MeteError } from '../base/errors.js';
import type { Resources } from '../resources/resources.js';
import { Encoding, MAX_KINDS } from './encoding.js';
import type { AllocationEngine } from './engine/engine.js';
import { NodeState } from './engine/opcodes.js';
import type { RoleClients } from './model.js';
import { sendAgent, sendAvailable, sendClient, sendConsumption, sendSharedHolds } from './send.js';
import type { SorterTree } from './sorter-tree.js';
import { type AllocatorState, newProgram, noConstraints, roomFor, sendSettings } from './state.js';

/** Numbers that may go unused before they are worth forgetting. */
const COMPACTION_SLACK = 4096;

/** Grants of a node, and its amounts by resource name. */
interface NodeContent {
  node: number;
  grants: number;
  amounts: ReadonlyMap<string, number>;
}

/**
 * Makes sure that the engine has room for the kinds in `names`; call it when all else has been checked and nothing has
 * been changed. Throws MeteError (LIMIT_EXCEEDED) if more than `MAX_KINDS` would be in use.
 */
export function ensureKinds(state: AllocatorState, field: string, names: Iterable<string>): void {
  const wanted = new Set(names);
  if (!state.encoding.hasRoomFor(wanted)) makeRoom(state, field, wanted);
  for (const name of wanted) state.encoding.kind(name);
}

function makeRoom(state: AllocatorState, field: string, wanted: ReadonlySet<string>): void {
  const needed = new Set([...kindsInUse(state), ...wanted]).size;
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

/** Names of resources that something refers to. */
function kindsInUse(state: AllocatorState): Set<string> {
  const names = new Set<string>(state.settings.fairSharingExcludedResourceNames);
  const addAll = (keys: Iterable<string>): void => {
    for (const key of keys) names.add(key);
  };
  const addResources = (resources: Resources): void => {
    for (const lot of resources.lots) names.add(lot.descriptor.name);
  };
  for (const set of state.minimums.sets.flat()) addAll(set.keys());
  for (const framework of state.frameworks.values()) {
    for (const set of [...framework.minimums.values()].flat()) addAll(set.keys());
  }
  for (const role of state.roleTree.roles()) addAll([...role.quota.guarantees.keys(), ...role.quota.limits.keys()]);
  for (const agent of state.agents.values()) {
    addResources(agent.total);
    agent.holdings.forEach(addResources);
    for (const used of agent.unclaimed) addResources(used.resources);
  }
  for (const { resources } of state.filters.records()) addResources(resources);
  return names;
}

export function ensureKindsOf(state: AllocatorState, field: string, resources: readonly Resources[]): void {
  for (const value of resources) {
    for (const lot of value.lots) {
      if (state.encoding.kindIfKnown(lot.descriptor.name) !== undefined) continue;
      ensureKinds(
        state,
        field,
        resources.flatMap((r) => r.lots.map((l) => l.descriptor.name)),
      );
      return;
    }
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
  const names = state.encoding.kindNames();
  const contents = [...trees(state)].flatMap((tree) => contentsOf(old.engine, tree, names));
  const program = newProgram(state.settings, kinds);
  state.encoding = new Encoding(program);
  // All at once, also those that no engine needs to hear of now: the others are counted on when room is made.
  for (const name of kindsInUse(state)) state.encoding.kind(name);
  state.program = program;
  state.minimums.sets.length = 1;
  state.minimums.numbers.clear();
  state.constraints = noConstraints();
  resend(state);
  restoreContents(state, contents);
  state.builtSize = sizeOf(state);
  old.engine.close();
}

function* trees(state: AllocatorState): Generator<SorterTree> {
  yield state.roleSorter;
  for (const role of state.roles.values()) yield role.frameworks;
}

function contentsOf(engine: AllocationEngine, tree: SorterTree, names: readonly string[]): NodeContent[] {
  const nodes = [tree.root.id, ...[...tree.walk()].map(([, node]) => node.id)];
  return nodes.map((node) => {
    const row = new Float64Array(2 + engine.kinds);
    engine.readNode(node, row);
    const amounts = new Map(names.map((name, k) => [name, row[2 + k]!] as const).filter(([, amount]) => amount !== 0));
    return { node, grants: row[1]!, amounts };
  });
}

function makeNodesAndAgentsKnown({ program, nodeIds, agentIds }: AllocatorState): void {
  nodeIds.makeKnown((node) => {
    program.addNode(node, -1, 0, NodeState.INTERNAL, 1);
    program.removeNode(node);
  });
  agentIds.makeKnown((agent) => {
    program.setAgent(agent, 0, false, 0);
    program.removeAgent(agent);
  });
}

function makeClientsKnown({ program, clientIds, encoding }: AllocatorState, role: RoleClients): void {
  clientIds.makeKnown((client) => {
    program.setClient(client, role.frameworks.root.id, encoding.role(role.name), 0, 0, 0, -1);
    program.removeClient(client);
  });
}

/** Tells a new engine everything. */
function resend(state: AllocatorState): void {
  const { program, encoding } = state;
  sendSettings(state);
  makeNodesAndAgentsKnown(state);
  for (const tree of trees(state)) tree.moveTo(program);
  for (const agent of state.agents.values()) {
    sendAgent(state, agent);
    sendAvailable(state, agent);
  }
  let first = true;
  for (const role of state.roles.values()) {
    encoding.setRoleNodes(role.name, state.roleSorter.leafOf(role.name).id, role.frameworks.root.id);
    if (first) makeClientsKnown(state, role);
    first = false;
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
function restoreContents({ program, encoding }: AllocatorState, contents: readonly NodeContent[]): void {
  program.flush();
  const row = new Float64Array(2 + program.engine.kinds);
  for (const { node, grants, amounts } of contents) {
    program.engine.readNode(node, row);
    const missing = Array.from({ length: program.engine.kinds }, (_, k) => -row[2 + k]!);
    for (const [name, amount] of amounts) missing[encoding.kind(name)]! += amount;
    program.adjustNode(node, grants - row[1]!, missing);
  }
}
