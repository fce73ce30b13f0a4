/** `mete registry`: what it shows, that backups restore, and what it refuses. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../../src/cli/program.js';
import type { AgentId } from '../../src/protocol/schema.js';
import { createLmdbBackend, lmdbPlaces } from '../../src/storage/lmdb-backend.js';
import { NO_ZOOKEEPER, startZooKeeper } from '../ha/zookeeper-servers.js';
import { admit, registrarOn } from '../storage/conformance.js';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function mete(...args: string[]): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    write: () => undefined,
    terminal: { isTerminal: false, columns: 80 },
    environment: {},
    self: { execPath: process.execPath, args: [] },
    bench: () => Promise.resolve(0),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'mete-registry-cli-'));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function fill(workDir: string, ...names: string[]): Promise<void> {
  const { registrar } = await registrarOn(createLmdbBackend(lmdbPlaces(workDir)));
  for (const name of names) assert.equal(await admit(registrar, name), true);
  const drain = { type: 'DRAIN_AGENT', agentId: names[0] as AgentId, config: {} } as const;
  await new Promise((resolve) => registrar.store([drain], resolve));
  await registrar.close();
}

/** The part of `show --json` that a restore keeps. */
async function contents(...where: string[]): Promise<{ agents: unknown[]; draining?: unknown[] }> {
  const { code, out, err } = await mete('registry', 'show', '--json', ...where);
  assert.equal(code, 0, err);
  return (JSON.parse(out) as { registry: { agents: unknown[] } }).registry;
}

test('[B17] a registry is shown, checked, saved and put back, in another place or after damage', async () => {
  await inDirectory(async (directory) => {
    const one = join(directory, 'one');
    const two = join(directory, 'two');
    const file = join(directory, 'backup.json');
    await fill(one, 'S0', 'S1', 'S2');
    assert.match((await mete('registry', 'show', '--work-dir', one)).out, /agents admitted +3\n/);
    assert.match((await mete('registry', 'check', '--work-dir', one)).out, /is whole: version 5, 3 agents/);
    const checked = JSON.parse((await mete('registry', 'check', '--json', '--work-dir', one)).out) as object;
    const place = join(one, 'registry');
    assert.deepEqual({ ...checked, bytes: 0 }, { place, ok: true, version: 5, agents: 3, bytes: 0 });

    assert.equal((await mete('registry', 'backup', file, '--work-dir', one)).code, 0);
    const again = await mete('registry', 'backup', file, '--work-dir', one);
    assert.match(again.err, /ALREADY_EXISTS.*backup\.json.*--force/);
    assert.equal((await mete('registry', 'backup', file, '--force', '--work-dir', one)).code, 0);

    assert.match((await mete('registry', 'restore', file, '--work-dir', two)).out, /version 1, 3 agents/);
    assert.deepEqual(await contents('--work-dir', two), await contents('--work-dir', one));
    assert.match((await mete('registry', 'restore', file, '--work-dir', two)).err, /there is a registry; add --force/);

    truncateSync(join(one, 'registry', 'data.mdb'), 10_000);
    const broken = await mete('registry', 'check', '--work-dir', one);
    assert.notEqual(broken.code, 0);
    assert.match(broken.err, /REGISTRY_CORRUPT.*data\.mdb.*cut off/);
    const unforced = await mete('registry', 'restore', file, '--work-dir', one);
    assert.match(unforced.err, /cannot be read.*cut off.*add --force/);
    assert.match((await mete('registry', 'restore', file, '--force', '--work-dir', one)).out, /put away: .*discarded/);
    assert.deepEqual(await contents('--work-dir', one), await contents('--work-dir', two));
    assert.ok(readdirSync(one).some((name) => name.startsWith('registry.discarded-')));

    // The restored one is what a master goes on with.
    const { registrar } = await registrarOn(createLmdbBackend(lmdbPlaces(one)));
    assert.deepEqual([...registrar.registry.agents.keys()], ['S0', 'S1', 'S2']);
    assert.ok(registrar.registry.draining.has('S0' as AgentId));
    assert.equal(await admit(registrar, 'S3'), true);
    assert.equal((await contents('--work-dir', one)).agents.length, 4, 'a master at work is not disturbed');
    const locked = await mete('registry', 'restore', file, '--force', '--work-dir', one);
    assert.match(locked.err, /REGISTRY_IN_USE/);
    await registrar.close();
  });
});

test('what is no backup, no registry or no place is refused with a mend', async () => {
  await inDirectory(async (directory) => {
    const file = join(directory, 'file');
    const restore = async (text: string): Promise<string> => {
      writeFileSync(file, text);
      return (await mete('registry', 'restore', file, '--work-dir', directory)).err;
    };
    assert.match(await restore('{'), /INVALID_SNAPSHOT.*not a JSON object/);
    assert.match(await restore('{}'), /INVALID_SNAPSHOT.*no backup/);
    assert.match(await restore('{"mete":"registry","form":2}'), /REGISTRY_TOO_NEW.*form 2/);
    const nameless = JSON.stringify({ mete: 'registry', form: 1, registry: { agents: [{}] } });
    assert.match(await restore(nameless), /INVALID_SNAPSHOT.*hostname/);
    const absent = await mete('registry', 'restore', join(directory, 'absent'), '--work-dir', directory);
    assert.match(absent.err, /NOT_FOUND/);
    assert.match((await mete('registry', 'show', '--work-dir', directory)).err, /NOT_FOUND.*no registry was ever/);
    assert.match((await mete('registry', 'show')).err, /--work-dir DIRECTORY or with --zk/);
    assert.equal(readFileSync(file, 'utf8').length > 0, true);
    assert.deepEqual(readdirSync(directory), ['file'], 'nothing was made by looking');
  });
});

const ON_ZOOKEEPER = { skip: NO_ZOOKEEPER, timeout: 60_000 };

test('a registry is moved from a work directory to ZooKeeper', ON_ZOOKEEPER, async () => {
  const servers = await startZooKeeper(1);
  try {
    await inDirectory(async (directory) => {
      const file = join(directory, 'backup.json');
      const zk = ['--zk', servers.url('/mete')];
      await fill(directory, 'S0', 'S1');
      assert.equal((await mete('registry', 'backup', file, '--work-dir', directory)).code, 0);
      assert.match((await mete('registry', 'show', ...zk)).err, /NOT_FOUND/);
      const restored = await mete('registry', 'restore', file, ...zk);
      assert.match(restored.out, /version 1, 2 agents/, restored.err);
      assert.deepEqual(await contents(...zk), await contents('--work-dir', directory));
      assert.match((await mete('registry', 'restore', file, '--force', ...zk)).out, /version 2, 2 agents/);
      assert.match((await mete('registry', 'check', ...zk)).out, /is whole/);
    });
  } finally {
    await servers.close();
  }
});
