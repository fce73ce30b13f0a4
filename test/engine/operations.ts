/** Random valid operations on a world, each with how often it is chosen. */
import { NodeState, Op } from '../../src/allocator/engine/opcodes.js';
import type { World, WorldClient, WorldNode, WorldRole } from './world.js';

/** Writes an operation, or nothing if the world has no room for it. */
type Operation = (world: World) => void;

function onRole(operation: (world: World, role: WorldRole) => void): Operation {
  return (world) => {
    if (world.roles.size > 0) operation(world, world.choices.one([...world.roles.values()]));
  };
}

function onClient(operation: (world: World, client: WorldClient) => void): Operation {
  return (world) => {
    if (world.clients.size > 0) operation(world, world.choices.one([...world.clients.values()]));
  };
}

function onAgent(operation: (world: World, agent: number) => void): Operation {
  return (world) => {
    if (world.agents.size > 0) operation(world, world.choices.one([...world.agents]));
  };
}

function onNode(operation: (world: World, node: WorldNode) => void): Operation {
  return (world) => operation(world, world.choices.one([...world.nodes.values()]));
}

function flip(world: World, node: WorldNode | null): void {
  if (node === null) return;
  world.setState(node, node.state === NodeState.ACTIVE ? NodeState.INACTIVE : NodeState.ACTIVE);
}

function removeClient(world: World, client: WorldClient): void {
  const nodeFirst = world.choices.chance(50);
  if (nodeFirst && client.node !== null) world.removeNode(client.node);
  world.write(Op.REMOVE_CLIENT, client.id);
  world.clients.delete(client.id);
  if (client.node !== null) world.removeNode(client.node);
}

function removeRole(world: World, role: WorldRole): void {
  const used = [...world.roles.values()].some((other) => other.parent === role);
  if (used || role.root.children > 0 || [...world.clients.values()].some((client) => client.role === role)) return;
  world.write(Op.REMOVE_ROLE, role.id);
  world.roles.delete(role.id);
  if (role.node !== null) world.removeNode(role.node);
  world.removeNode(role.root);
}

function removeAgent(world: World, agent: number): void {
  for (const refusal of [...world.refusals.values()]) {
    if (refusal.agent !== agent) continue;
    world.write(Op.REMOVE_REFUSAL, refusal.id);
    world.refusals.delete(refusal.id);
  }
  world.write(Op.REMOVE_AGENT, agent);
  world.agents.delete(agent);
}

function removeRefusal(world: World): void {
  if (world.refusals.size === 0) return;
  const id = world.choices.one([...world.refusals.keys()]);
  world.write(Op.REMOVE_REFUSAL, id);
  world.refusals.delete(id);
}

/** Signs are random, so that what is held also shrinks. */
function signed(world: World, high: number): number[] {
  const sign = world.choices.chance(30) ? -1 : 1;
  return world.amounts(high).map((amount) => sign * amount);
}

function hold(world: World, client: WorldClient): void {
  if (client.role.node === null) return;
  world.write(Op.HOLD, client.id, world.choices.below(3), ...signed(world, 5), ...signed(world, 5));
}

function holdShared(world: World, client: WorldClient): void {
  if (client.role.node === null || world.agents.size === 0) return;
  const { choices } = world;
  const agent = choices.one([...world.agents]);
  const kind = choices.below(world.kinds);
  const descriptor = agent * 8 + choices.below(4);
  world.write(Op.HOLD_SHARED, client.id, agent, descriptor, kind, world.amount(5), choices.below(5) - 2);
}

function holdSharedNode(world: World, node: WorldNode): void {
  const { choices } = world;
  const lot = [choices.below(4), choices.below(30), choices.below(world.kinds)];
  world.write(Op.HOLD_SHARED_NODE, node.id, ...lot, world.amount(5), choices.below(5) - 2);
}

function setExcluded(world: World, agent: number): void {
  const constraint = world.choices.below(world.constraints + 1);
  if (constraint === world.constraints) world.constraints++;
  world.write(Op.SET_EXCLUDED, constraint, agent, world.choices.chance(65) ? 1 : 0);
}

function setQuota(world: World, role: WorldRole): void {
  if (role.parent !== null) return;
  const guarantees = world.choices.chance(70) ? world.amounts(12) : world.amounts(0);
  world.write(Op.SET_QUOTA, role.id, ...guarantees, ...world.limits());
}

function setUnfairKinds(world: World): void {
  world.write(Op.SET_UNFAIR_KINDS, ...Array.from({ length: world.kinds }, () => (world.choices.chance(20) ? 1 : 0)));
}

function copyNode(world: World, from: WorldNode): void {
  const to = world.choices.one([...world.nodes.values()]);
  if (to !== from) world.write(Op.COPY_NODE, from.id, to.id);
}

function revive(world: World, client: WorldClient): void {
  client.node ??= world.addNode(client.role.root, world.leafState());
  world.writeClient(client);
}

function dropNode(world: World, node: WorldNode): void {
  const isRoot = node.parent === null || node === world.roleRoot;
  if (!isRoot && node.children === 0) world.removeNode(node);
}

type Table = readonly (readonly [weight: number, operation: Operation])[];

/** Operations that open single agents at most, so that what was skipped before stays skipped. */
const CALM: Table = [
  [3, onRole((world, role) => world.write(Op.CONSUME, role.id, ...signed(world, 6)))],
  [5, onClient(hold)],
  [4, onClient(holdShared)],
  [8, onAgent((world, agent) => world.setAvailable(agent))],
  [2, onAgent((world, agent) => world.writeAgent(agent, ++world.ordinals))],
  [5, onAgent((world, agent) => world.write(Op.NAME_AGENT, agent))],
  [4, onAgent(setExcluded)],
  [6, (world) => world.agents.size > 0 && world.addRefusal()],
  [5, (world) => world.refusals.size > 0 && world.refuse(world.choices.one([...world.refusals.keys()]))],
  [4, removeRefusal],
  [3, (world) => world.write(Op.SET_TOTALS, ...world.amounts(60))],
  [2, onNode((world, node) => world.write(Op.SET_NODE_WEIGHT, node.id, world.weight()))],
  [2, onNode((world, node) => world.write(Op.SET_NODE_LABEL, node.id, world.label()))],
  [3, onNode((world, node) => world.write(Op.ALLOCATE, node.id, world.choices.below(3), ...signed(world, 5)))],
  [2, onNode((world, node) => world.write(Op.ADJUST_NODE, node.id, world.choices.below(3), ...signed(world, 5)))],
  [1, onNode(holdSharedNode)],
  [1, onNode(copyNode)],
];

const ALL: Table = [
  ...CALM,
  [6, (world) => world.addRole()],
  [3, onRole((world, role) => world.splitRole(role))],
  [2, onRole((world, role) => world.mergeRole(role))],
  [2, onRole(removeRole)],
  [4, onRole((world, role) => flip(world, role.node))],
  [4, onRole(setQuota)],
  [9, (world) => world.roles.size > 0 && world.addClient()],
  [3, onClient(revive)],
  [2, onClient(removeClient)],
  [4, onClient((world, client) => flip(world, client.node))],
  [10, (world) => world.addAgent()],
  [2, onAgent(removeAgent)],
  [3, (world) => world.setMinimum()],
  [1, setUnfairKinds],
  [1, onNode(dropNode)],
];

/** Writes one random operation; a calm one is none that concerns all agents. */
export function writeOperation(world: World, calm: boolean): void {
  const table = calm ? CALM : ALL;
  let rest = world.choices.below(table.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, operation] of table) {
    rest -= weight;
    if (rest >= 0) continue;
    operation(world);
    return;
  }
}
