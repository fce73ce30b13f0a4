/** What every registry backend must do: `conform` declares the tests for one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegistryBackend, RegistryWrite } from '../../src/base/registry-backend.js';
import type { MasterInfo } from '../../src/protocol/framework.js';
import type { AgentId } from '../../src/protocol/schema.js';
import { openRegistrar, type Registrar } from '../../src/storage/registrar.js';

/** One place to keep a registry at, new and empty. */
export interface Ground {
  /** A backend at this place; a second one while the first is open, if `allowsTwo`. */
  open(): Promise<RegistryBackend>;
  close(): Promise<void>;
}

export interface Conforming {
  readonly name: string;
  readonly ground: () => Promise<Ground>;
  /** Two may be open at once: the version alone keeps them apart. */
  readonly allowsTwo: boolean;
  /** Why these cannot run here. */
  readonly skip?: string | false;
  /** Agents of the large registry. */
  readonly manyAgents: number;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function contents(backend: RegistryBackend): Promise<{ version: number; entries: Record<string, string> }> {
  const image = await backend.load();
  assert.ok(image !== null);
  const entries = image.entries.map(([key, value]) => [key, new TextDecoder().decode(value)] as const);
  assert.equal(new Set(entries.map(([key]) => key)).size, entries.length);
  return { version: image.version, entries: Object.fromEntries(entries) };
}

async function rejects(work: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(work, (error: { code?: unknown }) => {
    assert.equal(error.code, code);
    return true;
  });
}

/** Runs a test on a ground of its own; what it opened is closed, also if it fails. */
async function onGround(
  { ground }: Conforming,
  body: (open: () => Promise<RegistryBackend>) => Promise<void>,
): Promise<void> {
  const place = await ground();
  const opened: RegistryBackend[] = [];
  try {
    await body(async () => {
      const backend = await place.open();
      opened.push(backend);
      return backend;
    });
  } finally {
    await Promise.allSettled(opened.map((backend) => backend.close()));
    await place.close();
  }
}

/** Declares the tests. */
export function conform(subject: Conforming): void {
  const { name, skip = false } = subject;
  const check = (title: string, body: (open: () => Promise<RegistryBackend>) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, () => onGround(subject, body));
  };
  check('is empty at first, keeps what is written, and says what changed last', keepsWrites);
  check('survives being closed and opened', reopens);
  check('[E24] refuses a write for another version, and leaves everything as it was', (open) => refusesOld(open));
  check('keeps large values and many at once', keepsLarge);
  if (subject.allowsTwo) {
    check('[E24] of two writers one succeeds, the other learns it', twoWriters);
    check('[E24] a leader that was replaced cannot store any more', replacedLeader);
  }
  check(`keeps ${subject.manyAgents} agents`, (open) => manyAgents(open, subject.manyAgents));
}

async function keepsWrites(open: () => Promise<RegistryBackend>): Promise<void> {
  const backend = await open();
  assert.equal(await backend.load(), null);
  assert.equal(await backend.commit(0, [['a', bytes('1')], ['b/ü', bytes('2')]]), 1);
  assert.deepEqual(await contents(backend), { version: 1, entries: { a: '1', 'b/ü': '2' } });
  assert.equal(await backend.commit(1, [['a', null], ['c', bytes('')], ['b/ü', bytes('3')]]), 2);
  assert.equal(await backend.commit(2, [['never there', null]]), 3);
  assert.equal(await backend.commit(3, []), 4);
  assert.deepEqual(await contents(backend), { version: 4, entries: { 'b/ü': '3', c: '' } });
}

async function reopens(open: () => Promise<RegistryBackend>): Promise<void> {
  const first = await open();
  for (let i = 0; i < 20; i++) await first.commit(i, [[`key ${i}`, bytes(String(i))], ['last', bytes(String(i))]]);
  const before = await contents(first);
  await first.close();
  const second = await open();
  assert.deepEqual(await contents(second), before);
  assert.equal(before.version, 20);
  assert.equal(Object.keys(before.entries).length, 21);
  assert.equal(await second.commit(20, [['last', null]]), 21);
}

async function refusesOld(open: () => Promise<RegistryBackend>): Promise<void> {
  const backend = await open();
  await rejects(backend.commit(1, [['a', bytes('x')]]), 'REGISTRY_CONFLICT');
  assert.equal(await backend.load(), null);
  await backend.commit(0, [['a', bytes('1')]]);
  await backend.commit(1, [['a', bytes('2')]]);
  for (const version of [0, 1, 3]) {
    await rejects(backend.commit(version, [['a', bytes('x')], ['b', bytes('x')]]), 'REGISTRY_CONFLICT');
  }
  assert.deepEqual(await contents(backend), { version: 2, entries: { a: '2' } });
}

