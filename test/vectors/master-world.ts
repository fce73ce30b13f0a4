/**
 * A real master in this process, for vectors: its core, driver, registry and HTTP routes are those of `startMaster`;
 * only the transport and the clock are played, so that nothing depends on ports or on how fast the machine is.
 */
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import type { Exchange, ExchangeHandler } from '../../src/base/exchange.js';
import type { Link, LinkHandlers } from '../../src/base/link.js';
import type { AccessOptions, Authorizer } from '../../src/http/access.js';
import { type RunningMaster, startMaster } from '../../src/master/shell/start-master.js';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import type { Message } from '../../src/protocol/messages.js';
import type { Clock } from '../../src/runner/clock.js';
import { createMemoryRegistrar } from '../../src/storage/memory-registrar.js';
import type { Transport } from '../../src/transport/transport.js';

const START_MS = 1_700_000_000_000;

/** Turns of the event loop after which nothing moves any more: bodies, the registry and gzip take a few. */
const SETTLED_TURNS = 20;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A clock that moves when it is told to. */
class PlayedClock implements Clock {
  private atMs = START_MS;
  private waiting: { readonly atMs: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return this.atMs;
  }

  wakeAt(atMs: number, callback: () => void): () => void {
    const entry = { atMs, callback };
    this.waiting.push(entry);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== entry);
    };
  }

  defer(callback: () => void): void {
    setImmediate(callback);
  }

  /** Calls whoever is due; the earliest first. */
  wake(untilMs: number): boolean {
    const [next] = this.waiting.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
    if (next === undefined) return false;
    this.waiting = this.waiting.filter((other) => other !== next);
    this.atMs = Math.max(this.atMs, next.atMs);
    next.callback();
    return true;
  }

  moveTo(atMs: number): void {
    this.atMs = atMs;
  }
}

/** One side of a link to the master. */
export class PlayedPeer {
  readonly inbox: Message[] = [];
  private handlers: LinkHandlers | null = null;
  private readonly link: Link;

  constructor(remote: string) {
    this.link = {
      remote,
      bufferedBytes: 0,
      send: (frame) => {
        this.inbox.push(...decodeFrame(frame));
        return 'sent';
      },
      close: (reason) => this.end(reason),
    };
  }

  open(onLink: (link: Link) => LinkHandlers): void {
    this.handlers = onLink(this.link);
  }

  send(message: Message): void {
    this.handlers?.frame(this.link, encodeFrame([message]));
  }

  end(reason: string): void {
    const { handlers } = this;
    this.handlers = null;
    if (handlers !== null) setImmediate(() => handlers.closed(this.link, reason));
  }
}

export interface WorldOptions {
  readonly engine: EngineFactory;
  readonly roles?: readonly string[];
  readonly weights?: readonly { readonly role: string; readonly weight: number }[];
  readonly access: AccessOptions;
}

export class MasterWorld {
  readonly clock = new PlayedClock();
  readonly registrar = createMemoryRegistrar();
  /** Decides once it is set; all is allowed until then. */
  authorizer: Authorizer = { approves: () => true };
  private master: RunningMaster | null = null;
  private onExchange: ExchangeHandler | null = null;
  private onLink: ((link: Link) => LinkHandlers) | null = null;
  private links = 0;

  /** Starts the master, or another one in its place over the same registry. */
  async start({ engine, roles, weights, access }: WorldOptions): Promise<void> {
    await this.close();
    const transport: Transport = {
      name: 'memory',
      listen: (options) => {
        this.onExchange = options.onExchange ?? null;
        this.onLink = options.onLink ?? null;
        return Promise.resolve({ host: options.host, port: 5050, linkCount: 0, close: () => Promise.resolve() });
      },
      connect: () => Promise.reject(new Error('nobody connects')),
    };
    this.master = await startMaster({
      host: '127.0.0.1',
      port: 5050,
      transport,
      engine,
      allocator: {},
      core: { ...(roles === undefined ? {} : { roles }), ...(weights === undefined ? {} : { weights }) },
      version: '0',
      openRegistrar: () => Promise.resolve(this.registrar),
      clock: this.clock,
      access: { ...access, authorizer: { approves: (...asked) => this.authorizer.approves(...asked) } },
      log: () => undefined,
      onDefect: (error) => {
        throw error;
      },
    });
    await this.settle();
  }

  async close(): Promise<void> {
    await this.master?.close();
    this.master = null;
  }

  peer(): PlayedPeer {
    const peer = new PlayedPeer(`10.0.0.${++this.links}:4000`);
    peer.open(this.onLink!);
    return peer;
  }

  /** Lets everything happen that is due now. */
  async settle(untilMs = this.clock.nowMs()): Promise<void> {
    for (let idle = 0; idle < SETTLED_TURNS; idle++) {
      await new Promise((resolve) => void setImmediate(resolve));
      while (this.clock.wake(untilMs)) idle = 0;
    }
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.clock.nowMs() + ms;
    await this.settle(endMs);
    this.clock.moveTo(endMs);
    await this.settle();
  }

  request({ method, path, body, headers }: HttpRequest): Promise<HttpAnswer> {
    const [target = '', query = ''] = path.split('?');
    return new Promise((resolve, reject) => {
      const exchange: Exchange = {
        request: { method, path: target, query, headers, remote: '10.0.0.99:1' },
        onBody: (callback) =>
          void setImmediate(() => {
            callback(Buffer.from(body), false);
            callback(new Uint8Array(0), true);
          }),
        pauseBody: () => undefined,
        resumeBody: () => undefined,
        respond: (status, answered, bytes = '') =>
          resolve({ status, headers: answered, body: Buffer.from(bytes).toString() }),
        stream: () => {
          reject(new Error('no stream was expected'));
          throw new Error('no stream was expected');
        },
        onAborted: () => undefined,
      };
      this.onExchange!(exchange);
    });
  }
}
