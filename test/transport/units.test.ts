/** The small parts of the transports: choosing, reasons, addresses, gathering of writes, leaving cleanly. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { chooseTransport } from '../../src/transport/choose-transport.js';
import { cutReason, reasonOf } from '../../src/transport/close-reason.js';
import { splitTarget } from '../../src/transport/exchange-text.js';
import { openFront } from '../../src/transport/front.js';
import { LinkWatch } from '../../src/transport/link-watch.js';
import { DEFAULT_LIMITS, hostPort, linkUrl } from '../../src/transport/transport.js';
import { addressText } from '../../src/transport/uws-text.js';
import { wsTransport } from '../../src/transport/ws-transport.js';
import { connected, eventually, HOST, linkPorts, listening, parseFrames, rawLink, REAL, Recorder } from './fixtures.js';

test('auto takes uws where it loads, and ws with the reasons where not; who insists is refused with them', async () => {
  const nowhere = () => Promise.resolve({ reasons: ['no binary for Node 99'] });
  const { transport, reasons } = await chooseTransport('auto', {}, nowhere);
  assert.equal(transport.name, 'ws');
  assert.deepEqual(reasons, ['no binary for Node 99']);
  await assert.rejects(chooseTransport('uws', {}, nowhere), /TRANSPORT_UNAVAILABLE: .*no binary for Node 99.*say 'ws'/);
  const fake = { ...wsTransport, name: 'uws' } as const;
  const somewhere = () => Promise.resolve({ transport: fake });
  assert.equal((await chooseTransport(undefined, {}, somewhere)).transport, fake);
  assert.equal((await chooseTransport(undefined, { METE_TRANSPORT: 'ws' }, somewhere)).transport, wsTransport);
  await assert.rejects(chooseTransport(undefined, { METE_TRANSPORT: 'tcp' }), /METE_TRANSPORT "tcp": there is no such/);
});

test('reasons are cut to 120 bytes at a character, and codes without a text have one', () => {
  assert.equal(cutReason('short'), 'short');
  assert.equal(cutReason('x'.repeat(120)), 'x'.repeat(120));
  assert.equal(cutReason('x'.repeat(121)), 'x'.repeat(120));
  assert.equal(cutReason(`${'x'.repeat(118)}€€`), 'x'.repeat(118));
  assert.equal(cutReason('€'.repeat(50)), '€'.repeat(40));
  assert.equal(reasonOf(1000, 'done'), 'done');
  assert.equal(reasonOf(1006, ''), 'the connection was lost');
  assert.equal(reasonOf(4321, ''), 'the other side closed the link with code 4321');
});

test('addresses as people write them', () => {
  const text = (...bytes: number[]): string => addressText(Uint8Array.from(bytes).buffer);
  assert.equal(text(192, 0, 2, 1), '192.0.2.1');
  assert.equal(text(...Array<number>(15).fill(0), 1), '::1');
  assert.equal(text(...Array<number>(10).fill(0), 255, 255, 10, 0, 0, 1), '10.0.0.1');
  assert.equal(text(0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 7), '2001:db8::7');
  assert.equal(text(), 'unknown');
  assert.equal(hostPort('::1', 80), '[::1]:80');
  assert.equal(linkUrl('master.example', 5050), 'ws://master.example:5050/link');
});

test('targets of requests', () => {
  assert.deepEqual(splitTarget('/a/b?c=d?e'), { path: '/a/b', query: 'c=d?e' });
  assert.deepEqual(splitTarget('http://host:80/a?b'), { path: '/a', query: 'b' });
  assert.deepEqual(splitTarget('http://host'), { path: '/', query: '' });
  assert.deepEqual(splitTarget('/a?'), { path: '/a', query: '' });
});

const CHOOSER = new URL('../../src/transport/choose-transport.ts', import.meta.url).href;

/** A program that listens, talks to itself, closes all, and is over then. */
const LEAVES_CLEANLY = `
  const { chooseTransport } = await import('${CHOOSER}');
  const { transport } = await chooseTransport(process.argv[1]);
  const echo = { frame: (link, bytes) => void link.send(bytes), closed: () => undefined };
  const onExchange = (exchange) => exchange.respond(200, {}, 'ok');
  const listener = await transport.listen({ host: '127.0.0.1', port: 0, onLink: () => echo, onExchange });
  const { port } = listener;
  await new Promise((resolve) => {
    const handlers = { frame: resolve, closed: () => console.log('closed') };
    transport.connect({ url: 'ws://127.0.0.1:' + port, handlers }).then((link) => link.send(Buffer.from('x')));
  });
  await (await fetch('http://127.0.0.1:' + port)).text();
  await listener.close();
`;

for (const transport of REAL) {
  test(`transport ${transport.name}: frames of one tick arrive as one piece, both ways`, async (t) => {
    const { listener, accepted } = await listening(t, transport);
    for (const [index, port] of (await linkPorts(t, listener)).entries()) {
      const socket = await rawLink(t, port);
      await eventually(() => accepted[index] !== undefined);
      const pieces: Buffer[] = [];
      socket.on('data', (piece: Buffer) => pieces.push(piece));
      socket.resume();
      for (let i = 0; i < 200; i++) accepted[index]!.link!.send(Buffer.alloc(20, i));
      await eventually(() => Buffer.concat(pieces).length === 200 * 22);
      assert.equal(pieces.length, 1);
      assert.equal(parseFrames(pieces[0]!).length, 200);
      socket.destroy();
    }
    const pieces: Buffer[] = [];
    const relay = createServer((near) => near.on('data', (piece: Buffer) => pieces.push(piece)));
    await new Promise<void>((resolve) => relay.listen(0, HOST, resolve));
    t.after(() => relay.close());
    const { port } = relay.address() as { port: number };
    relay.once('connection', (near) => {
      near.once('data', (request: Buffer) => {
        const key = /Sec-WebSocket-Key: (.*)\r\n/i.exec(request.toString())![1]!;
        const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade';
        near.write(`${head}\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`);
      });
      t.after(() => near.destroy());
    });
    const { link } = await connected(transport, linkUrl(HOST, port));
    pieces.length = 0;
    for (let i = 0; i < 200; i++) link.send(Buffer.alloc(20, i));
    await eventually(() => Buffer.concat(pieces).length === 200 * 26);
    assert.equal(pieces.length, 1);
  });

  test(`transport ${transport.name}: a process that has closed everything ends by itself`, async () => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', LEAVES_CLEANLY, transport.name];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.deepEqual([code, signal, text], [0, null, 'closed\n']);
  });
}

test('a native port that cannot be reached is done without', async (t) => {
  const dead = createServer();
  await new Promise<void>((resolve) => dead.listen(0, HOST, resolve));
  const { port: nativePort } = dead.address() as { port: number };
  await new Promise((resolve) => dead.close(resolve));
  const watch = new LinkWatch(DEFAULT_LIMITS, true);
  const front = await openFront({
    host: HOST, port: 0, limits: DEFAULT_LIMITS, watch, nativePort,
    onFault: () => undefined,
    onLink: () => new Recorder((link, bytes) => void link.send(bytes)),
  });
  t.after(() => {
    watch.endAll('over');
    return front.close();
  });
  const { link, recorder } = await connected(wsTransport, linkUrl(HOST, front.port));
  link.send(Buffer.from('x'));
  await recorder.until(({ frames }) => frames.length === 1);
});

function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
