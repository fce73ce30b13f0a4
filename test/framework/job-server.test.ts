/** The server of a job gives its code and inputs, takes results it waits for, and nothing else. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { localAddressTowards, parseMaster } from '../../src/framework/shell/addresses.js';
import { startJobServer } from '../../src/framework/shell/job-server.js';
import { wsTransport } from '../../src/transport/ws-transport.js';

const root = mkdtempSync(join(tmpdir(), 'mete-server-'));
after(() => rmSync(root, { recursive: true, force: true }));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const CODE = Buffer.from('export default {};');
const path = join(root, 'input.txt');
writeFileSync(path, '0123456789');

const server = await startJobServer({
  transport: wsTransport,
  host: '127.0.0.1',
  port: 0,
  advertisedHost: '127.0.0.1',
  code: { sha256: sha256(CODE), bytes: CODE },
  inputs: [{ index: 0, path, bytes: 10, mtimeMs: 0 }],
  directory: root,
  expects: (taskId) => taskId === 'task/1',
});
after(() => server.close());

test('code under its hash, inputs whole and in ranges', async () => {
  assert.equal(await (await fetch(server.codeUrl)).text(), CODE.toString());
  assert.equal(await (await fetch(server.inputUrl(0))).text(), '0123456789');
  const range = await fetch(server.inputUrl(0), { headers: { range: 'bytes=3-5' } });
  assert.equal(range.status, 206);
  assert.equal(await range.text(), '345');
});

test('nothing but the code and the inputs, and nothing without the random word', async () => {
  const { origin, pathname } = new URL(server.codeUrl);
  const others = [
    `${origin}/blobs/${sha256(CODE)}`, `${origin}/inputs/0`, server.inputUrl(1), `${server.inputUrl(0)}x`,
    `${origin}${pathname.replace(/blobs.*/, 'inputs/..%2F..%2Fetc%2Fpasswd')}`, `${server.codeUrl.slice(0, -1)}0`,
  ];
  for (const url of others) assert.equal((await fetch(url)).status, 404, url);
});

test('results of tasks that run are taken, kept until they are dropped, and checked', async () => {
  const body = Buffer.alloc(200_000, 7);
  assert.equal((await fetch(server.resultUrl('other'), { method: 'PUT', body })).status, 404);
  await assert.rejects(server.takeResult('task/1', sha256(body)), { code: 'NOT_FOUND' });
  assert.equal((await fetch(server.resultUrl('task/1'), { method: 'PUT', body })).status, 204);
  assert.deepEqual(Buffer.from(await server.takeResult('task/1', sha256(body))), body);
  await assert.rejects(server.takeResult('task/1', sha256(CODE)), { code: 'WRONG_DIGEST' });
  server.dropResult('task/1');
  await assert.rejects(server.takeResult('task/1', sha256(body)), { code: 'NOT_FOUND' });
});

test('addresses of masters, and our own address towards them', async () => {
  assert.deepEqual(parseMaster('host'), { host: 'host', port: 5050 });
  assert.deepEqual(parseMaster('10.0.0.1:80'), { host: '10.0.0.1', port: 80 });
  assert.deepEqual(parseMaster('[::1]:5051'), { host: '::1', port: 5051 });
  for (const text of ['', ':1', 'a:b', 'a:0', 'a:70000', 'a:1:2']) {
    assert.throws(() => parseMaster(text), { code: 'INVALID_ARGUMENT' }, text);
  }
  assert.equal(await localAddressTowards('127.0.0.1'), '127.0.0.1');
  assert.equal(await localAddressTowards('no such host'), '127.0.0.1');
});
