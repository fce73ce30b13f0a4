/**
 * The stored form of a registry: small entries by key, each the UTF-8 of a JSON text whose fields stand in the order of
 * its schema, so that equal contents are equal bytes. What is known of one agent is one entry; a change of it writes
 * that entry and the head, however many agents there are.
 *
 *     head             form, number and digest of the other entries, capabilities a master must have
 *     leader           MasterInfo of the master that wrote last
 *     agent/ID         an agent: admitted, unreachable or gone, deactivated, drained
 *     weights, quotas, maintenance
 *
 * Reading trusts nothing: an entry that is missing, damaged, unknown or from another write shows in the digest or in
 * the check of its schema. Forms are numbered; a form later than `REGISTRY_FORM` is refused.
 */
import type { Type } from 'typebox';
import { type ErrorCode, MeteError } from '../base/errors.js';
import type { RegistryEntry, RegistryWrite } from '../base/registry-backend.js';
import { compileChecks } from './check-compiler.js';
import { agentInfo, masterInfo, type MasterInfo } from './framework.js';
import { setSchedule, startMaintenance } from './maintenance.js';
import { drainInfo, machineId, maintenanceSchedule, quotaConfig } from './operator-shapes.js';
import { findFault } from './refusal.js';
import { type Digest, digestOf, minus, plus, printDigest } from './registry-digest.js';
import { emptyRegistry, type Registry, type RegistryOperation } from './registry.js';
import { type AgentId, flag, integer, list, number, object, optional, text, timeMs } from './schema.js';
import { type Node, nodeOf } from './shape.js';

/** The form that is written. */
export const REGISTRY_FORM = 1;

const head = object(
  {
    form: integer('The form of all entries.'),
    entries: integer('How many others there are.'),
    digest: text('Sum of their digests.'),
    minimumCapabilities: optional(list(text('A capability.'), 'What a master must know of to lead.')),
  },
  'What the other entries are.',
);

const agentEntry = object(
  {
    order: integer('Place in the order of the changes.'),
    info: optional(agentInfo),
    unreachableTimeMs: optional(timeMs('Unreachable since.', 'timestamp')),
    goneTimeMs: optional(timeMs('Gone since.', 'timestamp')),
    deactivated: optional(flag('Not offered.')),
    draining: optional(drainInfo),
  },
  'What is known of an agent.',
);
type AgentEntry = Type.Static<typeof agentEntry>;

const weights = list(object({ role: text('Role.'), weight: number('Weight.') }, 'A weight.'), 'Weights.');
const quotas = list(quotaConfig, 'Quotas.');
const maintenance = object(
  { schedule: optional(maintenanceSchedule), downMachines: optional(list(machineId, 'Machines that are down.')) },
  'Maintenance of machines.',
);

const SCHEMAS = { head, leader: masterInfo, agent: agentEntry, weights, quotas, maintenance } as const;
type Kind = keyof typeof SCHEMAS;
const KINDS = Object.keys(SCHEMAS) as Kind[];
const NODES = Object.fromEntries(KINDS.map((kind) => [kind, nodeOf(SCHEMAS[kind])])) as Readonly<Record<Kind, Node>>;
const compiled = compileChecks(KINDS.map((kind) => NODES[kind]));
const CHECKS = new Map(KINDS.map((kind, i) => [kind, compiled[i]!]));

const AGENT = 'agent/';
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** What was read: the registry, and who wrote it. */
export interface StoredRegistry {
  readonly registry: Registry;
  readonly leader: MasterInfo | null;
  readonly form: RegistryForm;
}

/** Keeps account of what is stored, and says what has to be written after operations were applied to the registry. */
export class RegistryForm {
  private readonly digests = new Map<string, Digest>();
  private readonly orders = new Map<AgentId, number>();
  private sum: Digest = [0, 0];
  private nextOrder = 1;
  private leader: MasterInfo | null = null;
  private storedBytes = 0;
  private readonly sizes = new Map<string, number>();

  constructor(private readonly registry: Registry) {}

  /** Bytes of all keys and values, but the head. */
  get bytes(): number {
    return this.storedBytes;
  }

  /** Takes note of an entry as it is stored. */
  note(key: string, value: Uint8Array | null, order = 0): void {
    const before = this.digests.get(key);
    if (before !== undefined) this.sum = minus(this.sum, before);
    this.storedBytes -= this.sizes.get(key) ?? 0;
    this.digests.delete(key);
    this.sizes.delete(key);
    if (order >= this.nextOrder) this.nextOrder = order + 1;
    if (value === null) return;
    const digest = digestOf(key, value);
    this.digests.set(key, digest);
    this.sizes.set(key, key.length + value.length);
    this.storedBytes += key.length + value.length;
    this.sum = plus(this.sum, digest);
  }

  noteOrder(id: AgentId, order: number): void {
    this.orders.set(id, order);
  }

  /** The head as it follows from the other entries. */
  head(): Type.Static<typeof head> {
    const needed = [...this.registry.minimumCapabilities].sort();
    return {
      form: REGISTRY_FORM,
      entries: this.digests.size,
      digest: printDigest(this.sum),
      ...(needed.length === 0 ? {} : { minimumCapabilities: needed }),
    };
  }

