/** Files that commands name: from the disk and over HTTP, unpacked, executable, cached, refused. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createFetchCache } from '../../src/containers/fetch-cache.js';
import { createFetcher, type FetcherLimits, type FetchUri } from '../../src/containers/fetcher.js';
import { canSwitchUser, findUser, type User } from '../../src/containers/users.js';

const root = mkdtempSync(join(tmpdir(), 'mete-fetcher-'));
// Users other than ours must get through to what they may read.
chmodSync(root, 0o755);
const source = join(root, 'source');
const asked: string[] = [];
let server: Server;
let url: string;

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { cwd: source });
}

before(async () => {
  mkdirSync(source);
  mkdirSync(join(source, 'dir'));
  writeFileSync(join(source, 'a.txt'), 'a');
  writeFileSync(join(source, 'dir/b.txt'), 'b');
  writeFileSync(join(source, 'run.sh'), '#!/bin/sh\necho ran\n');
  run('tar', '-czf', 'pack.tgz', 'a.txt', 'dir');
  run('tar', '-cf', 'pack.tar', 'dir');
  run('gzip', '-k', 'a.txt');
  writeFileSync(join(source, 'bad.tar.gz'), 'no archive');
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const path = (request.url ?? '').split('?')[0]!;
    if (path === '/moved') return void response.writeHead(302, { location: '/a.txt' }).end();
    if (path === '/silent') return void response.writeHead(200).write('some');
    if (!existsSync(join(source, path))) return void response.writeHead(404).end();
    response.end(readFileSync(join(source, path)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(root, { recursive: true, force: true });
});

interface More {
  readonly limits?: Partial<FetcherLimits>;
  readonly user?: User | null;
  readonly signal?: AbortSignal;
}

/** Fetches into a new sandbox; gives that. */
async function fetched(uris: readonly FetchUri[], more: More = {}): Promise<string> {
  const { user = null, signal = new AbortController().signal, limits = {} } = more;
  const directory = mkdtempSync(join(root, 'sandbox-'));
  if (user !== null) execFileSync('chown', [String(user.uid), directory]);
  const fetcher = createFetcher(join(root, 'fetch'), limits);
  await fetcher.fetch({ uris, directory, user, signal });
  return directory;
}

function read(directory: string, name: string): string {
  return readFileSync(join(directory, name), 'utf8');
}

test('[C101] files come from the disk and over HTTP, under their own names or given ones', async () => {
  const sandbox = await fetched([
    { value: join(source, 'a.txt') },
    { value: `file://${join(source, 'a.txt')}`, outputFile: 'deep/er/named' },
    { value: `${url}/dir/b.txt?version=2` },
    { value: `${url}/moved`, outputFile: 'followed' },
    { value: `${url}/run.sh`, executable: true },
  ]);
  const contents = ['a.txt', 'deep/er/named', 'b.txt', 'followed'].map((name) => read(sandbox, name));
  assert.deepEqual(contents, ['a', 'a', 'b', 'a']);
  assert.equal(execFileSync(join(sandbox, 'run.sh'), { encoding: 'utf8' }), 'ran\n');
  assert.equal(statSync(join(sandbox, 'a.txt')).mode & 0o111, 0);
});

test('[C101] archives are unpacked, unless they are not to be, or are programs', async () => {
  const gzipped = { value: join(source, 'a.txt.gz'), outputFile: 'z.gz' };
  const sandbox = await fetched([{ value: `${url}/pack.tgz` }, gzipped]);
  assert.deepEqual(['a.txt', 'dir/b.txt', 'z'].map((name) => read(sandbox, name)), ['a', 'b', 'a']);
  assert.ok(existsSync(join(sandbox, 'pack.tgz')));
  const packed = join(source, 'pack.tar');
  const executable = { value: packed, outputFile: 'x.tar', executable: true };
  const kept = await fetched([{ value: packed, extract: false }, executable]);
  assert.ok(existsSync(join(kept, 'pack.tar')) && existsSync(join(kept, 'x.tar')) && !existsSync(join(kept, 'dir')));
});

