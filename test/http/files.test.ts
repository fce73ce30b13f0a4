/** Files out and in, ranges of them, and the client that fetches and delivers. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { answerJson } from '../../src/http/answers.js';
import { receiveFile } from '../../src/http/body.js';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../src/http/client.js';
import { answerBytes, answerFile } from '../../src/http/files.js';
import { parseRange, rangeHeader } from '../../src/http/ranges.js';
import { folderFor, serving } from './fixtures.js';

const SIZE = 3_000_000;
const BYTES = Buffer.from(Uint32Array.from({ length: SIZE / 4 }, (_, i) => i).buffer);

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function clientFor(t: TestContext, options: HttpClientOptions = {}): HttpClient {
  const client = createHttpClient(options);
  t.after(() => client.close());
  return client;
}

function isError(code: string, text: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof MeteError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };
}

/** A folder with a file, served at /file and, from memory, at /bytes; PUT /in/:name receives into the folder. */
async function world(t: TestContext): Promise<{ folder: string; file: string; url: string }> {
  const folder = await folderFor(t);
  const file = join(folder, 'file');
  await writeFile(file, BYTES);
  await mkdir(join(folder, 'in'));
  const url = await serving(t, [
    { method: 'GET', path: '/file', handle: (exchange) => answerFile(exchange, file, { contentType: 'text/x-test' }) },
    { method: 'GET', path: '/none', handle: (exchange) => answerFile(exchange, join(folder, 'none')) },
    { method: 'GET', path: '/folder', handle: (exchange) => answerFile(exchange, folder) },
    { method: 'GET', path: '/bytes', handle: (exchange) => answerBytes(exchange, BYTES, '"one"') },
    {
      method: 'PUT',
      path: '/in/:name',
      handle: async (exchange, { name }) => {
        const wanted = exchange.request.headers['x-sha256'];
        const options = { maxBytes: SIZE, ...(wanted === undefined ? {} : { sha256: wanted }) };
        answerJson(exchange, await receiveFile(exchange, join(folder, 'in', name!), options));
      },
    },
  ]);
  return { folder, file, url };
}

test('ranges as RFC 9110 has them: one at a time, what is no range gets the whole', () => {
  const cases: [header: string | undefined, size: number, expected: ReturnType<typeof parseRange>][] = [
    [undefined, 10, null],
    ['bytes=0-0', 10, { from: 0, to: 1 }],
    ['bytes=2-5', 10, { from: 2, to: 6 }],
    ['bytes=2-', 10, { from: 2, to: 10 }],
    ['bytes=2-99', 10, { from: 2, to: 10 }],
    ['bytes=-3', 10, { from: 7, to: 10 }],
    ['bytes=-30', 10, { from: 0, to: 10 }],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=5-2', 10, null],
    ['bytes=-', 10, null],
    ['bytes=1-2,4-5', 10, null],
    ['lines=1-2', 10, null],
    ['bytes=1x-2', 10, null],
    [rangeHeader(3, 7), 10, { from: 3, to: 7 }],
    [rangeHeader(3), 10, { from: 3, to: 10 }],
  ];
  for (const [header, size, expected] of cases) assert.deepEqual(parseRange(header, size), expected, header);
});