async function keepsLarge(open: () => Promise<RegistryBackend>): Promise<void> {
  const backend = await open();
  const large = 'x'.repeat(3_000_000);
  assert.equal(await backend.commit(0, [['large', bytes(large)], ['small', bytes('1')]]), 1);
  const writes: RegistryWrite[] = Array.from({ length: 3_000 }, (_, i) => [`key ${i}`, bytes('y'.repeat(1_000))]);
  assert.equal(await backend.commit(1, writes), 2);
  assert.equal(await backend.commit(2, [['small', bytes('2')]]), 3);
  await backend.close();
  const { version, entries } = await contents(await open());
  assert.equal(version, 3);
  assert.equal(Object.keys(entries).length, 3_002);
  assert.equal(entries['large'], large);
  assert.equal(entries['small'], '2');
  assert.equal(entries['key 2999'], 'y'.repeat(1_000));
}

async function twoWriters(open: () => Promise<RegistryBackend>): Promise<void> {
  const [first, second] = [await open(), await open()];
  const begun = [first.commit(0, [['a', bytes('1')]]), second.commit(0, [['a', bytes('2')]])];
  const started = await Promise.allSettled(begun);
  assert.deepEqual(started.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  for (let version = 1; version < 30; version++) {
    await Promise.all([first.load(), second.load()]);
    const both = [first, second].map((backend, i) =>
      backend.commit(version, [[`of ${version}`, bytes(`${i}`)], [`of ${i}`, bytes(`${version}`)]]),
    );
    const outcomes = await Promise.allSettled(both);
    const won = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    assert.equal(won.length, 1, JSON.stringify(outcomes));
    const [winner] = won;
    await rejects(both[1 - winner!]!, 'REGISTRY_CONFLICT');
    const { version: now, entries } = await contents(first);
    assert.equal(now, version + 1);
    assert.equal(entries[`of ${version}`], `${winner}`);
    assert.equal(entries[`of ${winner!}`], `${version}`);
    assert.notEqual(entries[`of ${1 - winner!}`], `${version}`);
  }
}

export const masterInfo = (id: string): MasterInfo => {
  return { id, ip: 0, port: 5050, hostname: id, capabilities: [{ type: 'AGENT_DRAINING' }] };
};

/** A registrar; `failures` has what it says when it fails. */
export async function registrarOn(
  backend: RegistryBackend,
  id = 'M',
): Promise<{ registrar: Registrar; failures: string[] }> {
  const failures: string[] = [];
  const registrar = await openRegistrar({
    backend,
    leader: masterInfo(id),
    fetchTimeoutMs: 60_000,
    storeTimeoutMs: 60_000,
    onFailure: (error) => failures.push(error.code),
  });
  return { registrar, failures };
}

/** Admits an agent; resolves with what became of it, or `failed` once the registrar has failed. */
export function admit(registrar: Registrar, name: string, hostname = 'h'): Promise<boolean> {
  const agentInfo = { id: name as AgentId, hostname };
  return new Promise((resolve) => registrar.store([{ type: 'ADMIT_AGENT', agentInfo }], resolve));
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(condition());
}

async function replacedLeader(open: () => Promise<RegistryBackend>): Promise<void> {
  const old = await registrarOn(await open(), 'old');
  assert.equal(await admit(old.registrar, 'S0'), true);
  const next = await registrarOn(await open(), 'next');
  assert.deepEqual([...next.registrar.registry.agents.keys()], ['S0']);
  let answered = false;
  void admit(old.registrar, 'S1').then(() => (answered = true));
  await until(() => old.failures.length > 0);
  assert.deepEqual(old.failures, ['REGISTRY_CONFLICT']);
  assert.equal(await admit(next.registrar, 'S2'), true);
  assert.equal(answered, false);
  const third = await registrarOn(await open(), 'third');
  assert.deepEqual([...third.registrar.registry.agents.keys()], ['S0', 'S2']);
}

async function manyAgents(open: () => Promise<RegistryBackend>, count: number): Promise<void> {
  const first = await registrarOn(await open());
  const names = Array.from({ length: count }, (_, i) => `S${i}`);
  const outcomes = await Promise.all(names.map((name) => admit(first.registrar, name, `${name}.example.org`)));
  assert.ok(outcomes.every((ok) => ok));
  await first.registrar.close();
  const second = await registrarOn(await open());
  assert.deepEqual(second.failures, []);
  assert.deepEqual([...second.registrar.registry.agents.keys()], names);
  assert.equal(second.registrar.registry.agents.get(`S${count - 1}` as AgentId)?.hostname, `S${count - 1}.example.org`);
}
