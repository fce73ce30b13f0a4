/**
 * Operations on agents, what they have to offer, refusals and exclusions (see `opcodes.ts`). Twin of
 * native/core/agent_operations.
 */
import type { EngineLot } from './agent-table.js';
import { Op } from './opcodes.js';
import type { Handlers, Operands } from './operands.js';
import type { RefusedLot } from './refusals.js';

function setAgent(p: Operands): void {
  const { agents } = p.tables;
  const agent = p.freshId(agents.capacity);
  const ordinal = p.integer(0, 2 ** 32);
  const offerable = p.integer(0, 2);
  const bars = p.integer(0, 256);
  agents.setAgent(agent, ordinal, offerable, bars);
}

function removeAgent(p: Operands): void {
  const agent = p.agent();
  const { agents, refusals } = p.tables;
  if (refusals.of(agent).length > 0) p.fail('removes an agent that has refusals');
  agents.removeAgent(agent);
  p.cycle.quotaMoved = true;
}

function setAvailable(p: Operands): void {
  const agent = p.agent();
  const at = p.vector();
  const count = p.count();
  const lots: EngineLot[] = [];
  for (let l = 0; l < count; l++) {
    const descriptor = p.id();
    const kind = p.integer(0, p.kinds);
    const flags = p.integer(0, 256);
    const role = p.idOrNone();
    const amount = p.number();
    const value = p.value();
    lots.push({ descriptor, kind, flags, role, amount, value, offeredRun: 0 });
  }
  p.tables.agents.setAvailable(agent, p.buffer, at, lots);
  p.cycle.quotaMoved = true;
}

function defineValue(p: Operands): void {
  const { values } = p.tables;
  const value = p.id();
  if (value !== values.size) p.fail('defines a value out of turn');
  values.define(p.content());
}

function addRefusal(p: Operands): void {
  const { refusals } = p.tables;
  const refusal = p.freshId(refusals.capacity);
  const agent = p.agent();
  const at = p.vector();
  const count = p.count();
  const lots: RefusedLot[] = [];
  for (let l = 0; l < count; l++) {
    const descriptor = p.id();
    const amount = p.number();
    lots.push({ descriptor, amount, value: p.value() });
  }
  if (refusals.exists(refusal)) p.fail('adds a refusal that exists');
  refusals.add(refusal, agent, p.buffer, at, lots);
}

function removeRefusal(p: Operands): void {
  const refusal = p.refusal();
  const { refusals, agents } = p.tables;
  agents.openAgent(refusals.agent[refusal]!);
  refusals.remove(refusal);
}

function setRefused(p: Operands): void {
  const refusal = p.refusal();
  const client = p.client();
  const refused = p.integer(0, 2);
  const { refusals, agents } = p.tables;
  refusals.setRefused(refusal, client, refused);
  if (refused === 0) agents.openAgent(refusals.agent[refusal]!);
}

function setExcluded(p: Operands): void {
  const { excluded, agents } = p.tables;
  const constraint = p.integer(0, excluded.length + 1);
  const agent = p.agent();
  const exclude = p.integer(0, 2);
  const row = excluded[constraint] ?? new Uint8Array(0);
  excluded[constraint] = row;
  if (agent >= row.length) {
    const wider = new Uint8Array(Math.max(64, agent * 2));
    wider.set(row);
    excluded[constraint] = wider;
  }
  excluded[constraint][agent] = exclude;
  if (exclude === 0) agents.openAgent(agent);
}

function nameAgent(p: Operands): void {
  p.tables.agents.nameAgent(p.agent());
}

export const AGENT_OPERATIONS: Handlers = [
  [Op.SET_AGENT, setAgent],
  [Op.REMOVE_AGENT, removeAgent],
  [Op.SET_AVAILABLE, setAvailable],
  [Op.ADD_REFUSAL, addRefusal],
  [Op.REMOVE_REFUSAL, removeRefusal],
  [Op.SET_REFUSED, setRefused],
  [Op.SET_EXCLUDED, setExcluded],
  [Op.NAME_AGENT, nameAgent],
  [Op.DEFINE_VALUE, defineValue],
];
