/**
 * What may become of an LMDB registry: its process is killed at every step, its file is cut off, overwritten, taken
 * away or made by a later version, its disk is full. It is the old or the new one, or refused with its name and a
 * mend; it is never empty, and nothing dies of it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mix32 } from '../../src/base/mix32.js';
import { readRegistry } from '../../src/protocol/registry-form.js';
import { createLmdbBackend, LMDB_STEPS, lmdbPlaces, readLmdbRegistry } from '../../src/storage/lmdb-backend.js';
import { admit, registrarOn } from './conformance.js';

const CHILD = fileURLToPath(new URL('./lmdb-child.ts', import.meta.url));

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly lines: readonly string[];
}

function run(workDir: string, args: readonly string[], limits: readonly string[] = []): Ended {
  const command = [process.execPath, '--import', 'tsx', CHILD, workDir, ...args];
  const whole = [...limits, ...command];
  const { status, signal, stdout } = spawnSync(whole[0]!, whole.slice(1), { encoding: 'utf8', timeout: 60_000 });
  return { status, signal, lines: stdout.trim().split('\n') };
}

async function inWorkDir(body: (workDir: string) => void | Promise<void>): Promise<void> {
  const workDir = mkdtempSync(join(tmpdir(), 'mete-damage-'));
  try {
    await body(workDir);
  } finally {
    rmSync(workDir, { recursive: true });
  }
}

/** A registry of so many agents, in this process. */
async function fill(workDir: string, agents: number): Promise<void> {
  const { registrar } = await registrarOn(createLmdbBackend(lmdbPlaces(workDir)));
  for (let i = registrar.registry.agents.size; i < agents; i++) await admit(registrar, `S${i}`, 'h'.repeat(600));
  await registrar.close();
}

/** Ids of the agents that are stored; -1 if there never was a registry. */
function stored(workDir: string): number {
  const image = readLmdbRegistry(lmdbPlaces(workDir));
  if (image === null) return -1;
  const { agents } = readRegistry(image.entries, workDir).registry;
  assert.deepEqual([...agents.keys()], Array.from(agents.keys(), (_, i) => `S${i}`));
  return agents.size;
}

function refused(workDir: string, code: string, text: RegExp): void {
  const { directory } = lmdbPlaces(workDir);
  const look = (): unknown => readRegistry(readLmdbRegistry(lmdbPlaces(workDir))!.entries, directory);
  assert.throws(look, (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    assert.ok(error.message.includes(workDir), error.message);
    return true;
  });
}

/** Kills a process when a commit reaches a step; says how many agents are stored then. */
function killedAt(workDir: string, step: string, count: number): void {
  const { signal, lines } = run(workDir, ['kill', step, String(count)]);
  assert.equal(signal, 'SIGKILL', lines.join('\n'));
  const answered = lines.filter((line) => line.startsWith('stored')).length * 2;
  const before = lines.find((line) => line.startsWith('agents'))?.match(/S\d+/g)?.length ?? 0;
  const known = stored(workDir);
  const least = before + answered;
  assert.ok(known === -1 ? least === 0 : known >= least && known <= least + 2, `${known} of ${least}`);
  assert.ok(known === -1 || known % 2 === 0, 'half of a write');
}

test('[B20] killed at any step of a write it has the old or the new, and all that was answered', async () => {
  await inWorkDir((workDir) => {
    for (const step of LMDB_STEPS) killedAt(workDir, step, 1);
    for (const step of LMDB_STEPS) killedAt(workDir, step, 3);
    const { status, lines } = run(workDir, ['fill', String(stored(workDir) + 4)]);
    assert.equal(status, 0, lines.join('\n'));
  });
});

test('a file that was cut off is refused, whatever is left of it', async () => {
  await inWorkDir(async (workDir) => {
    await fill(workDir, 60);
    const file = join(lmdbPlaces(workDir).directory, 'data.mdb');
    const whole = readFileSync(file);
    // Whole pages, and within pages; the last pages may be free ones that nobody misses.
    const lengths = Array.from({ length: 64 }, (_, i) => Math.floor((whole.length * i) / 64) + (i % 3));
    let refusals = 0;
    for (const length of lengths) {
      writeFileSync(file, whole.subarray(0, length));
      try {
        assert.equal(stored(workDir), 60, `after ${length} bytes`);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'REGISTRY_CORRUPT', String(error));
        assert.ok(String(error).includes(workDir), String(error));
        refusals++;
      }
    }
    assert.ok(refusals > lengths.length / 2);
    truncateSync(file, 8192 + 100);
    const { status, signal, lines } = run(workDir, ['open']);
    assert.deepEqual([status, signal], [2, null], lines.join('\n'));
    assert.match(lines.at(-1)!, /REGISTRY_CORRUPT.*data\.mdb.*cut off.*mete registry restore/);
  });
});

