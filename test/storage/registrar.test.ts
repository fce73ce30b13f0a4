/** The registrar: batches, outcomes, time-outs, what is stored and what is not, and what it refuses to start from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RegistryBackend, RegistryWrite } from '../../src/base/registry-backend.js';
import { type Registry, type RegistryOperation, snapshotRegistry } from '../../src/protocol/registry.js';
import { readRegistry, RegistryForm } from '../../src/protocol/registry-form.js';
import type { AgentId } from '../../src/protocol/schema.js';
import { createMemoryBackend, emptyStore, type MemoryStore } from '../../src/storage/memory-backend.js';
import { openRegistrar, type Registrar } from '../../src/storage/registrar.js';
import { masterInfo } from './conformance.js';

const id = (name: string): AgentId => name as AgentId;
const admit = (name: string): RegistryOperation => {
  return { type: 'ADMIT_AGENT', agentInfo: { id: id(name), hostname: name } };
};

/** A backend whose commits end when the test says so. */
interface Slow extends RegistryBackend {
  readonly commits: { readonly writes: readonly RegistryWrite[]; finish(error?: Error): void }[];
}

function slowBackend(store: MemoryStore = emptyStore()): Slow {
  const inner = createMemoryBackend(store);
  const commits: Slow['commits'] = [];
  return {
    ...inner,
    commits,
    commit: (version, writes) =>
      new Promise((resolve, reject) => {
        const finish = (error?: Error): void => {
          if (error !== undefined) reject(error);
          else inner.commit(version, writes).then(resolve, reject);
        };
        commits.push({ writes, finish });
      }),
  };
}

interface Opened {
  readonly registrar: Registrar;
  readonly failures: Error[];
}

async function open(backend: RegistryBackend, times: { fetch?: number; store?: number } = {}): Promise<Opened> {
  const failures: Error[] = [];
  const registrar = await openRegistrar({
    backend,
    leader: { ...masterInfo('M'), capabilities: [{ type: 'AGENT_DRAINING' }, { type: 'QUOTA_V2' }] },
    fetchTimeoutMs: times.fetch ?? 60_000,
    storeTimeoutMs: times.store ?? 60_000,
    onFailure: (error) => failures.push(error),
  });
  return { registrar, failures };
}

