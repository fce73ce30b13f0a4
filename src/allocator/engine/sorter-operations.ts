/** Operations on totals and sorter nodes (see `opcodes.ts`). Twin of native/core/sorter_operations. */
import { NodeState, Op } from './opcodes.js';
import type { Handlers, Operands } from './operands.js';
import { MAX_DEPTH } from './sorter-forest.js';

function setTotals(p: Operands): void {
  const at = p.vector();
  const { forest } = p.tables;
  forest.totals.set(p.buffer.subarray(at, at + p.kinds));
  forest.totalsChanged();
}

function setUnfairKinds(p: Operands): void {
  const at = p.vector();
  const { forest } = p.tables;
  for (let k = 0; k < p.kinds; k++) forest.unfairKinds[k] = p.buffer[at + k]! === 0 ? 0 : 1;
  forest.totalsChanged();
}

function addNode(p: Operands): void {
  const { forest } = p.tables;
  const node = p.freshId(forest.capacity);
  const parent = p.idOrNone();
  const label = p.number();
  const state = p.integer(NodeState.INTERNAL, NodeState.INACTIVE + 1);
  const weight = p.weight();
  if (forest.exists(node)) p.fail('adds a node that exists');
  if (parent >= 0) {
    p.existing(forest.exists(parent) && forest.state[parent] === NodeState.INTERNAL, 'parent');
    if (forest.depth[parent]! >= MAX_DEPTH) p.fail(`adds a node more than ${MAX_DEPTH} levels below its root`);
  }
  forest.addNode(node, parent, label, state, weight);
  p.cycle.relaxed = true;
}

function removeNode(p: Operands): void {
  const node = p.node();
  const { forest, holds, roles } = p.tables;
  if (forest.childrenOf(node) > 0) p.fail('removes a node that has children');
  holds.dropNode(node);
  roles.dropNode(node);
  forest.removeNode(node);
}

function setNodeState(p: Operands): void {
  const node = p.node();
  const state = p.integer(NodeState.INTERNAL, NodeState.INACTIVE + 1);
  if (state !== NodeState.INTERNAL && p.tables.forest.childrenOf(node) > 0) p.fail('makes a leaf of a parent');
  p.tables.forest.setState(node, state);
  if (state !== NodeState.INACTIVE) p.cycle.relaxed = true;
}

function setNodeWeight(p: Operands): void {
  const node = p.node();
  p.tables.forest.setWeight(node, p.weight());
}

function setNodeLabel(p: Operands): void {
  const node = p.node();
  p.tables.forest.setLabel(node, p.number());
}

function allocate(p: Operands): void {
  const node = p.node();
  const grants = p.number();
  const at = p.vector();
  p.tables.forest.allocate(node, p.buffer, at, grants);
}

function adjustNode(p: Operands): void {
  const node = p.node();
  const grants = p.number();
  const at = p.vector();
  p.tables.forest.adjust(node, p.buffer, at, grants);
}

function copyNode(p: Operands): void {
  const from = p.node();
  const to = p.node();
  if (from === to) p.fail('copies a node to itself');
  const { forest, holds } = p.tables;
  forest.copy(from, to);
  holds.copyNode(from, to);
}

function holdSharedNode(p: Operands): void {
  const node = p.node();
  const agent = p.id();
  const descriptor = p.id();
  const kind = p.integer(0, p.kinds);
  const amount = p.number();
  p.tables.holds.change(node, agent, descriptor, kind, amount, p.copies());
}

export const SORTER_OPERATIONS: Handlers = [
  [Op.SET_TOTALS, setTotals],
  [Op.SET_UNFAIR_KINDS, setUnfairKinds],
  [Op.ADD_NODE, addNode],
  [Op.REMOVE_NODE, removeNode],
  [Op.SET_NODE_STATE, setNodeState],
  [Op.SET_NODE_WEIGHT, setNodeWeight],
  [Op.SET_NODE_LABEL, setNodeLabel],
  [Op.ALLOCATE, allocate],
  [Op.ADJUST_NODE, adjustNode],
  [Op.COPY_NODE, copyNode],
  [Op.HOLD_SHARED_NODE, holdSharedNode],
];