test('files and bytes, whole and in ranges, with the heads that belong to them', async (t) => {
  const { url } = await world(t);
  for (const path of ['/file', '/bytes']) {
    const whole = await fetch(url + path);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers.get('accept-ranges'), 'bytes');
    assert.equal(whole.headers.get('content-length'), String(SIZE));
    assert.ok(BYTES.equals(Buffer.from(await whole.arrayBuffer())));
    const etag = whole.headers.get('etag')!;
    const ask = (range: string, more: Record<string, string> = {}): Promise<Response> => {
      return fetch(url + path, { headers: { range, ...more } });
    };
    const middle = ['bytes=1000-2000999', 1000, 2_001_000] as const;
    const ranges = [['bytes=0-0', 0, 1], middle, ['bytes=-5', SIZE - 5, SIZE]] as const;
    for (const [range, from, to] of ranges) {
      const part = await ask(range, { 'if-range': etag });
      assert.equal(part.status, 206);
      assert.equal(part.headers.get('content-range'), `bytes ${from}-${to - 1}/${SIZE}`);
      assert.equal(part.headers.get('content-length'), String(to - from));
      assert.ok(BYTES.subarray(from, to).equals(Buffer.from(await part.arrayBuffer())), range);
    }
    const changed = await ask('bytes=0-9', { 'if-range': '"other"' });
    assert.deepEqual([changed.status, (await changed.arrayBuffer()).byteLength], [200, SIZE]);
    const beyond = await ask(`bytes=${SIZE}-`);
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${SIZE}`]);
    const head = await fetch(url + path, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(SIZE)]);
  }
  for (const path of ['/none', '/folder']) assert.equal((await fetch(url + path)).status, 404);
  assert.equal((await fetch(`${url}/file`)).headers.get('content-type'), 'text/x-test');
});

test('the client fetches ranges as streams, into memory and into files', async (t) => {
  const { folder, url } = await world(t);
  const client = clientFor(t);
  const { status, chunks } = await client.get(`${url}/file`, { range: { from: 10, to: 2_000_010 } });
  assert.equal(status, 206);
  let at = 10;
  for await (const chunk of chunks) {
    assert.ok(BYTES.subarray(at, at + chunk.length).equals(chunk));
    at += chunk.length;
  }
  assert.equal(at, 2_000_010);
  const bytes = await client.getBytes(`${url}/bytes`, { maxBytes: SIZE, sha256: sha256(BYTES) });
  assert.ok(BYTES.equals(bytes));
  assert.equal((await client.getBytes(`${url}/file`, { maxBytes: 1, range: { from: 5, to: 5 } })).length, 0);
  const copy = join(folder, 'copy');
  const received = await client.getFile(`${url}/file`, copy, { maxBytes: SIZE });
  assert.deepEqual(received, { bytes: SIZE, sha256: sha256(BYTES) });
  assert.ok(BYTES.equals(await readFile(copy)));
  const wrong = { maxBytes: SIZE, sha256: '0'.repeat(64) };
  await assert.rejects(client.getFile(`${url}/file`, join(folder, 'bad'), wrong), isError('WRONG_DIGEST', /hash/));
  const tooLong = client.getBytes(`${url}/file`, { maxBytes: SIZE - 1 });
  await assert.rejects(tooLong, isError('LIMIT_EXCEEDED', /longer than/));
  assert.deepEqual((await readdir(folder)).sort(), ['copy', 'file', 'in']);
});

test('a stream that is left early, or read slowly, harms nobody', async (t) => {
  const { url } = await world(t);
  const client = clientFor(t, { silenceTimeoutMs: 50 });
  const left = await client.get(`${url}/file`);
  for await (const chunk of left.chunks) {
    assert.ok(chunk.length > 0);
    break;
  }
  let bytes = 0;
  const slow = await client.get(`${url}/file`);
  for await (const chunk of slow.chunks) {
    if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 150)); // longer than silence is borne
    bytes += chunk.length;
  }
  assert.equal(bytes, SIZE);
});

test('the client delivers bytes and files; what arrives is complete, or not there', async (t) => {
  const { folder, file, url } = await world(t);
  const client = clientFor(t);
  await client.put(`${url}/in/bytes`, BYTES);
  await client.put(`${url}/in/file`, { path: file });
  await client.put(`${url}/in/empty`, new Uint8Array(0));
  for (const name of ['bytes', 'file']) assert.ok(BYTES.equals(await readFile(join(folder, 'in', name))));
  assert.equal((await readFile(join(folder, 'in', 'empty'))).length, 0);
  const put = (name: string, body: Uint8Array, digest: string): Promise<Response> => {
    return fetch(`${url}/in/${name}`, { method: 'PUT', body, headers: { 'x-sha256': digest } });
  };
  const right = await put('right', BYTES, sha256(BYTES).toUpperCase());
  assert.deepEqual(await right.json(), { bytes: SIZE, sha256: sha256(BYTES) });
  const wrong = await put('wrong', BYTES, sha256(Buffer.from('other')));
  assert.equal(wrong.status, 400);
  assert.match(await wrong.text(), /^WRONG_DIGEST: sha256 /);
  const long = await put('long', Buffer.alloc(SIZE + 1), '').catch(() => null);
  if (long !== null) assert.equal(long.status, 413);
  assert.deepEqual((await readdir(join(folder, 'in'))).sort(), ['bytes', 'empty', 'file', 'right']);
});

test('a file that shrinks while it is sent is not taken for whole', async (t) => {
  const folder = await folderFor(t);
  const file = join(folder, 'shrinks');
  await writeFile(file, Buffer.alloc(64 * 2 ** 20));
  const url = await serving(t, [{ method: 'GET', path: '/', handle: (exchange) => answerFile(exchange, file) }]);
  const client = clientFor(t);
  const { chunks } = await client.get(url);
  await chunks.next();
  await truncate(file, 10);
  await assert.rejects(async () => {
    for await (const chunk of chunks) assert.ok(chunk.length > 0);
  }, isError('PEER_GONE', /went away before the end/));
});

test('what the client says when it cannot: nobody there, silence, refusals, half answers', async (t) => {
  const server = createServer((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/half') {
      response.writeHead(200, { 'content-length': 10 });
      response.write('12345');
      setTimeout(() => response.destroy(), 20);
      return;
    }
    if (request.url === '/stalls') {
      response.writeHead(200, { 'content-length': 10 });
      response.write('12345');
      return;
    }
    response.writeHead(Number(request.url!.slice(1)), {});
    response.end('because');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = clientFor(t, { silenceTimeoutMs: 60 });
  const get = (path: string): Promise<unknown> => client.getBytes(url + path, { maxBytes: 100 });
  await assert.rejects(get('/silent'), isError('TIMED_OUT', /nothing was heard for 60 ms; try again/));
  await assert.rejects(get('/stalls'), isError('TIMED_OUT', /nothing was heard for 60 ms/));
  await assert.rejects(get('/half'), isError('PEER_GONE', /before the end/));
  await assert.rejects(get('/404'), isError('NOT_FOUND', /answered 404 because/));
  await assert.rejects(get('/413'), isError('LIMIT_EXCEEDED', /answered 413 because/));
  await assert.rejects(get('/400'), isError('INVALID_ARGUMENT', /answered 400 because/));
  await assert.rejects(get('/503'), isError('UNREACHABLE', /answered 503 because/));
  await assert.rejects(client.put(`${url}/507`, BYTES.subarray(0, 10)), isError('UNREACHABLE', /answered 507/));
  const whole = client.get(`${url}/200`, { range: { from: 0, to: 5 } });
  await assert.rejects(whole, isError('INVALID_ARGUMENT', /answered 200/));
  await assert.rejects(client.get('http://127.0.0.1:1/x'), isError('UNREACHABLE', /ECONNREFUSED/));
  await assert.rejects(client.get('ftp://x'), isError('INVALID_ARGUMENT', /no URL of HTTP; write http:/));
});

test('a kept connection that the other side has given up is replaced once', async (t) => {
  let connections = 0;
  const server = createSocketServer((socket) => {
    let requests = 0;
    connections++;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (++requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine');
      else socket.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const client = clientFor(t);
  for (let i = 0; i < 2; i++) {
    assert.equal((await client.getBytes(url, { maxBytes: 10 })).length, 4);
    await new Promise((resolve) => setTimeout(resolve, 10)); // the connection is kept now
  }
  assert.equal(connections, 2);
});
