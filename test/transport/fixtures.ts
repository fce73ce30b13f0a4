/** Drivers to try, recorders of what links say, and raw sockets for whoever does not keep to the rules. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Link, LinkHandlers } from '../../src/base/link.js';
import { chooseTransport } from '../../src/transport/choose-transport.js';
import { memoryTransport } from '../../src/transport/memory-transport.js';
import {
  type ConnectOptions, linkUrl, type Listener, type ListenOptions, NATIVE_HEADER, type Transport,
} from '../../src/transport/transport.js';
import { wsTransport } from '../../src/transport/ws-transport.js';

export const HOST = '127.0.0.1';

const found = await chooseTransport('auto', {});

/** Drivers over sockets; uws only where it can be loaded. */
export const REAL: readonly Transport[] = [...new Set([found.transport, wsTransport])];

export const ALL: readonly Transport[] = [...REAL, memoryTransport()];

/** Handlers that keep what they are told, and let tests wait for it. */
export class Recorder implements LinkHandlers {
  readonly frames: Uint8Array[] = [];
  readonly reasons: string[] = [];
  drainedCount = 0;
  link: Link | null = null;
  private waiting: (() => void)[] = [];

  constructor(private readonly onFrame?: (link: Link, bytes: Uint8Array) => void) {}

  frame(link: Link, bytes: Uint8Array): void {
    this.link = link;
    this.frames.push(bytes);
    this.onFrame?.(link, bytes);
    this.wake();
  }

  drained(link: Link): void {
    this.link = link;
    this.drainedCount++;
    this.wake();
  }

  closed(link: Link, reason: string): void {
    this.link = link;
    this.reasons.push(reason);
    this.wake();
  }

  /** Resolves once the condition holds. */
  async until(holds: (recorder: this) => boolean): Promise<void> {
    const keepAlive = setInterval(() => undefined, 1000); // what is waited for need not hold the process
    while (!holds(this)) await new Promise<void>((resolve) => this.waiting.push(resolve));
    clearInterval(keepAlive);
  }

  /** Resolves to the reason of the end. */
  async end(): Promise<string> {
    await this.until(() => this.reasons.length > 0);
    return this.reasons[0]!;
  }

  opened(link: Link): this {
    this.link = link;
    this.wake();
    return this;
  }

  private wake(): void {
    const due = this.waiting;
    this.waiting = [];
    for (const resolve of due) resolve();
  }
}

/** Listens until the test is over; each accepted link gets a recorder, in order. */
export async function listening(
  t: TestContext,
  transport: Transport,
  options: Partial<ListenOptions> & { readonly onFrame?: (link: Link, bytes: Uint8Array) => void } = {},
): Promise<{ listener: Listener; accepted: Recorder[]; url: string }> {
  const accepted: Recorder[] = [];
  const { onFrame, ...rest } = options;
  const onLink = (link: Link): LinkHandlers => {
    const recorder = new Recorder(onFrame).opened(link);
    accepted.push(recorder);
    return recorder;
  };
  const listener = await transport.listen({ host: HOST, port: 0, onLink, ...rest });
  t.after(() => listener.close());
  return { listener, accepted, url: linkUrl(HOST, listener.port) };
}

export async function connected(
  transport: Transport,
  url: string,
  options: Partial<ConnectOptions> & { readonly onFrame?: (link: Link, bytes: Uint8Array) => void } = {},
): Promise<{ link: Link; recorder: Recorder }> {
  const { onFrame, ...rest } = options;
  const recorder = new Recorder(onFrame);
  const link = await transport.connect({ url, handlers: recorder, ...rest });
  recorder.opened(link);
  return { link, recorder };
}

/** Lets everything that is due happen first. */
export async function turns(count = 3): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until a condition that nobody announces holds. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A frame of WebSocket as a client has to send it. */
export function rawFrame(opcode: number, payload: Uint8Array, { fin = true, mask = true } = {}): Buffer {
  const { length } = payload;
  const head = [(fin ? 0x80 : 0) | opcode];
  const flag = mask ? 0x80 : 0;
  if (length < 126) head.push(flag | length);
  else if (length < 65_536) head.push(flag | 126, length >> 8, length & 255);
  else head.push(flag | 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
  return Buffer.concat([Buffer.from(head), mask ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

/** A socket that is over when the test is. */
export async function rawSocket(t: TestContext, port: number): Promise<Socket> {
  const socket = connectSocket(port, HOST);
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

export function upgradeRequest(extra = ''): string {
  const key = randomBytes(16).toString('base64');
  const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}`;
  return `GET /link HTTP/1.1\r\nHost: x\r\n${fields}\r\n${extra}\r\n`;
}

/** A socket that has become a WebSocket by hand, and is paused. */
export async function rawLink(t: TestContext, port: number): Promise<Socket> {
  const socket = await rawSocket(t, port);
  socket.write(upgradeRequest());
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  if (!answer.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(answer.toString('latin1'));
  return socket;
}

/** The ports where links are taken: that of the listener, and the native one if there is one. */
export async function linkPorts(t: TestContext, { port }: Listener): Promise<number[]> {
  const socket = await rawSocket(t, port);
  // without a key it never becomes a link
  socket.write(upgradeRequest(`${NATIVE_HEADER}: 1\r\n`).replace(/Sec-WebSocket-Key.*\r\n/, ''));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  const native = new RegExp(`${NATIVE_HEADER}: (\\d+)`).exec(answer.toString('latin1'))?.[1];
  return native === undefined ? [port] : [port, Number(native)];
}

/** What a server sent as WebSocket, frame by frame; good enough for frames that come whole. */
export function parseFrames(bytes: Buffer): { opcode: number; payload: Buffer }[] {
  const frames = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const opcode = bytes[at]! & 15;
    let length = bytes[at + 1]! & 127;
    at += 2;
    if (length === 126) {
      length = bytes.readUInt16BE(at);
      at += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(at));
      at += 8;
    }
    frames.push({ opcode, payload: bytes.subarray(at, at + length) });
    at += length;
  }
  return frames;
}

/** All that comes until the other side ends the connection. */
export async function restOf(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return Buffer.concat(chunks);
}

/** All frames up to the close frame, or to the end of the connection; the socket is destroyed then. */
export async function untilClose(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (closeReason(Buffer.concat(chunks)) !== null) socket.destroy();
  });
  socket.resume();
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return Buffer.concat(chunks);
}

/** The reason in the close frame among what came; null if there is none. */
export function closeReason(bytes: Buffer): string | null {
  const frame = parseFrames(bytes).find(({ opcode }) => opcode === 8);
  return frame === undefined ? null : frame.payload.subarray(2).toString();
}