  /** What to write when `leader` takes over; the master before it thereby loses its place. */
  writesOfLeader(leader: MasterInfo): RegistryWrite[] {
    this.leader = leader;
    return this.writesOfKeys(['leader']);
  }

  /** What to write after these operations were applied and changed something. */
  writesOf(operations: readonly RegistryOperation[]): RegistryWrite[] {
    const keys = new Set<string>();
    for (const operation of operations) {
      const moved = movedAgent(operation);
      if (moved !== undefined) this.orders.set(moved, this.nextOrder++);
      for (const key of keysOf(operation)) keys.add(key);
    }
    return this.writesOfKeys(keys);
  }

  /** What to write where nothing is stored yet. */
  writesOfAll(): RegistryWrite[] {
    const { agents, unreachable, gone, deactivated } = this.registry;
    const ids = new Set([...agents.keys(), ...unreachable.keys(), ...gone.keys(), ...deactivated]);
    return this.writesOfKeys([...[...ids].map((id) => AGENT + id), 'weights', 'quotas', 'maintenance']);
  }

  private writesOfKeys(keys: Iterable<string>): RegistryWrite[] {
    const writes: RegistryWrite[] = [];
    for (const key of keys) {
      const value = this.valueAt(key);
      if (value === null && !this.digests.has(key)) continue;
      this.note(key, value);
      writes.push([key, value]);
    }
    writes.push(['head', encode('head', this.head())]);
    return writes;
  }

  private valueAt(key: string): Uint8Array | null {
    if (key.startsWith(AGENT)) return this.agentAt(key.slice(AGENT.length) as AgentId);
    const { registry } = this;
    switch (key) {
      case 'leader':
        return this.leader === null ? null : encode('leader', this.leader);
      case 'weights':
        return unlessEmpty('weights', [...registry.weights].map(([role, weight]) => ({ role, weight })));
      case 'quotas':
        return unlessEmpty('quotas', [...registry.quotas.values()]);
      default: {
        const { schedule, machines } = registry.maintenance;
        if (schedule.windows === undefined) return null;
        const downMachines = [...machines.values()].filter(({ mode }) => mode === 'DOWN').map(({ id }) => id);
        return encode('maintenance', { schedule, downMachines });
      }
    }
  }

  private agentAt(id: AgentId): Uint8Array | null {
    const { agents, unreachable, gone, deactivated, draining } = this.registry;
    const known = {
      info: agents.get(id),
      unreachableTimeMs: unreachable.get(id),
      goneTimeMs: gone.get(id),
      deactivated: deactivated.has(id) ? true : undefined,
      draining: draining.get(id),
    };
    if (Object.values(known).every((value) => value === undefined)) {
      this.orders.delete(id);
      return null;
    }
    let order = this.orders.get(id);
    if (order === undefined) this.orders.set(id, (order = this.nextOrder++));
    return encode('agent', { order, ...known });
  }
}

/** The agent that an operation puts at the end of a list. */
function movedAgent(operation: RegistryOperation): AgentId | undefined {
  switch (operation.type) {
    case 'ADMIT_AGENT':
    case 'MARK_AGENT_REACHABLE':
      return operation.agentInfo.id;
    case 'MARK_AGENT_UNREACHABLE':
    case 'MARK_AGENT_GONE':
      return operation.agentId;
    default:
      return undefined;
  }
}

/** The keys that an operation may change. */
function keysOf(operation: RegistryOperation): string[] {
  switch (operation.type) {
    case 'UPDATE_WEIGHTS':
      return ['weights'];
    case 'UPDATE_QUOTA':
      return ['quotas'];
    case 'UPDATE_MAINTENANCE_SCHEDULE':
    case 'START_MAINTENANCE':
    case 'STOP_MAINTENANCE':
      return ['maintenance'];
    case 'PRUNE_AGENTS':
      return [...operation.unreachable, ...operation.gone].map((id) => AGENT + id);
    case 'ADMIT_AGENT':
    case 'UPDATE_AGENT':
    case 'MARK_AGENT_REACHABLE':
      return operation.agentInfo.id === undefined ? [] : [AGENT + operation.agentInfo.id];
    default:
      return [AGENT + operation.agentId];
  }
}

/**
 * The registry of stored entries. Throws MeteError, naming `place`: REGISTRY_CORRUPT, REGISTRY_TOO_NEW.
 */
