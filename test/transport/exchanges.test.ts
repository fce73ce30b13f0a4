/** HTTP on the port of a listener, seen from the wire: answers, streams, bodies, limits, clients that go. */
import assert from 'node:assert/strict';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Exchange, ExchangeStream } from '../../src/base/exchange.js';
import type { Listener, TransportLimits, Transport } from '../../src/transport/transport.js';
import { eventually, HOST, rawSocket, REAL, restOf } from './fixtures.js';

async function serving(
  t: TestContext,
  transport: Transport,
  onExchange: (exchange: Exchange) => void,
  limits: Partial<TransportLimits> = {},
  onFault: (error: unknown) => void = () => undefined,
): Promise<{ listener: Listener; url: string }> {
  const listener = await transport.listen({ host: HOST, port: 0, onExchange, limits, onFault });
  t.after(() => listener.close());
  return { listener, url: `http://${HOST}:${listener.port}` };
}

/** Sends text, and resolves to what came until the text of the answer holds. */
async function talk(socket: Socket, text: string, holds: (answer: string) => boolean): Promise<string> {
  let answer = '';
  const on = (chunk: Buffer): void => void (answer += chunk.toString('latin1'));
  socket.on('data', on);
  socket.write(text);
  await eventually(() => holds(answer) || socket.closed);
  socket.off('data', on);
  return answer;
}

const bodyOf = (exchange: Exchange, done: (bytes: number) => void): void => {
  let bytes = 0;
  exchange.onBody((chunk, last) => {
    bytes += chunk.length;
    if (last) done(bytes);
    return true;
  });
};