test('[C102] a cached file is loaded once for each user; what is too much goes, the latest used last', async () => {
  const uris = [{ value: `${url}/pack.tgz`, cache: true }];
  const before_ = asked.length;
  const fetcher = createFetcher(join(root, 'fetch'));
  const signal = new AbortController().signal;
  const sandboxes = [1, 2, 3].map(() => mkdtempSync(join(root, 'cached-')));
  await Promise.all(sandboxes.map((directory) => fetcher.fetch({ uris, directory, user: null, signal })));
  assert.equal(asked.length - before_, 1);
  for (const sandbox of sandboxes) {
    assert.equal(read(sandbox, 'dir/b.txt'), 'b');
    assert.equal(existsSync(join(sandbox, 'pack.tgz')), false, 'the archive is in the cache');
  }
  const loaded: string[] = [];
  const cache = createFetchCache(root, 10);
  const use = (key: string, bytes: number): Promise<void> =>
    cache.use(key, (path) => {
      loaded.push(key);
      writeFileSync(path, key);
      return Promise.resolve(bytes);
    }, () => Promise.resolve());
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await use(key, 4);
  assert.deepEqual(loaded, ['a', 'b', 'c', 'b'], 'c pushed b out, which was used before a');
  const failing = (path: string): Promise<number> => Promise.reject(new Error(path));
  await assert.rejects(cache.use('d', failing, () => Promise.resolve()));
  await use('d', 1);
  assert.equal(loaded.at(-1), 'd', 'a failure is not remembered');
});

test('[C101] what cannot be fetched is refused with the URI and the reason', async () => {
  const cases: [Partial<FetchUri>, RegExp, More?][] = [
    [{ value: `${url}/nothing` }, /the server answered 404/],
    [{ value: 'http://127.0.0.1:2/x' }, /ECONNREFUSED/],
    [{ value: `${url}/silent` }, /said nothing for 50 ms/, { limits: { stallTimeoutMs: 50 } }],
    [{ value: `${url}/silent` }, /it took too long/, { limits: { totalTimeoutMs: 50 } }],
    [{ value: `${url}/silent` }, /the container was to end/, { signal: AbortSignal.timeout(50) }],
    [{ value: `${url}/pack.tgz` }, /longer than 10 bytes/, { limits: { maxBytes: 10 } }],
    [{ value: join(source, 'pack.tgz') }, /files of up to 10 are fetched/, { limits: { maxBytes: 10 } }],
    [{ value: join(source, 'none') }, /ENOENT/],
    [{ value: source, outputFile: 'x' }, /it is no file/],
    [{ value: join(source, 'bad.tar.gz') }, /program tar: it failed with status 2: .*not in gzip format/],
    [{ value: 'hdfs://h/x' }, /cannot fetch from there; give an absolute path/],
    [{ value: 'relative/path' }, /cannot fetch from there/],
    [{ value: `${url}/` }, /its name in the sandbox would be ''; name it by output_file/],
    ...['/abs', '../out', 'a/../../out', '.', 'a/', '..'].map(
      (outputFile): [Partial<FetchUri>, RegExp] => [
        { value: join(source, 'a.txt'), outputFile },
        /within the sandbox/,
      ],
    ),
  ];
  for (const [uri, text, more] of cases) {
    await assert.rejects(fetched([uri as FetchUri], more), (error: Error) => {
      assert.ok(error.message.includes(JSON.stringify(uri.value).slice(0, 60)), error.message);
      assert.match(error.message, text);
      return true;
    });
  }
});

test('files are fetched as the user of the container, who must be allowed to read them', async (t) => {
  if (!canSwitchUser()) return t.diagnostic('needs root');
  const user = findUser('nobody');
  const secret = join(root, 'secret');
  writeFileSync(secret, 's', { mode: 0o600 });
  await assert.rejects(fetched([{ value: secret }], { user }), /program cp: .*Permission denied/);
  const sandbox = await fetched([{ value: `${url}/pack.tgz` }, { value: join(source, 'run.sh') }], { user });
  for (const name of ['pack.tgz', 'dir/b.txt', 'run.sh']) {
    assert.equal(statSync(join(sandbox, name)).uid, user.uid, name);
  }
});
