/**
 * Clients in great numbers that come and say nothing, or half of something, at a master in a process of its own: its
 * memory stays bounded, and those who know what they want are served meanwhile.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before, test, type TestContext } from 'node:test';
import { PORTABLE, startCluster } from '../e2e/cluster.js';
import { type Ground, openGround, waitFor } from '../e2e/ground.js';

const MIB = 2 ** 20;

/** Half-open connections; 10000 is what is promised, and takes that many open files here and there. */
const HALF_OPEN = Number(process.env['METE_TEST_HALF_OPEN'] ?? 2000);

let ground: Ground;
let port: number;
let pid: number;

before(async () => {
  ground = await openGround();
  const cluster = await startCluster(ground, PORTABLE, { agents: 0 });
  port = Number(cluster.master.split(':').at(-1));
  pid = ground.processes().find(({ command }) => command.includes(' master '))?.pid ?? -1;
});
after(() => ground.close());

/** What the master has of the machine's memory, in bytes; 0 where that cannot be asked. */
function memory(): number {
  if (pid < 0) return 0;
  return 1024 * Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Watches the memory of the master from now on. */
function watchMemory(t: TestContext): { mostGrownBytes: () => number } {
  const first = memory();
  let most = first;
  const timer = setInterval(() => (most = Math.max(most, memory())), 20);
  t.after(() => clearInterval(timer));
  return { mostGrownBytes: () => Math.max(most, memory()) - first };
}

interface Attacker {
  readonly socket: Socket;
  received: string;
  isClosed: boolean;
}

function attack(t: TestContext, bytes: string | Buffer): Attacker {
  const socket = connect({ host: '127.0.0.1', port });
  const attacker = { socket, received: '', isClosed: false };
  socket.on('data', (piece: Buffer) => (attacker.received += piece.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => (attacker.isClosed = true));
  if (bytes.length > 0) socket.write(bytes);
  t.after(() => socket.destroy());
  return attacker;
}

async function assertServes(): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/version`, { signal: AbortSignal.timeout(30_000) });
  assert.equal(answer.status, 200);
}

/** A framework that subscribes; gives the text of its events so far. */
function subscribe(t: TestContext): Attacker {
  const body = JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'root', name: 'quiet' } } });
  const head = ['POST /api/v1/scheduler HTTP/1.1', 'Host: x', 'Content-Type: application/json'];
  return attack(t, `${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

test(`${HALF_OPEN} half-open connections: others are served, what was open stays, memory is bounded`, async (t) => {
  const framework = subscribe(t);
  await waitFor('a subscription', () => framework.received.includes('"SUBSCRIBED"'));
  const watch = watchMemory(t);
  const starts = [
    '', 'POST /api/v1/scheduler HT', 'POST /api/v1/scheduler HTTP/1.1\r\nHost: x\r\nContent-Le',
    `GET /state HTTP/1.1\r\nX: ${'y'.repeat(8000)}`,
  ];
  const attackers: Attacker[] = [];
  for (let i = 0; i < HALF_OPEN; i += 100) {
    const some = Array.from({ length: Math.min(100, HALF_OPEN - i) }, (_, j) => attack(t, starts[j % starts.length]!));
    attackers.push(...some);
    await waitFor('connections', () => some.every(({ socket, isClosed }) => !socket.connecting || isClosed));
    if (i % 500 === 0) await assertServes();
  }
  await assertServes();
  t.diagnostic(`grown by ${(watch.mostGrownBytes() / MIB).toFixed(0)} MiB`);
  // Heads of 8 KB, and some 20 KB for each connection.
  assert.ok(watch.mostGrownBytes() < 64 * MIB + HALF_OPEN * 32 * 1024);
  assert.equal(framework.isClosed, false);
  attackers.forEach(({ socket }) => socket.destroy());
  await assertServes();
});

test('bodies of gigabytes at once: the largest are refused with 503, small calls are answered', async (t) => {
  const framework = subscribe(t);
  await waitFor('a subscription', () => framework.received.includes('"SUBSCRIBED"'));
  const watch = watchMemory(t);
  const head = `POST /api/v1/scheduler HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
  const part = Buffer.alloc(6 * MIB, ' ');
  const attackers = Array.from({ length: 100 }, () => {
    return attack(t, Buffer.concat([Buffer.from(`${head}Content-Length: ${32 * MIB}\r\n\r\n`), part]));
  });
  const isRefused = ({ received }: Attacker): boolean => received.startsWith('HTTP/1.1 503 ');
  await waitFor('refusals', () => attackers.filter(isRefused).length > 50);
  await assertServes();
  const refused = attackers.find(isRefused)!;
  assert.match(refused.received, /retry-after: 1\r\n/i);
  t.diagnostic(`grown by ${(watch.mostGrownBytes() / MIB).toFixed(0)} MiB`);
  assert.ok(watch.mostGrownBytes() < 700 * MIB);
  assert.equal(framework.isClosed, false);
});

test('bodies that come drop by drop are cut off with 408', async (t) => {
  const head = 'POST /api/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n';
  const attackers = Array.from({ length: 100 }, () => attack(t, head));
  const timer = setInterval(() => attackers.forEach(({ socket }) => socket.write(' ')), 500);
  t.after(() => clearInterval(timer));
  await waitFor('the end of all', () => attackers.every(({ isClosed }) => isClosed));
  for (const { received } of attackers) assert.match(received, /^HTTP\/1\.1 408 /);
  await assertServes();
});