export function readRegistry(entries: readonly RegistryEntry[], place: string): StoredRegistry {
  const byKey = new Map(entries);
  const registry = emptyRegistry();
  const form = new RegistryForm(registry);
  const stored = readHead(byKey.get('head'), place);
  for (const name of stored.minimumCapabilities ?? []) registry.minimumCapabilities.add(name);
  const agents: [AgentId, AgentEntry][] = [];
  let leader: MasterInfo | null = null;
  for (const [key, value] of byKey) {
    if (key === 'head') continue;
    if (key.startsWith(AGENT)) {
      const entry = decode('agent', key, value, place) as AgentEntry;
      agents.push([key.slice(AGENT.length) as AgentId, entry]);
      form.note(key, value, entry.order);
    } else {
      if (key === 'leader') leader = decode('leader', key, value, place) as MasterInfo;
      else readOther(registry, key, value, place);
      form.note(key, value);
    }
  }
  agents.sort(([, a], [, b]) => a.order - b.order);
  for (const [id, entry] of agents) enterAgent(registry, form, id, entry, place);
  const found = form.head();
  if (found.entries === stored.entries && found.digest === stored.digest) return { registry, leader, form };
  const value = `${found.entries} entries, digest ${found.digest}`;
  throw bad('REGISTRY_CORRUPT', place, value, `its head says ${stored.entries} entries, digest ${stored.digest}`);
}

function readHead(value: Uint8Array | undefined, place: string): Type.Static<typeof head> {
  if (value === undefined) throw bad('REGISTRY_CORRUPT', place, null, 'it has no head');
  const raw = parse('head', value, place);
  const form = typeof raw === 'object' && raw !== null ? (raw as { form?: unknown }).form : undefined;
  if (Number.isSafeInteger(form) && (form as number) > REGISTRY_FORM) {
    throw bad('REGISTRY_TOO_NEW', place, form, `it is of form ${String(form)}, this mete knows ${REGISTRY_FORM}`);
  }
  return decode('head', 'head', value, place) as Type.Static<typeof head>;
}

function readOther(registry: Registry, key: string, value: Uint8Array, place: string): void {
  switch (key) {
    case 'weights':
      for (const { role, weight } of decode('weights', key, value, place) as Type.Static<typeof weights>) {
        registry.weights.set(role, weight);
      }
      return;
    case 'quotas':
      for (const quota of decode('quotas', key, value, place) as Type.Static<typeof quotas>) {
        registry.quotas.set(quota.role, quota);
      }
      return;
    case 'maintenance': {
      const read = decode('maintenance', key, value, place) as Type.Static<typeof maintenance>;
      if (read.schedule !== undefined) setSchedule(registry.maintenance, read.schedule);
      startMaintenance(registry.maintenance, read.downMachines ?? []);
      return;
    }
    default:
      throw bad('REGISTRY_CORRUPT', place, key, 'an entry has a key that is not known');
  }
}

function enterAgent(registry: Registry, form: RegistryForm, id: AgentId, entry: AgentEntry, place: string): void {
  if (entry.info !== undefined) {
    const { id: own } = entry.info;
    if (own !== id) throw bad('REGISTRY_CORRUPT', place, own, `the entry of agent ${id} has this id`);
    registry.agents.set(id, entry.info);
  }
  if (entry.unreachableTimeMs !== undefined) registry.unreachable.set(id, entry.unreachableTimeMs);
  if (entry.goneTimeMs !== undefined) registry.gone.set(id, entry.goneTimeMs);
  if (entry.deactivated === true) registry.deactivated.add(id);
  if (entry.draining !== undefined) registry.draining.set(id, entry.draining);
  form.noteOrder(id, entry.order);
}

function unlessEmpty(kind: Kind, items: readonly unknown[]): Uint8Array | null {
  return items.length === 0 ? null : encode(kind, items);
}

function encode(kind: Kind, value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(ordered(NODES[kind], value)));
}

/** A value with the fields of its objects in the order of the schema. */
function ordered(node: Node, value: unknown): unknown {
  if (node.kind === 'list') return (value as readonly unknown[]).map((item) => ordered(node.item, item));
  if (node.kind === 'map') {
    const map = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(Object.keys(map).sort().map((key) => [key, ordered(node.value, map[key])]));
  }
  if (node.kind !== 'object') return value;
  const out: Record<string, unknown> = {};
  for (const { name, node: field } of node.fields) {
    const inner = (value as Readonly<Record<string, unknown>>)[name];
    if (inner !== undefined) out[name] = ordered(field, inner);
  }
  return out;
}

function parse(key: string, value: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(decoder.decode(value));
  } catch (cause) {
    throw bad('REGISTRY_CORRUPT', place, key, 'this entry is not JSON', cause);
  }
}

function decode(kind: Kind, key: string, bytes: Uint8Array, place: string): unknown {
  const value = parse(key, bytes, place);
  if (CHECKS.get(kind)!(value)) return value;
  const found = findFault(NODES[kind], value, key);
  throw bad('REGISTRY_CORRUPT', place, found?.value, `${found?.field ?? key}: ${found?.reason ?? 'it is malformed'}`);
}

/** An error about what is stored, with the usual mend. `value` null: it is about all of it. */
export function bad(code: ErrorCode, place: string, value: unknown, reason: string, cause?: unknown): MeteError {
  const mend =
    code === 'REGISTRY_TOO_NEW'
      ? 'start the version of mete that wrote it, or a later one'
      : 'restore a backup with `mete registry restore`; `mete registry check` shows what can be read';
  const field = value === null ? 'registry' : `registry (${place})`;
  return new MeteError(code, { field, value: value ?? place, reason, mend, cause });
}