/** Opens on a slow backend, whose first commit is that of the leader. */
async function openSlow(slow: Slow, times = {}): Promise<Opened> {
  const opening = open(slow, times);
  await until(() => slow.commits.length === 1);
  slow.commits[0]!.finish();
  return opening;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(condition());
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const keysOf = (writes: readonly RegistryWrite[]): string[] => writes.map(([key]) => key);
const store = (registrar: Registrar, ...operations: RegistryOperation[]): Promise<boolean> =>
  new Promise((resolve) => registrar.store(operations, resolve));

test('[B19] what is asked during a write goes into the next one, and each operation has its own outcome', async () => {
  const slow = slowBackend();
  const { registrar } = await openSlow(slow);
  const told: [string, boolean][] = [];
  const ask = (name: string): void => registrar.store([admit(name)], (ok) => told.push([name, ok]));
  ask('a');
  ask('b');
  await until(() => slow.commits.length === 2);
  assert.deepEqual(keysOf(slow.commits[1]!.writes), ['agent/a', 'agent/b', 'head']);
  for (const name of ['c', 'a', 'd']) ask(name);
  await settle();
  assert.equal(slow.commits.length, 2, 'one write at a time');
  assert.equal(registrar.metrics()['registrar/queued_operations'], 5);
  assert.deepEqual(told, []);
  slow.commits[1]!.finish();
  await until(() => slow.commits.length === 3);
  assert.deepEqual(told, [['a', true], ['b', true]]);
  assert.deepEqual(keysOf(slow.commits[2]!.writes), ['agent/c', 'agent/d', 'head']);
  slow.commits[2]!.finish();
  await until(() => told.length === 5);
  assert.deepEqual(told.slice(2), [['c', true], ['a', false], ['d', true]]);
  assert.equal(registrar.metrics()['registrar/queued_operations'], 0);
});

test('[B20] nothing is answered before it is stored, and nothing at all after a write has failed', async () => {
  const kept = emptyStore();
  const slow = slowBackend(kept);
  const { registrar, failures } = await openSlow(slow);
  let answers = 0;
  registrar.store([admit('a')], () => answers++);
  registrar.store([admit('a')], () => answers++);
  await until(() => slow.commits.length === 2);
  await settle();
  assert.equal(answers, 0, 'a refusal may follow from what is not stored yet');
  assert.equal(kept.version, 1);
  registrar.store([admit('b')], () => answers++);
  slow.commits[1]!.finish(new Error('the disk is on fire'));
  await until(() => failures.length === 1);
  registrar.store([admit('c')], () => answers++);
  await settle();
  assert.match(failures[0]!.message, /REGISTRY_UNAVAILABLE.*the disk is on fire/);
  assert.deepEqual([answers, slow.commits.length, failures.length], [0, 2, 1]);
  await registrar.close();
});

test('what changes nothing is not written', async () => {
  const slow = slowBackend();
  const { registrar } = await openSlow(slow);
  assert.equal(await store(registrar, { type: 'REACTIVATE_AGENT', agentId: id('x') }), true);
  assert.equal(await store(registrar, { type: 'REMOVE_AGENT', agentId: id('x') }), false);
  assert.equal(slow.commits.length, 1);
});

test('[B18] reading and writing that take too long end the registrar, with the flag that says how long', async () => {
  const never: RegistryBackend = { ...createMemoryBackend(), load: () => new Promise(() => undefined) };
  await assert.rejects(open(never, { fetch: 1 }), /TIMED_OUT.*memory.*1ms.*--registry-fetch-timeout/);
  const stuck = slowBackend();
  await assert.rejects(open(stuck, { store: 1 }), /TIMED_OUT.*--registry-store-timeout/);
  const slow = slowBackend();
  const { registrar, failures } = await openSlow(slow, { store: 50 });
  let answered = false;
  registrar.store([admit('a')], () => (answered = true));
  await until(() => failures.length === 1);
  assert.match(failures[0]!.message, /TIMED_OUT.*50ms.*writing.*--registry-store-timeout/);
  slow.commits[1]!.finish();
  await settle();
  assert.equal(answered, false);
  await registrar.close();
});

test('[B180] the registrar tells how large, how many, how long', async () => {
  const { registrar } = await open(createMemoryBackend());
  const before = registrar.metrics();
  assert.equal(before['registrar/log/recovered'], 1);
  assert.ok(before['registrar/state_fetch_ms']! >= 0);
  assert.equal('registrar/state_store_ms' in before, false);
  await store(registrar, admit('a'));
  await store(registrar, admit('b'));
  const after = registrar.metrics();
  assert.ok(after['registrar/registry_size_bytes']! > before['registrar/registry_size_bytes']!);
  assert.equal(after['registrar/state_store_ms/count'], 2);
  for (const name of ['', '/min', '/max', '/p50', '/p90', '/p95', '/p99', '/p999', '/p9999']) {
    assert.ok(after[`registrar/state_store_ms${name}`]! >= 0, name);
  }
});

const machine = { hostname: 'm1', ip: '10.0.0.1' };
const ALL: readonly RegistryOperation[] = [
  ...['a', 'b', 'c', 'd'].map(admit),
  { type: 'MARK_AGENT_UNREACHABLE', agentId: id('b'), unreachableTimeMs: 1.5e12 },
  { type: 'MARK_AGENT_GONE', agentId: id('c'), goneTimeMs: 1.6e12 },
  { type: 'DRAIN_AGENT', agentId: id('a'), config: { maxGracePeriodMs: 60_000, markGone: true } },
  { type: 'DEACTIVATE_AGENT', agentId: id('d') },
  { type: 'UPDATE_WEIGHTS', weights: [{ role: 'ads/ä', weight: 2.5 }] },
  { type: 'UPDATE_QUOTA', configs: [{ role: 'web', guarantees: { cpus: 1 }, limits: { cpus: 4 } }] },
  {
    type: 'UPDATE_MAINTENANCE_SCHEDULE',
    schedule: { windows: [{ machineIds: [machine], unavailability: { startMs: 1.7e12, durationMs: 1_000 } }] },
  },
  { type: 'START_MAINTENANCE', machines: [machine] },
];

test('[B16] agents in all states, drains, weights, quotas, maintenance and the leader are kept', async () => {
  const kept = emptyStore();
  const { registrar } = await open(createMemoryBackend(kept));
  assert.equal(await store(registrar, ...ALL), true);
  const read = readRegistry([...kept.entries], 'memory');
  assert.deepEqual(snapshotRegistry(read.registry), snapshotRegistry(registrar.registry));
  assert.equal(read.leader?.id, 'M');
  assert.deepEqual([...read.registry.minimumCapabilities].sort(), ['AGENT_DRAINING', 'QUOTA_V2']);
  const next = await open(createMemoryBackend(kept));
  assert.deepEqual(snapshotRegistry(next.registrar.registry), snapshotRegistry(registrar.registry));
});

test('[E27] nothing of tasks, frameworks, offers or allocations is stored', async () => {
  const kept = emptyStore();
  const { registrar } = await open(createMemoryBackend(kept));
  await store(registrar, ...ALL);
  const keys = [...kept.entries.keys()].map((key) => key.replace(/^agent\/.*/, 'agent')).sort();
  assert.deepEqual([...new Set(keys)], ['agent', 'head', 'leader', 'maintenance', 'quotas', 'weights']);
  const fields = [...kept.entries].flatMap(([key, value]) => {
    return key.startsWith('agent/') ? Object.keys(JSON.parse(Buffer.from(value).toString()) as object) : [];
  });
  const known = ['deactivated', 'draining', 'goneTimeMs', 'info', 'order', 'unreachableTimeMs'];
  assert.deepEqual([...new Set(fields)].sort(), known);
});

const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const operations: fc.Arbitrary<RegistryOperation> = fc.oneof(
  names.map(admit),
  names.map((name): RegistryOperation => ({ type: 'MARK_AGENT_UNREACHABLE', agentId: id(name), unreachableTimeMs: 5 })),
  names.map((name): RegistryOperation => {
    return { type: 'MARK_AGENT_REACHABLE', agentInfo: { id: id(name), hostname: 'r' } };
  }),
  names.map((name): RegistryOperation => ({ type: 'MARK_AGENT_GONE', agentId: id(name), goneTimeMs: 7 })),
  names.map((name): RegistryOperation => ({ type: 'REMOVE_AGENT', agentId: id(name) })),
  names.map((name): RegistryOperation => ({ type: 'DRAIN_AGENT', agentId: id(name), config: {} })),
  names.map((name): RegistryOperation => ({ type: 'REACTIVATE_AGENT', agentId: id(name) })),
  names.map((name): RegistryOperation => ({ type: 'PRUNE_AGENTS', unreachable: [id(name)], gone: [id(name)] })),
  names.map((role): RegistryOperation => ({ type: 'UPDATE_QUOTA', configs: [{ role, limits: { cpus: 2 } }] })),
  names.map((role): RegistryOperation => ({ type: 'UPDATE_QUOTA', configs: [{ role }] })),
);

/** A registry without regard to the order of its sets. */
function plain({ agents, unreachable, gone, deactivated, draining, weights, quotas }: Registry): unknown {
  return [[...agents], [...unreachable], [...gone], [...deactivated].sort(), draining, weights, quotas];
}

test('[B25] whatever is asked, what is read again is what was there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(operations, { maxLength: 4 }), { maxLength: 12 }), async (batches) => {
      const kept = emptyStore();
      const { registrar } = await open(createMemoryBackend(kept));
      for (const batch of batches) await store(registrar, ...batch);
      const { registry, form } = readRegistry([...kept.entries], 'memory');
      const sorted = (value: unknown): unknown =>
        value instanceof Map ? [...(value as Map<string, unknown>)].sort(([a], [b]) => (a < b ? -1 : 1)) : value;
      const read = (plain(registry) as unknown[]).map(sorted);
      assert.deepEqual(read, (plain(registrar.registry) as unknown[]).map(sorted));
      assert.deepEqual(Buffer.from(kept.entries.get('head')!).toString(), JSON.stringify(form.head()));
      // The same content is the same bytes, but for the places in the order.
      const anew = new Map(new RegistryForm(registry).writesOfAll());
      assert.deepEqual(anew.get('quotas') ?? null, kept.entries.get('quotas') ?? null);
    }),
    { numRuns: 200 },
  );
});

