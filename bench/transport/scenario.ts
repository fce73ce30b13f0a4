/**
 * Links alone: opaque messages of 100 bytes, some to a frame, go to the other side and come back. Both ends of uws and
 * ws are processes of their own, connected over loopback by the client that mete uses (the npm package ws); memory is
 * one process by nature. Nothing is encoded: the codec has a benchmark of its own.
 */
import type { Link } from '../../src/base/link.js';
import { chooseTransport } from '../../src/transport/choose-transport.js';
import { memoryTransport } from '../../src/transport/memory-transport.js';
import { linkUrl, type Transport } from '../../src/transport/transport.js';
import { ns, type Play, problem, type TransportContender } from '../house/problem.js';
import { cpuMs, ECHO, type EchoServer, LIMITS, startEchoServer } from './echo-server.js';

const MESSAGE_BYTES = 100;
const SAMPLES = 7;

interface LinksSize extends Record<string, number> {
  readonly links: number;
  readonly messages: number;
  readonly frames: number;
  readonly echoes: number;
}

/** Both ends in this process; a server's CPU time cannot be told from a client's then. */
async function inOneProcess(transport: Transport): Promise<EchoServer> {
  const listener = await transport.listen(ECHO);
  return { port: listener.port, cpuMs: () => Promise.resolve(0), close: () => void listener.close() };
}

/** Sends batches on all links at once, each link its next when the last is back, until all echoes have come. */
class Players {
  private readonly frame: Uint8Array;
  private readonly links: { readonly link: Link; missing: number }[] = [];
  private toSend = 0;
  private toCome = 0;
  private done: () => void = () => undefined;
  bytes = 0;

  constructor(private readonly size: LinksSize) {
    this.frame = new Uint8Array(MESSAGE_BYTES * size.messages).fill(7);
  }

  async connect(transport: Transport, port: number): Promise<void> {
    const url = linkUrl('127.0.0.1', port);
    for (let i = 0; i < this.size.links; i++) {
      const index = i;
      const handlers = {
        frame: (_: Link, bytes: Uint8Array): void => this.came(index, bytes),
        closed: (_: Link, reason: string): void => {
          if (this.toCome > 0) throw new Error(reason);
        },
      };
      this.links.push({ link: await transport.connect({ url, handlers, limits: LIMITS }), missing: 0 });
    }
  }

  /** Resolves when about this many messages have come back; to how many. */
  async play(messages: number): Promise<number> {
    const { size } = this;
    const frames = Math.max(size.links * size.frames, Math.ceil(messages / size.messages));
    const whole = Math.ceil(frames / size.frames) * size.frames;
    this.toSend = this.toCome = whole;
    await new Promise<void>((resolve) => {
      this.done = resolve;
      for (let i = 0; i < this.links.length; i++) this.sendBatch(i);
    });
    return whole * size.messages;
  }

  close(): void {
    for (const { link } of this.links) link.close('over');
  }

  private sendBatch(index: number): void {
    const { frames } = this.size;
    if (this.toSend < frames) return;
    this.toSend -= frames;
    const player = this.links[index]!;
    player.missing = frames;
    for (let i = 0; i < frames; i++) {
      if (player.link.send(this.frame) === 'dropped') throw new Error('a frame was dropped');
    }
  }

  private came(index: number, bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (--this.toCome === 0) return this.done();
    if (--this.links[index]!.missing === 0) this.sendBatch(index);
  }
}

function playOver(name: TransportContender): Play<LinksSize> {
  return async (run, size) => {
    const transport = name === 'memory' ? memoryTransport() : (await chooseTransport(name)).transport;
    const server = await (name === 'memory' ? inOneProcess(transport) : startEchoServer(name));
    const players = new Players(size);
    await players.connect(transport, server.port);
    await players.play(size.echoes);
    for (let i = 0; i < SAMPLES; i++) {
      const before = { theirs: await server.cpuMs(), ours: cpuMs(), at: performance.now() };
      const messages = await players.play(size.echoes);
      const wallMs = performance.now() - before.at;
      const ours = cpuMs() - before.ours;
      const theirs = (await server.cpuMs()) - before.theirs;
      run.note('message', wallMs / messages);
      run.note('cpu', (ours + theirs) / messages);
      if (name !== 'memory') run.note('server cpu', theirs / messages);
    }
    run.see('bytes that came back', players.bytes);
    players.close();
    server.close();
  };
}

export default problem<LinksSize>({
  name: 'transport',
  title: 'Links: messages of 100 bytes, there and back',
  shape:
    'A client opens links to an echo server; each link has one batch under way. Server and client are processes of ' +
    'their own, except in memory.',
  parameters: {
    links: 'links open at a time',
    messages: 'messages in a frame',
    frames: 'frames sent at once on a link',
    echoes: 'messages in one sample',
  },
  metrics: {
    message: ns('time per message, there and back'),
    cpu: ns('CPU time per message, both ends'),
    'server cpu': ns('CPU time per message, listening end'),
  },
  scales: {
    tiny: [{ name: 'large', size: { links: 3, messages: 2, frames: 2, echoes: 24 } }],
    quick: [
      { name: 'one, 1', size: { links: 1, messages: 1, frames: 1, echoes: 2000 } },
      { name: 'large', size: { links: 100, messages: 64, frames: 1, echoes: 64_000 } },
    ],
    default: [
      { name: 'one, 1', size: { links: 1, messages: 1, frames: 1, echoes: 10_000 } },
      { name: 'one, 64', size: { links: 1, messages: 64, frames: 1, echoes: 400_000 } },
      { name: 'hundred, 1', size: { links: 100, messages: 1, frames: 1, echoes: 40_000 } },
      { name: 'large', size: { links: 100, messages: 64, frames: 1, echoes: 600_000 } },
      { name: 'hundred, 64 frames', size: { links: 100, messages: 1, frames: 64, echoes: 300_000 } },
    ],
  },
  contenders: { uws: playOver('uws'), ws: playOver('ws'), memory: playOver('memory') },
});
