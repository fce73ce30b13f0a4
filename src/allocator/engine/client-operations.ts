/** Operations on roles, quota, clients and minimums (see `opcodes.ts`). Twin of native/core/client_operations. */
import { Op } from './opcodes.js';
import type { Handlers, Operands } from './operands.js';

function setRole(p: Operands): void {
  const { forest, roles } = p.tables;
  const role = p.freshId(roles.capacity);
  const roleNode = p.idOrNone();
  const frameworkRoot = p.idOrNone();
  const parentRole = p.idOrNone();
  const treeSalt = p.integer(0, 2 ** 32);
  if (roleNode >= 0) p.existing(forest.exists(roleNode), 'role node');
  if (frameworkRoot >= 0) p.existing(frameworkRoot > 0 && forest.isRoot(frameworkRoot), 'framework root');
  if (parentRole >= 0) p.existing(roles.roleExists(parentRole) && !roles.mayUse(parentRole, role), 'parent role');
  roles.setRole(role, roleNode, frameworkRoot, parentRole, treeSalt);
  p.cycle.relaxed = true;
}

function removeRole(p: Operands): void {
  p.tables.roles.removeRole(p.role());
  p.cycle.quotaMoved = true;
  p.cycle.relaxed = true;
}

function setQuota(p: Operands): void {
  const role = p.role();
  const at = p.vector();
  p.limits();
  p.tables.roles.setQuota(role, p.buffer, at);
  p.cycle.quotaMoved = true;
  p.cycle.relaxed = true;
}

function consume(p: Operands): void {
  const role = p.role();
  addConsumption(p, role, p.vector());
}

function addConsumption(p: Operands, role: number, at: number): void {
  const { roles } = p.tables;
  const top = roles.topRole[role]!;
  const governed = roles.hasLimits[top] === 1 || roles.hasGuarantees[top] === 1;
  for (let k = 0, i = top * p.kinds; k < p.kinds; k++, i++) {
    const amount = p.buffer[at + k]!;
    roles.consumed[i]! += amount;
    if (amount < 0 && governed) p.cycle.relaxed = true;
  }
  if (governed) p.cycle.quotaMoved = true;
}

function setClient(p: Operands): void {
  const { roles } = p.tables;
  const client = p.freshId(roles.clientCapacity);
  const node = p.node();
  const role = p.role();
  const lacks = p.integer(0, 256);
  const can = p.integer(0, 256);
  const minimum = p.integer(0, roles.minimums.length);
  const constraint = p.idOrNone();
  roles.setClient(client, node, role, lacks, can, minimum, constraint);
  p.cycle.relaxed = true;
}

function removeClient(p: Operands): void {
  p.tables.roles.removeClient(p.client());
}

function setMinimum(p: Operands): void {
  const { roles } = p.tables;
  const minimum = p.integer(0, roles.minimums.length + 1);
  const count = p.count();
  const alternatives: { kind: number; amount: number }[][] = [];
  for (let a = 0; a < count; a++) {
    const entries = p.count();
    const alternative: { kind: number; amount: number }[] = [];
    for (let e = 0; e < entries; e++) alternative.push({ kind: p.integer(0, p.kinds), amount: p.number() });
    alternatives.push(alternative);
  }
  roles.minimums[minimum] = alternatives;
  p.cycle.relaxed = true;
}

function hold(p: Operands): void {
  const client = p.client();
  const { roles, forest } = p.tables;
  const grants = p.number();
  const at = p.vector();
  const quotaAt = p.vector();
  const role = roles.clientRole[client]!;
  const roleNode = roles.roleNode[role]!;
  p.existing(roleNode >= 0, 'role node');
  forest.allocate(roles.clientNode[client]!, p.buffer, at, grants);
  forest.allocate(roleNode, p.buffer, at, grants);
  addConsumption(p, role, quotaAt);
}

function holdShared(p: Operands): void {
  const client = p.client();
  const agent = p.agent();
  const descriptor = p.id();
  const kind = p.integer(0, p.kinds);
  const amount = p.number();
  const copies = p.copies();
  const { roles, holds } = p.tables;
  const roleNode = roles.roleNode[roles.clientRole[client]!]!;
  p.existing(roleNode >= 0, 'role node');
  holds.change(roles.clientNode[client]!, agent, descriptor, kind, amount, copies);
  holds.change(roleNode, agent, descriptor, kind, amount, copies);
}

export const CLIENT_OPERATIONS: Handlers = [
  [Op.SET_ROLE, setRole],
  [Op.REMOVE_ROLE, removeRole],
  [Op.SET_QUOTA, setQuota],
  [Op.CONSUME, consume],
  [Op.SET_CLIENT, setClient],
  [Op.REMOVE_CLIENT, removeClient],
  [Op.SET_MINIMUM, setMinimum],
  [Op.HOLD, hold],
  [Op.HOLD_SHARED, holdShared],
];
