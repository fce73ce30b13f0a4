/** Peers that do not keep to the rules: each is closed with a reason, and harms nobody else. */
import assert from 'node:assert/strict';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import type { Exchange } from '../../src/base/exchange.js';
import type { Link, SendResult } from '../../src/base/link.js';
import { type Listener, linkUrl, type Transport } from '../../src/transport/transport.js';
import {
  closeReason, connected, eventually, HOST, linkPorts, listening, parseFrames, rawFrame, rawLink, rawSocket, REAL,
  restOf, turns, untilClose, upgradeRequest,
} from './fixtures.js';

const TINY = Buffer.from('x');

/** Somebody well behaved gets an answer. */
async function assertServes(transport: Transport, { port }: Listener): Promise<void> {
  const { link, recorder } = await connected(transport, linkUrl(HOST, port));
  link.send(Buffer.from('still there?'));
  await recorder.until(({ frames }) => frames.length === 1);
  link.close('thanks');
  await recorder.end();
}

/** Runs on each port where links are taken. */
async function onEachPort(
  t: TestContext,
  listener: Listener,
  attack: (port: number, index: number) => Promise<void>,
): Promise<void> {
  const ports = await linkPorts(t, listener);
  for (const [index, port] of ports.entries()) await attack(port, index);
}

for (const transport of REAL) {
  const name = `transport ${transport.name}`;
  const echo = { onFrame: (link: Link, bytes: Uint8Array) => void link.send(bytes) };

  test(`${name}: garbage instead of a handshake`, async (t) => {
    const { listener, accepted } = await listening(t, transport, echo);
    const tls = '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03';
    const garbage = ['\0\x01\x02\x03\r\n\r\n', 'HELLO\r\n\r\n', tls, 'GET / HTTP/9\r\n\r\n'];
    await onEachPort(t, listener, async (port) => {
      for (const text of garbage) {
        const socket = await rawSocket(t, port);
        socket.end(text, 'latin1');
        await restOf(socket);
      }
    });
    assert.equal(accepted.length, 0);
    await assertServes(transport, listener);
  });

  test(`${name}: garbage after the handshake`, async (t) => {
    const { listener, accepted } = await listening(t, transport, echo);
    await onEachPort(t, listener, async (port, index) => {
      const socket = await rawLink(t, port);
      socket.write(Buffer.alloc(100, 0xff));
      await restOf(socket);
      assert.match(await accepted[index]!.end(), /^(what came is no WebSocket|the connection was lost)/);
    });
    await assertServes(transport, listener);
  });

  test(`${name}: a text frame is refused with a reason`, async (t) => {
    const { listener, accepted } = await listening(t, transport, echo);
    await onEachPort(t, listener, async (port, index) => {
      const socket = await rawLink(t, port);
      socket.write(rawFrame(1, Buffer.from('{"type":"SUBSCRIBE"}')));
      const reason = 'a text frame came, but only binary frames are spoken here';
      assert.equal(closeReason(await untilClose(socket)), reason);
      assert.equal(await accepted[index]!.end(), reason);
      assert.equal(accepted[index]!.frames.length, 0);
    });
    await assertServes(transport, listener);
  });

  test(`${name}: a frame far over the limit is not even read`, async (t) => {
    const { listener, accepted } = await listening(t, transport, { ...echo, limits: { maxFrameBytes: 1000 } });
    await onEachPort(t, listener, async (port, index) => {
      const socket = await rawLink(t, port);
      socket.write(rawFrame(2, Buffer.alloc(4_000_000)).subarray(0, 5000));
      await restOf(socket);
      assert.equal(await accepted[index]!.end(), 'a frame came that is over the limit of 1000 bytes');
    });
    await assertServes(transport, listener);
  });

  test(`${name}: fragments that never end are counted together`, async (t) => {
    const { listener, accepted } = await listening(t, transport, { ...echo, limits: { maxFrameBytes: 1000 } });
    await onEachPort(t, listener, async (port, index) => {
      const socket = await rawLink(t, port);
      socket.write(rawFrame(2, Buffer.alloc(50_000), { fin: false }));
      for (let i = 0; i < 30; i++) socket.write(rawFrame(0, Buffer.alloc(50_000), { fin: false }));
      await restOf(socket);
      assert.match(await accepted[index]!.end(), /^a frame came that is over the limit of 1000 bytes$/);
    });
    await assertServes(transport, listener);
  });

  test(`${name}: a peer that falls silent is pinged, then closed with a reason`, async (t) => {
    const { listener, accepted } = await listening(t, transport, { ...echo, limits: { idleTimeoutMs: 60 } });
    await onEachPort(t, listener, async (port, index) => {
      const socket = await rawLink(t, port);
      socket.write(rawFrame(2, TINY));
      const bytes = await untilClose(socket);
      assert.ok(parseFrames(bytes).some(({ opcode }) => opcode === 9), 'it was pinged');
      assert.equal(closeReason(bytes), 'nothing was heard for 60 ms');
      assert.equal(await accepted[index]!.end(), 'nothing was heard for 60 ms');
    });
  });

  test(`${name}: a peer that answers pings and says nothing else stays`, async (t) => {
    const { listener, accepted } = await listening(t, transport, { ...echo, limits: { idleTimeoutMs: 100 } });
    await onEachPort(t, listener, async (port, index) => {
      const socket = await rawLink(t, port);
      socket.write(rawFrame(2, TINY));
      let pings = 0;
      socket.on('data', (bytes: Buffer) => {
        for (const { opcode } of parseFrames(bytes)) {
          if (opcode !== 9) continue;
          pings++;
          socket.write(rawFrame(10, Buffer.alloc(0)));
        }
      });
      socket.resume();
      await eventually(() => pings >= 6 || socket.closed);
      assert.equal(pings >= 6, true);
      assert.deepEqual(accepted[index]!.reasons, []);
      socket.destroy();
    });
  });

  test(`${name}: a client closes a listener that falls silent`, async (t) => {
    const { listener } = await listening(t, transport, echo);
    const relay = createServer((near) => {
      const far = connectSocket(listener.port, HOST);
      near.pipe(far).pipe(near);
      frozen.push(near, far);
    });
    const frozen: Socket[] = [];
    await new Promise<void>((resolve) => relay.listen(0, HOST, resolve));
    t.after(() => {
      relay.close();
      for (const socket of frozen) socket.destroy();
    });
    const { port } = relay.address() as { port: number };
    const limits = { idleTimeoutMs: 100, handshakeTimeoutMs: 1000 };
    const { link, recorder } = await connected(transport, linkUrl(HOST, port), { limits });
    link.send(TINY);
    await recorder.until(({ frames }) => frames.length === 1);
    const [near, far] = frozen.slice(-2);
    far!.unpipe(near);
    near!.unpipe(far);
    near!.pause();
    if (link.remote.endsWith(`:${port}`)) assert.equal(await recorder.end(), 'nothing was heard for 100 ms');
  });

  test(`${name}: a connection that is reset ends its link`, async (t) => {
    const { listener, accepted } = await listening(t, transport, echo);
    await onEachPort(t, listener, async (port, index) => {
      const socket = await rawLink(t, port);
      socket.write(rawFrame(2, TINY));
      await accepted[index]!.until(({ frames }) => frames.length === 1);
      socket.resetAndDestroy();
      assert.equal(await accepted[index]!.end(), 'the connection was lost');
    });
    await assertServes(transport, listener);
  });

  test(`${name}: a slow reader makes send say so, is told when it has caught up, and gets everything`, async (t) => {
    const { listener, accepted } = await listening(t, transport, { limits: { maxBufferedBytes: 64 * 2 ** 20 } });
    await onEachPort(t, listener, async (port, index) => {
      const socket = await rawLink(t, port);
      await eventually(() => accepted[index] !== undefined);
      const recorder = accepted[index]!;
      const link = recorder.link!;
      const frame = Buffer.alloc(100_000, 7);
      let sent = 0;
      do sent++;
      while (link.send(frame) === 'sent' && sent < 600);
      assert.ok(sent < 600, 'it says that frames wait');
      for (let i = 0; i < 10; i++) assert.equal(link.send(frame), 'buffered');
      await turns();
      assert.ok(link.bufferedBytes >= 1_000_000);
      assert.equal(recorder.drainedCount, 0);
      let got = 0;
      socket.on('data', (bytes: Buffer) => (got += bytes.length));
      socket.resume();
      await recorder.until(({ drainedCount }) => drainedCount === 1);
      assert.equal(link.bufferedBytes, 0);
      assert.equal(link.send(TINY), 'sent');
      await eventually(() => got === (sent + 10) * (frame.length + 10) + 3);
      assert.deepEqual(recorder.reasons, []);
    });
  });

  test(`${name}: a reader that does not catch up is closed with a reason; what waits is bounded`, async (t) => {
    const maxBufferedBytes = 2_000_000;
    const limits = { maxBufferedBytes, maxFrameBytes: 200_000 };
    const { listener, accepted } = await listening(t, transport, { limits });
    await onEachPort(t, listener, async (port, index) => {
      await rawLink(t, port);
      await eventually(() => accepted[index] !== undefined);
      const recorder = accepted[index]!;
      const link = recorder.link!;
      let most = 0;
      let result: SendResult;
      do {
        result = link.send(Buffer.alloc(100_000));
        most = Math.max(most, link.bufferedBytes);
        await turns(1);
      } while (result !== 'dropped');
      assert.ok(most > 0 && most <= maxBufferedBytes + 20, String(most));
      assert.equal(await recorder.end(), 'the other side reads too slowly: over 2000000 bytes wait to be sent');
      assert.equal(link.send(TINY), 'dropped');
      assert.equal(listener.linkCount, 0);
    });
  });

  test(`${name}: a flood of tiny frames is taken in, and others are served meanwhile`, async (t) => {
    let count = 0;
    const { listener, url } = await listening(t, transport, {
      onFrame: (link, bytes) => {
        if (bytes.length > 0) link.send(bytes);
        else count++;
      },
    });
    const { link, recorder } = await connected(transport, url);
    await onEachPort(t, listener, async (port, index) => {
      const socket = await rawLink(t, port);
      const flood = Buffer.concat(Array.from({ length: 10_000 }, () => rawFrame(2, Buffer.alloc(0))));
      for (let i = 0; i < 20; i++) socket.write(flood);
      const before = recorder.frames.length;
      link.send(TINY);
      await recorder.until(({ frames }) => frames.length > before);
      await eventually(() => count === 200_000 * (index + 1));
    });
  });

  test(`${name}: a peer that pings and never reads cannot fill our memory`, async (t) => {
    const limits = { maxBufferedBytes: 1_000_000, maxFrameBytes: 1_000_000 };
    const { listener, accepted } = await listening(t, transport, { limits });
    const flood = Buffer.concat(Array.from({ length: 10_000 }, () => rawFrame(9, Buffer.alloc(125))));
    await onEachPort(t, listener, async (port, index) => {
      const socket = await rawLink(t, port);
      for (let i = 0; i < 20; i++) socket.write(flood);
      socket.write(rawFrame(2, TINY));
      await eventually(() => accepted[index] !== undefined);
      const recorder = accepted[index]!;
      await recorder.until(({ frames }) => frames.length === 1);
      const { link } = recorder;
      const result = link!.send(TINY);
      assert.ok(link!.bufferedBytes <= limits.maxBufferedBytes + 1_100_000, String(link!.bufferedBytes));
      await turns();
      if (recorder.reasons.length > 0) assert.match(recorder.reasons[0]!, /reads too slowly/);
      else assert.notEqual(result, 'dropped');
      socket.destroy();
    });
  });

  test(`${name}: half-open connections are bounded and lock nobody out`, async (t) => {
    const limits = { maxConnections: 300 };
    const onExchange = (exchange: Exchange): void => exchange.respond(200, {}, 'ok');
    const { listener } = await listening(t, transport, { ...echo, limits, onExchange });
    const ports = await linkPorts(t, listener);
    for (const [index, port] of ports.entries()) {
      const sockets: Socket[] = [];
      for (let i = 0; i < 2000; i++) {
        const socket = await rawSocket(t, port);
        socket.resume();
        if (i % 2 === 0) socket.write(upgradeRequest().slice(0, 40));
        sockets.push(socket);
      }
      await eventually(() => sockets.filter(({ closed }) => !closed).length <= limits.maxConnections);
      if (index === 0) {
        const answer = await fetch(`http://${HOST}:${port}/`);
        assert.equal(await answer.text(), 'ok');
      }
      await assertServes(transport, listener);
      for (const socket of sockets) socket.destroy();
    }
  });

  test(`${name}: half a handshake is not waited for`, async (t) => {
    const { listener } = await listening(t, transport, { ...echo, limits: { handshakeTimeoutMs: 50 } });
    for (const text of ['', 'GET /link HT', upgradeRequest().slice(0, -4)]) {
      const socket = await rawSocket(t, listener.port);
      socket.write(text);
      const answer = await restOf(socket);
      assert.match(answer.toString(), /^(HTTP\/1\.1 408 [^]*)?$/);
    }
    await assertServes(transport, listener);
  });

  test(`${name}: connecting to nobody, to something else, and to something silent fails with the reason`, async (t) => {
    const { listener } = await listening(t, transport, { ...echo });
    await listener.close();
    const silent = createServer(() => undefined);
    const rude = createServer((socket) => socket.end('220 mail.example.org ESMTP\r\n'));
    const polite = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 8\r\n\r\ngo away!'));
    });
    const cases: [number, RegExp][] = [[listener.port, /ECONNREFUSED/]];
    const servers = [[silent, /timed out/], [rude, /Parse Error|socket hang up/], [polite, /403 go away!/]] as const;
    for (const [server, text] of servers) {
      await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
      t.after(() => server.close());
      cases.push([(server.address() as { port: number }).port, text]);
    }
    for (const [port, text] of cases) {
      const connecting = connected(transport, linkUrl(HOST, port), { limits: { handshakeTimeoutMs: 200 } });
      await assert.rejects(connecting, (error) => {
        assert.ok(error instanceof MeteError && error.code === 'UNREACHABLE', String(error));
        assert.match(error.message, text);
        assert.match(error.message, new RegExp(`"ws://127\\.0\\.0\\.1:${port}/link"`));
        return true;
      });
    }
  });
}
