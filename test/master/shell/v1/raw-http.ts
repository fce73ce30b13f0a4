/** HTTP as bytes on a socket: what a client really sends, and what really comes back, chunk by chunk. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

const closers = new WeakMap<TestContext, (() => void)[]>();

/** Has clients leave before the server that they are connected to is closed, so that it need not wait for them. */
export function beforeClosing(t: TestContext, leave: () => void): void {
  const known = closers.get(t) ?? [];
  known.push(leave);
  closers.set(t, known);
}

export function leaveAll(t: TestContext): void {
  for (const leave of closers.get(t) ?? []) leave();
}

export interface RawHead {
  readonly status: number;
  /** Values by name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface RawAnswer extends RawHead {
  readonly body: string;
}

export class RawConnection {
  private data = Buffer.alloc(0);
  private wake: (() => void) | null = null;
  /** The other side has ended the connection. */
  isEnded = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (piece) => {
      this.data = Buffer.concat([this.data, piece]);
      this.wake?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isEnded = true;
      this.wake?.();
    });
  }

  static async open(t: TestContext, port: number): Promise<RawConnection> {
    const socket = connect({ host: '127.0.0.1', port });
    const connection = new RawConnection(socket);
    beforeClosing(t, () => socket.destroy());
    await once(socket, 'connect');
    return connection;
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** The next `length` bytes, or those up to and with `end`. Throws if the connection ends before. */
  private async take(wanted: number | string): Promise<Buffer> {
    for (;;) {
      const at = typeof wanted === 'number' ? wanted : this.data.indexOf(wanted) + wanted.length;
      const isThere = typeof wanted === 'number' ? this.data.length >= wanted : this.data.includes(wanted);
      if (isThere) {
        const taken = this.data.subarray(0, at);
        this.data = this.data.subarray(at);
        return taken;
      }
      if (this.isEnded) throw new Error(`connection ended, left: ${this.data.toString()}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = null;
    }
  }

  async head(): Promise<RawHead> {
    const [first = '', ...lines] = (await this.take('\r\n\r\n')).toString().trimEnd().split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    return { status: Number(first.split(' ')[1]), headers };
  }

  /** One chunk of a chunked answer; null is its end. */
  async chunk(): Promise<Buffer | null> {
    const length = Number.parseInt((await this.take('\r\n')).toString(), 16);
    const chunk = (await this.take(length + 2)).subarray(0, length);
    return length === 0 ? null : chunk;
  }

  /** So many bytes, as they are. */
  bytes(length: number): Promise<Buffer> {
    return this.take(length);
  }

  /** A whole answer that says how long it is. */
  async answer(): Promise<RawAnswer> {
    const head = await this.head();
    const body = await this.take(Number(head.headers['content-length']));
    return { ...head, body: body.toString() };
  }

  /** Resolves when the other side has ended the connection. */
  async ended(): Promise<void> {
    while (!this.isEnded) await new Promise<void>((resolve) => (this.wake = resolve));
  }
}

/** A request as bytes: `lines` are header lines as they are. */
export function request(method: string, path: string, lines: readonly string[], body: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(body);
  const head = [`${method} ${path} HTTP/1.1`, 'Host: x', ...lines, `Content-Length: ${bytes.length}`];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]);
}