for (const transport of REAL) {
  const name = `exchanges on ${transport.name}`;

  test(`${name}: requests are told as they are, answers carry their length`, async (t) => {
    const { url } = await serving(t, transport, (exchange) => {
      const { method, path, query, headers, remote } = exchange.request;
      const custom = headers['x-custom'];
      const told = { method, path, query, custom, proto: headers['__proto__'], remote: remote !== '' };
      exchange.respond(201, { 'content-type': 'application/json' }, JSON.stringify(told));
    });
    const answer = await fetch(`${url}/a%20b/c?d=%3F&e`, { headers: { 'X-Custom': 'Value' } });
    assert.equal(answer.status, 201);
    assert.deepEqual(await answer.json(), {
      method: 'GET', path: '/a%20b/c', query: 'd=%3F&e', custom: 'Value', remote: true,
    });
    assert.ok(Number(answer.headers.get('content-length')) > 0);
    assert.equal(answer.headers.get('transfer-encoding'), null);
  });

  test(`${name}: HEAD gets the head, 204 and 304 have no body, 202 without one says so`, async (t) => {
    const { listener } = await serving(t, transport, (exchange) => {
      const status = Number(exchange.request.path.slice(1));
      exchange.respond(status, {}, status === 200 ? 'hello' : '');
    });
    const socket = await rawSocket(t, listener.port);
    const ask = (line: string): Promise<string> => {
      return talk(socket, `${line} HTTP/1.1\r\nHost: x\r\n\r\n`, (answer) => answer.includes('\r\n\r\n'));
    };
    assert.match(await ask('HEAD /200'), /^HTTP\/1\.1 200 OK\r\n[^]*content-length: 5\r\n[^]*\r\n\r\n$/i);
    for (const line of ['GET /204', 'GET /304']) {
      const answer = await ask(line);
      assert.match(answer, /\r\n\r\n$/);
      assert.doesNotMatch(answer, /content-length|transfer-encoding/i);
    }
    assert.match(await ask('GET /202'), /^HTTP\/1\.1 202 Accepted\r\n[^]*content-length: 0\r\n[^]*\r\n\r\n$/i);
  });

  test(`${name}: a kept connection serves request after request, and no time is set for its idleness`, async (t) => {
    const { listener } = await serving(t, transport, (exchange) => exchange.respond(200, {}, exchange.request.path));
    const socket = await rawSocket(t, listener.port);
    for (let i = 0; i < 50; i++) {
      const answer = await talk(socket, `GET /${i} HTTP/1.1\r\nHost: x\r\n\r\n`, (text) => text.endsWith(`/${i}`));
      assert.doesNotMatch(answer, /timeout=/i);
      assert.doesNotMatch(answer, /connection: close/i);
    }
  });

  test(`${name}: who offers to go on with HTTP/2 is served without`, async (t) => {
    const { listener } = await serving(t, transport, (exchange) => {
      bodyOf(exchange, (bytes) => exchange.respond(200, {}, `${exchange.request.path} ${bytes}`));
    });
    const socket = await rawSocket(t, listener.port);
    const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n';
    for (let i = 0; i < 3; i++) {
      const request = `POST /${i} HTTP/1.1\r\nHost: x\r\n${offer}Content-Length: 5\r\n\r\nhello`;
      const answer = await talk(socket, request, (text) => text.endsWith(`/${i} 5`));
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    }
  });

  test(`${name}: a body that we hold back is not cut off; many bodies leave nothing behind`, async (t) => {
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    t.after(() => process.off('warning', warn));
    const { listener } = await serving(t, transport, (exchange) => {
      exchange.pauseBody();
      bodyOf(exchange, (bytes) => exchange.respond(200, {}, `${exchange.request.path} ${bytes}`));
      if (exchange.request.path === '/0') setTimeout(() => exchange.resumeBody(), 120);
      else exchange.resumeBody();
    }, { handshakeTimeoutMs: 40 });
    const socket = await rawSocket(t, listener.port);
    for (let i = 0; i < 30; i++) {
      const request = `POST /${i} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello`;
      assert.match(await talk(socket, request, (text) => text.endsWith(`/${i} 5`)), / 200 OK/);
    }
    await new Promise((resolve) => setTimeout(resolve, 120)); // idle for longer than a body may be
    assert.match(await talk(socket, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', (text) => text.endsWith('/ 0')), / 200 OK/);
    assert.deepEqual(warnings, []);
  });

  test(`${name}: each write is one chunk, sent at once`, async (t) => {
    const streams: ExchangeStream[] = [];
    const { listener } = await serving(t, transport, (exchange) => streams.push(exchange.stream(200, { 'x-a': 'b' })));
    const socket = await rawSocket(t, listener.port);
    // as some clients of Mesos do, which then read an endless stream
    const head = 'POST /api/v1/scheduler HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}';
    const answer = await talk(socket, head, (text) => text.endsWith('\r\n\r\n'));
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*transfer-encoding: chunked/i);
    for (const text of ['first', 'second one', 'x'.repeat(300)]) {
      streams[0]!.write(Buffer.from(text));
      const size = text.length.toString(16);
      const chunk = await talk(socket, '', (got) => got.length >= text.length + size.length + 4);
      assert.equal(chunk, `${size}\r\n${text}\r\n`);
    }
    streams[0]!.end();
    assert.equal((await restOf(socket)).toString(), '0\r\n\r\n');
  });

  test(`${name}: a streamed answer holds back for a slow reader, and is whole`, async (t) => {
    const total = 400;
    const chunk = Buffer.alloc(100_000, 1);
    let most = 0;
    let waits = 0;
    const { url } = await serving(t, transport, (exchange) => {
      const stream = exchange.stream(200, {});
      let count = 0;
      const go = (): void => {
        while (count < total) {
          count++;
          const wantsMore = stream.write(chunk);
          most = Math.max(most, stream.bufferedBytes);
          if (!wantsMore) {
            waits++;
            return;
          }
        }
        stream.end();
      };
      stream.onDrain(go);
      go();
    });
    const response = await get(url);
    await eventually(() => waits > 0);
    let bytes = 0;
    for await (const piece of response) bytes += (piece as Buffer).length;
    assert.equal(bytes, total * chunk.length);
    assert.ok(most < 5 * chunk.length, String(most));
  });

  test(`${name}: a stream whose reader never comes is cut off at the limit`, async (t) => {
    const limits = { maxBufferedBytes: 1_000_000, maxFrameBytes: 1000 };
    let most = 0;
    let isAborted = false;
    let stream: ExchangeStream | null = null;
    const { url } = await serving(t, transport, (exchange) => {
      exchange.onAborted(() => (isAborted = true));
      stream = exchange.stream(200, {});
    }, limits);
    const response = await get(url);
    response.on('error', () => undefined);
    response.pause();
    await eventually(() => {
      for (let i = 0; i < 10; i++) stream!.write(Buffer.alloc(100_000));
      most = Math.max(most, stream!.bufferedBytes);
      return isAborted;
    });
    assert.ok(most <= 1_300_000, String(most));
    assert.equal(stream!.bufferedBytes, 0);
    assert.equal(stream!.write(Buffer.alloc(10)), false);
  });

  test(`${name}: a length that was announced is kept, or the connection is cut`, async (t) => {
    const { listener } = await serving(t, transport, (exchange) => {
      const stream = exchange.stream(200, { 'content-length': '10' });
      stream.write(Buffer.from('12345'));
      if (exchange.request.path === '/whole') stream.write(Buffer.from('67890and more'));
      stream.end();
    });
    const socket = await rawSocket(t, listener.port);
    const whole = await talk(socket, 'GET /whole HTTP/1.1\r\nHost: x\r\n\r\n', (text) => text.includes('90'));
    assert.match(whole, /content-length: 10\r\n[^]*\r\n\r\n1234567890$/i);
    assert.doesNotMatch(whole, /chunked/i);
    socket.write('GET /part HTTP/1.1\r\nHost: x\r\n\r\n');
    await restOf(socket);
  });

  test(`${name}: a large body comes in pieces, and can be held back`, async (t) => {
    const total = 30_000_000;
    let bytes = 0;
    let isHeld = false;
    let resume = (): void => undefined;
    const { url } = await serving(t, transport, (exchange) => {
      exchange.onBody((chunk, last) => {
        bytes += chunk.length;
        if (!isHeld && bytes > 1_000_000) {
          isHeld = true;
          exchange.pauseBody();
          resume = () => exchange.resumeBody();
        }
        if (last) exchange.respond(200, {}, String(bytes));
        return true;
      });
    });
    const answer = fetch(url, { method: 'POST', body: Buffer.alloc(total, 1) });
    await eventually(() => isHeld);
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(bytes < 3_000_000, String(bytes));
    resume();
    assert.equal(await (await answer).text(), String(total));
  });

  test(`${name}: bodies and heads over the limit are refused`, async (t) => {
    const limits = { maxBodyBytes: 1000, maxHeadBytes: 2000 };
    let asked = 0;
    const { listener, url } = await serving(t, transport, (exchange) => {
      asked++;
      bodyOf(exchange, (bytes) => exchange.respond(200, {}, String(bytes)));
    }, limits);
    const fits = await fetch(url, { method: 'POST', body: Buffer.alloc(1000) });
    assert.equal(await fits.text(), '1000');
    assert.equal((await fetch(url, { method: 'POST', body: Buffer.alloc(1001) })).status, 413);
    assert.equal(asked, 1);
    assert.equal((await fetch(url, { headers: { 'x-long': 'y'.repeat(3000) } })).status, 431);
    assert.equal(asked, 1);
    const socket = await rawSocket(t, listener.port);
    const chunks = `${'3e8\r\n'}${'z'.repeat(1000)}\r\n`.repeat(3);
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
    await restOf(socket);
    assert.equal(asked, 2);
  });

  test(`${name}: a body that stops coming is cut off, and so is one that is not wanted`, async (t) => {
    let aborted = 0;
    const { listener } = await serving(t, transport, (exchange) => {
      exchange.onAborted(() => aborted++);
      exchange.onBody(() => exchange.request.path !== '/unwanted');
    }, { handshakeTimeoutMs: 60 });
    for (const path of ['/stops', '/unwanted']) {
      const socket = await rawSocket(t, listener.port);
      socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc`);
      await restOf(socket);
    }
    await eventually(() => aborted === 2);
  });

  test(`${name}: a body that keeps coming drop by drop is refused with 408`, async (t) => {
    let aborted = 0;
    const { listener, url } = await serving(t, transport, (exchange) => {
      exchange.onAborted(() => aborted++);
      bodyOf(exchange, (bytes) => exchange.respond(200, {}, String(bytes)));
    }, { handshakeTimeoutMs: 100 });
    const socket = await rawSocket(t, listener.port);
    socket.on('error', () => undefined);
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
    const timer = setInterval(() => socket.write('x'), 10);
    t.after(() => clearInterval(timer));
    const answer = (await restOf(socket)).toString();
    assert.match(answer, /^HTTP\/1\.1 408 [^]*\r\n\r\nthe body comes too slowly: \d+ bytes so far$/);
    await eventually(() => aborted === 1);
    assert.equal(await (await fetch(url, { method: 'POST', body: Buffer.alloc(1000) })).text(), '1000');
  });

  test(`${name}: whoever answers a client that has gone, or twice, does no harm`, async (t) => {
    const exchanges: Exchange[] = [];
    let aborted = 0;
    const { listener, url } = await serving(t, transport, (exchange) => {
      exchange.onAborted(() => aborted++);
      exchanges.push(exchange);
    });
    const socket = await rawSocket(t, listener.port);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => exchanges.length === 1);
    socket.destroy();
    await eventually(() => aborted === 1);
    exchanges[0]!.respond(200, {}, 'late');
    exchanges[0]!.stream(200, {}).write(Buffer.from('later'));
    const answer = fetch(url);
    await eventually(() => exchanges.length === 2);
    exchanges[1]!.respond(200, {}, 'once');
    exchanges[1]!.respond(500, {}, 'twice');
    assert.equal(await (await answer).text(), 'once');
    assert.equal(aborted, 1);
  });

  test(`${name}: a handler that throws is answered with 500; headers cannot break an answer in two`, async (t) => {
    const faults: string[] = [];
    const onFault = (error: unknown): void => void faults.push(String(error));
    const { url } = await serving(t, transport, (exchange) => {
      if (exchange.request.path === '/bug') throw new Error('a bug');
      exchange.respond(200, { 'x-name': 'a\r\nset-cookie: b' }, '');
    }, {}, onFault);
    const bug = await fetch(`${url}/bug`);
    assert.deepEqual([bug.status, await bug.text()], [500, '']);
    const split = await fetch(`${url}/split`);
    assert.deepEqual([split.status, split.headers.get('set-cookie')], [500, null]);
    assert.match(faults.join('\n'), /^Error: a bug\nMeteError: INVALID_ARGUMENT: header x-name /);
  });

  test(`${name}: closing waits for answers that are under way, and ends what never ends`, async (t) => {
    const exchanges: Exchange[] = [];
    const { listener, url } = await serving(t, transport, (exchange) => void exchanges.push(exchange));
    const answer = fetch(url);
    const endless = await new Promise<IncomingMessage>((resolve) => {
      httpRequest(`${url}/endless`, resolve).end();
      void eventually(() => exchanges.length === 2).then(() => {
        exchanges.find(({ request }) => request.path === '/endless')!.stream(200, {}).write(Buffer.from('on and on'));
      });
    });
    const isCut = new Promise<void>((resolve) => endless.once('error', () => resolve()));
    endless.resume();
    const idle = await rawSocket(t, listener.port);
    const closed = listener.close();
    exchanges.find(({ request }) => request.path === '/')!.respond(200, {}, 'in time');
    assert.equal(await (await answer).text(), 'in time');
    await closed;
    await isCut;
    await restOf(idle);
    await assert.rejects(fetch(url));
  });
}

function get(url: string): Promise<IncomingMessage> {
  return new Promise((resolve) => httpRequest(url, resolve).end());
}
