/** Containers with real processes: sandboxes, ends, whatever they start, users. Linux only where /proc is looked at. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { startContainer, type Container } from '../../src/containers/container.js';
import { findMembers } from '../../src/containers/members.js';
import { readProcess } from '../../src/containers/proc.js';
import { commandOf, type Command } from '../../src/containers/process.js';
import { openSessionBook, readSessions } from '../../src/containers/sessions.js';
import { readUsage } from '../../src/containers/usage.js';
import { canSwitchUser, findUser, userToRunAs, type User } from '../../src/containers/users.js';
import { describeWaitStatus } from '../../src/containers/wait-status.js';

const root = mkdtempSync(join(tmpdir(), 'mete-containers-'));
after(() => rmSync(root, { recursive: true, force: true }));

const PATH = '/usr/local/bin:/usr/bin:/bin';
let counter = 0;

type Variables = Record<string, string>;

function start(command: Command, user: User | null = null, environment: Variables = {}): Promise<Container> {
  const containerId = `c-${process.pid}-${counter++}`;
  const directory = join(root, 'executors', 'e', 'runs', containerId);
  return startContainer({ containerId, command, directory, environment: { PATH, ...environment }, user });
}

function sh(value: string): Command {
  return { shell: true, value };
}

function output(container: Container, name: 'stdout' | 'stderr' = 'stdout'): string {
  return readFileSync(join(container.directory, name), 'utf8');
}

/** Waits until the container has printed a line and gives the lines. */
async function printed(container: Container, lines: number): Promise<string[]> {
  for (;;) {
    const found = output(container).split('\n').slice(0, -1);
    if (found.length >= lines) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function isAlive(pid: number): boolean {
  const entry = readProcess(pid);
  return entry !== null && entry.state !== 'Z';
}

test('[C99] a sandbox has the right mode, output files, and the link to the latest run', async () => {
  const first = await start(sh('echo out; echo err >&2; pwd'));
  assert.equal(await first.ended, 0);
  assert.equal(output(first), `out\n${first.directory}\n`);
  assert.equal(output(first, 'stderr'), 'err\n');
  assert.equal(statSync(first.directory).mode & 0o777, 0o750);
  const latest = join(first.directory, '..', 'latest');
  assert.equal(readlinkSync(latest), first.containerId);
  const second = await start(sh('true'));
  await second.ended;
  assert.equal(readlinkSync(latest), second.containerId);
  assert.ok(lstatSync(latest).isSymbolicLink());
  assert.ok(existsSync(join(first.directory, 'stdout')));
});

test('programs get their arguments and their environment, and nothing more', async () => {
  const words = ['any', '-c', 'echo "$0/$1/$A"; env', 'zero', 'a b'];
  const command = commandOf({ shell: false, value: 'sh', arguments: words });
  const container = await start(command, null, { A: 'x y' });
  assert.equal(await container.ended, 0);
  const [line, ...rest] = output(container).trimEnd().split('\n');
  assert.equal(line, 'zero/a b/x y');
  const names = rest.map((entry) => entry.split('=')[0]).filter((name) => name !== '_');
  assert.deepEqual(names.sort(), ['A', 'METE_CONTAINER_ID', 'PATH', 'PWD'].sort());
  assert.throws(() => commandOf({}), (error) => error instanceof MeteError && error.field === 'command.value');
});

test('ends are wait statuses, worded as Mesos words them', async () => {
  const cases: [string, number, string][] = [
    ['exit 0', 0, 'exited with status 0'],
    ['exit 3', 3 << 8, 'exited with status 3'],
    ['kill -KILL $$', 9, 'terminated with signal Killed'],
    ['kill -TERM $$', 15, 'terminated with signal Terminated'],
    ['kill -SEGV $$', 11, 'terminated with signal Segmentation fault'],
  ];
  for (const [text, status, words] of cases) {
    const container = await start(sh(text));
    assert.equal(await container.ended, status, text);
    assert.equal(describeWaitStatus(status), words);
  }
});

test('what cannot be started is refused with the reason', async () => {
  const missing = start({ shell: false, value: '/no/such/program', arguments: [] });
  await assert.rejects(missing, (error) => error instanceof MeteError && /ENOENT/.test(error.message));
  const directory = start({ shell: false, value: '/etc', arguments: ['etc'] });
  await assert.rejects(directory, (error) => error instanceof MeteError && /EACCES/.test(error.message));
});

test('destroying ends all: also what ignores SIGTERM, has left the session, or lost its parent', async () => {
  const container = await start(
    sh(`trap '' TERM
      sleep 1000 & echo $!
      setsid sleep 1001 & echo $!
      (setsid sh -c 'sleep 1002 & echo $!') &
      env -i sleep 1003 & echo $!
      wait`),
  );
  const pids = (await printed(container, 4)).map(Number);
  assert.ok(pids.every(isAlive), `${pids.join(' ')} should live`);
  assert.ok(readUsage(container.marks()).processes >= 5);
  container.terminate();
  assert.ok(isAlive(container.pid), 'it ignores SIGTERM');
  await container.destroy();
  assert.equal(await container.ended, 9);
  assert.deepEqual(pids.filter(isAlive), []);
  assert.deepEqual(findMembers(container.marks()), []);
});

test('when the process has ended nothing that it started is left', async () => {
  const container = await start(sh('sleep 1000 & echo $!; setsid sleep 1000 & sleep 0.05; exit 7'));
  assert.equal(await container.ended, 7 << 8);
  const [child] = await printed(container, 1);
  assert.equal(isAlive(Number(child)), false);
  assert.deepEqual(findMembers(container.marks()), []);
});

test('a container that starts processes without end is ended', async () => {
  const container = await start(sh('f() { while :; do sleep 0.02 & done; }; (sleep 0.5; kill -KILL $$) & f'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await container.destroy();
  assert.deepEqual(findMembers(container.marks()), []);
});

test('sessions that were written down are found, numbers used again are not', async () => {
  const container = await start(sh('exec env -i sleep 1000'));
  const directory = join(root, 'book');
  const book = openSessionBook(container.directory, (error) => assert.fail(error));
  book.add(container.pid);
  book.add(999_999_999);
  assert.deepEqual([...readSessions(container.directory)].sort(), [999_999_999, container.pid].sort());
  book.remove(999_999_999);
  assert.deepEqual([...readSessions(container.directory)], [container.pid]);
  assert.deepEqual([...readSessions(directory)], []);
  await container.destroy();
  const errors: Error[] = [];
  openSessionBook(directory, (error) => errors.push(error)).add(1234);
  assert.equal(errors.length, 1);
});

const forRoot = { skip: canSwitchUser() ? false : 'only root may start processes as others' };
test('a container runs as the user that is named, and its files are theirs', forRoot, async () => {
  const nobody = findUser('nobody');
  const container = await start(sh('id -un; touch mine'), nobody);
  assert.equal(await container.ended, 0);
  assert.equal(output(container), 'nobody\n');
  assert.equal(statSync(container.directory).uid, nobody.uid);
  assert.equal(statSync(join(container.directory, 'stdout')).uid, nobody.uid);
  assert.equal(statSync(join(container.directory, 'mine')).uid, nobody.uid);
  for (const name of ['no-such-user', '-x', 'a b']) {
    assert.throws(() => userToRunAs(name, true), (error) => error instanceof MeteError && error.field === 'user');
  }
  assert.equal(userToRunAs('no-such-user', false), null);
  assert.equal(userToRunAs(undefined, true), null);
});
