/** Jobs that do what no job should: they fail, with the reason, after a bound; executors and the cluster go on. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Cluster, PORTABLE, startCluster } from './cluster.js';
import { type Ended, type Ground, openGround } from './ground.js';
import { misbehaving } from './user-jobs.js';

let ground: Ground;
let cluster: Cluster;

before(async () => {
  ground = await openGround();
  cluster = await startCluster(ground, PORTABLE);
});
after(() => ground.close());

const run = (...args: string[]): Promise<Ended> => ground.run(['run', '--master', cluster.master, ...args]);

/** Runs a job whose task does what `body` says; it must fail. Gives the reasons. */
async function reasonsOf(name: string, body: string, ...flags: string[]): Promise<string[]> {
  const path = join(ground.directory, `${name}.js`);
  writeFileSync(path, misbehaving(body));
  const { code, stdout, stderr } = await run(...flags, path);
  assert.equal(code, 1, stderr);
  assert.equal(stdout, '');
  const reasons = stderr.split('\n').filter((line) => line.includes('failed: '));
  assert.ok(reasons.length >= 2, `it was tried again: ${stderr}`);
  return reasons;
}

interface Misdeed {
  readonly what: string;
  readonly body: string;
  readonly flags: readonly string[];
  readonly says: RegExp;
}

const MISDEEDS: readonly Misdeed[] = [
  { what: 'throws', body: `throw new Error('on purpose')`, flags: [], says: /on purpose/ },
  { what: 'ends its worker', body: 'process.exit(7)', flags: [], says: /exited with code: 7/ },
  { what: 'hangs', body: 'for (;;);', flags: ['--task-timeout', '700ms'], says: /REASON_MAX_COMPLETION_TIME_REACHED/ },
  {
    what: 'leaks',
    body: 'const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length));',
    flags: ['--mem', '64MB'],
    says: /REASON_CONTAINER_LIMITATION_MEMORY/,
  },
];

for (const { what, body, flags, says } of MISDEEDS) {
  test(`a job that ${what} fails with the reason`, async () => {
    for (const reason of await reasonsOf(what.replaceAll(' ', '-'), body, ...flags)) assert.match(reason, says);
    await cluster.isIdle();
  });
}

test('a job that kills its executors fails in the end; the cluster goes on', async () => {
  const path = join(ground.directory, 'kills.js');
  writeFileSync(path, misbehaving(`process.kill(process.pid, 'SIGKILL'); for (;;);`));
  const { code, stderr } = await run(path);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /failed: .*REASON_EXECUTOR_TERMINATED/);
  assert.equal((await run('pi', '--tasks', '2', '--points', '1000')).code, 0);
  await cluster.isIdle();
});