test('overwritten bytes are found, or were of no use; the process that opens it never dies of them', async () => {
  await inWorkDir(async (workDir) => {
    await fill(workDir, 60);
    const file = join(lmdbPlaces(workDir).directory, 'data.mdb');
    const whole = readFileSync(file);
    let refusals = 0;
    for (let i = 0; i < 400; i++) {
      const bytes = Buffer.from(whole);
      const at = mix32(i) % bytes.length;
      bytes[at] = bytes[at]! ^ (1 << (i % 8));
      writeFileSync(file, bytes);
      try {
        assert.equal(stored(workDir), 60, `bit of byte ${at}`);
      } catch (error) {
        assert.match(String((error as { code?: string }).code), /^REGISTRY_(CORRUPT|TOO_NEW)$/, String(error));
        refusals++;
      }
    }
    assert.ok(refusals > 50, `${refusals}`);
  });
});

test('any of the pages of a write that did not reach the disk leave the old registry', async () => {
  await inWorkDir(async (workDir) => {
    await fill(workDir, 40);
    const file = join(lmdbPlaces(workDir).directory, 'data.mdb');
    const before = readFileSync(file);
    // LMDB writes the pages, waits until they are on the disk, and then writes one of the first two.
    const { registrar } = await registrarOn(createLmdbBackend(lmdbPlaces(workDir)));
    await registrar.close();
    const after = readFileSync(file);
    const size = 4096;
    const changed = Array.from({ length: after.length / size }, (_, page) => page).filter((page) => {
      const from = page * size;
      return page > 1 && !after.subarray(from, from + size).equals(before.subarray(from, from + size));
    });
    assert.ok(changed.length > 0 && changed.length < 10, `${changed.length} pages`);
    for (let mask = 0; mask < 1 << changed.length; mask++) {
      const bytes = Buffer.alloc(after.length);
      before.copy(bytes);
      changed.forEach((page, i) => {
        const whole = (mask & (1 << i)) !== 0;
        // A page that was not written may also be torn.
        after.copy(bytes, page * size, page * size, page * size + (whole ? size : (mask % 8) * 512));
      });
      writeFileSync(file, bytes);
      assert.equal(stored(workDir), 40);
    }
  });
});

test('a registry that is gone, of a later version, locked or out of reach is told from a first start', async () => {
  await inWorkDir(async (workDir) => {
    assert.equal(stored(workDir), -1);
    await fill(workDir, 3);
    const { directory, mark } = lmdbPlaces(workDir);
    const file = join(directory, 'data.mdb');
    const saved = `${file}.saved`;
    copyFileSync(file, saved);

    rmSync(file);
    refused(workDir, 'REGISTRY_CORRUPT', /is gone.*mete registry restore.*remove/);
    writeFileSync(file, '');
    refused(workDir, 'REGISTRY_CORRUPT', /is gone/);
    writeFileSync(file, 'not a database');
    refused(workDir, 'REGISTRY_CORRUPT', /ends within/);
    rmSync(mark);
    refused(workDir, 'REGISTRY_CORRUPT', /ends within/);

    const newer = readFileSync(saved);
    for (const at of [28, 4096 + 28]) newer.writeUInt32LE(3, at);
    writeFileSync(file, newer);
    refused(workDir, 'REGISTRY_TOO_NEW', /data version 3.*version of mete that wrote it/);

    copyFileSync(saved, file);
    chmodSync(workDir, 0o755);
    const { registrar } = await registrarOn(createLmdbBackend(lmdbPlaces(workDir)));
    const second = run(workDir, ['open']);
    assert.equal(second.status, 2);
    assert.match(second.lines.at(-1)!, new RegExp(`REGISTRY_IN_USE.*${workDir}.*process with id ${process.pid}`));
    assert.equal(stored(workDir), 3, 'reading needs no lock');
    await registrar.close();
    assert.ok(existsSync(mark), 'the mark is made again');

    chmodSync(file, 0o000);
    asNobody(() => refused(workDir, 'REGISTRY_UNAVAILABLE', /permission denied.*right to read and write/));
  });
});

/** Runs as a user who may do nothing in particular. */
function asNobody(body: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(65_534);
  try {
    body();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

test('a full disk ends the master with a word of it, and nothing that was answered is lost', async () => {
  await inWorkDir(async (workDir) => {
    await fill(workDir, 2);
    // Files cannot grow beyond 64 blocks of 1024 bytes: what a disk without room looks like to one file.
    const limits = ['bash', '-c', 'ulimit -f 64; exec "$@"', 'bash'];
    const { status, signal, lines } = run(workDir, ['fill', '10000'], limits);
    assert.deepEqual([status, signal], [3, null], lines.slice(-3).join('\n'));
    assert.match(lines.at(-1)!, /REGISTRY_UNAVAILABLE.*registry.*(too large|no space)/i);
    const answered = lines.filter((line) => line.startsWith('stored')).length * 2;
    assert.ok(answered > 10);
    assert.ok(stored(workDir) >= answered + 2);
    assert.equal(run(workDir, ['open']).status, 0);
  });
});