/** A store with an agent and a quota, and what it says when it is opened after a change. */
async function tampered(change: (entries: Map<string, Uint8Array>) => void): Promise<string> {
  const kept = emptyStore();
  const { registrar } = await open(createMemoryBackend(kept));
  await store(registrar, ...ALL);
  change(kept.entries);
  return open(createMemoryBackend(kept)).then(
    () => 'it opened',
    (error: unknown) => String((error as Error).message),
  );
}

type Change = (value: Record<string, unknown>) => void;

function rewrite(entries: Map<string, Uint8Array>, key: string, change: Change): void {
  const value = JSON.parse(Buffer.from(entries.get(key)!).toString()) as Record<string, unknown>;
  change(value);
  entries.set(key, Buffer.from(JSON.stringify(value)));
}

test('what is damaged, unknown or of a later version is refused with its name and a mend', async () => {
  const cases: [(entries: Map<string, Uint8Array>) => void, RegExp][] = [
    [(entries) => entries.delete('head'), /REGISTRY_CORRUPT.*it has no head.*mete registry restore/],
    [(entries) => entries.delete('agent/a'), /REGISTRY_CORRUPT.*its head says/],
    [(entries) => entries.set('agent/a', entries.get('agent/d')!), /REGISTRY_CORRUPT.*agent a has this id/],
    [(entries) => rewrite(entries, 'agent/b', (v) => (v['unreachableTimeMs'] = 9)), /REGISTRY_CORRUPT.*digest/],
    [(entries) => rewrite(entries, 'agent/b', (v) => (v['tasks'] = [])), /REGISTRY_CORRUPT.*agent\/b\.tasks/],
    [(entries) => entries.set('agent/a', Buffer.from('{')), /REGISTRY_CORRUPT.*agent\/a.*not JSON/],
    [(entries) => entries.set('offers', Buffer.from('[]')), /REGISTRY_CORRUPT.*offers.*key that is not known/],
    [(entries) => rewrite(entries, 'head', (v) => (v['form'] = 2)), /REGISTRY_TOO_NEW.*form 2.*or a later one/],
    [
      (entries) => rewrite(entries, 'head', (v) => (v['minimumCapabilities'] = ['TELEPATHY'])),
      /REGISTRY_TOO_NEW.*missing the following minimum capabilities: TELEPATHY/,
    ],
  ];
  for (const [change, text] of cases) assert.match(await tampered(change), text);
  assert.equal(await tampered(() => undefined), 'it opened');
});
