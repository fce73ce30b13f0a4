/**
 * One session with ZooKeeper: what is asked waits until there is a connection, reads are asked again after a lost one,
 * writes whose answer was lost are refused with UNREACHABLE (they may have been done). The session ends when servers
 * say so, when the credentials are refused, or when its time-out has passed since the last request that was answered,
 * by this machine's clock and without any connection: then the servers have ended it, or will before they let anybody
 * else in. Once ended, a session does nothing any more.
 */
import zookeeper from 'node-zookeeper-client';
import type { LogFields, LogLevel } from '../base/core.js';
import { type EnsembleUrl, printEnsembleUrl } from '../base/ensemble-url.js';
import { type ErrorCode, MeteError } from '../base/errors.js';
import { type ClientState, createTamedClient, type TamedClient } from './zookeeper-client.js';
import { unless, zookeeperCode, zookeeperError } from './zookeeper-errors.js';

export interface ZooKeeperOptions {
  readonly url: EnsembleUrl;
  /** What the servers are asked for; they may give more or less (`session.timeoutMs`). */
  readonly timeoutMs: number;
  readonly log?: (level: LogLevel, text: string, fields?: LogFields) => void;
}

/** What is known of a znode besides its data. */
export interface ZnodeStat {
  readonly version: number;
  readonly childCount: number;
  /** Session that the znode ends with; null: it stays. */
  readonly owner: Buffer | null;
}

export type ZooKeeperOperation =
  | { readonly type: 'create'; readonly path: string; readonly data: Uint8Array }
  | { readonly type: 'set'; readonly path: string; readonly data: Uint8Array; readonly version: number }
  | { readonly type: 'remove'; readonly path: string; readonly version: number }
  /** The znode is there and has this version; -1: any. */
  | { readonly type: 'check'; readonly path: string; readonly version: number };

export interface CreateOptions {
  /** The znode ends with the session. */
  readonly ephemeral?: boolean;
  /** Ten digits, growing, follow the path. */
  readonly sequential?: boolean;
}

/** Errors are MeteErrors: NOT_FOUND, ALREADY_EXISTS, WRONG_VERSION, FORBIDDEN, UNREACHABLE, SESSION_EXPIRED, … */
export interface ZooKeeperSession {
  /** The time-out that was agreed on. */
  readonly timeoutMs: number;
  readonly isConnected: boolean;
  /** Its id, once there is one. */
  readonly id: Buffer | null;
  /** Settles when the session is no more: why (SESSION_EXPIRED; FORBIDDEN if the credentials were refused). */
  readonly ended: Promise<MeteError>;
  /** When the last answered request was sent, by `performance.now()`; -Infinity if none was. */
  lastContactMs(): number;
  /** Called at every change; returns what ends that. */
  onConnection(listener: (isConnected: boolean) => void): () => void;
  /** The path of the new znode. With credentials they own it, and everybody may read it. */
  create(path: string, data: Uint8Array, options?: CreateOptions): Promise<string>;
  /** Creates what is missing of a path, without data. */
  ensurePath(path: string): Promise<void>;
  /** Null if there is no such znode. */
  read(path: string): Promise<{ readonly data: Buffer; readonly stat: ZnodeStat } | null>;
  /** Null if there is no such znode. `changed` is called once, when it comes, changes or goes. */
  exists(path: string, changed?: () => void): Promise<ZnodeStat | null>;
  /** Names, in no order; null if there is no such znode. `changed` is called once, when children come or go. */
  children(path: string, changed?: () => void): Promise<string[] | null>;
  /** The new version. -1: whatever version it has. */
  write(path: string, data: Uint8Array, version: number): Promise<number>;
  remove(path: string, version: number): Promise<void>;
  /** All or none, in order. */
  transact(operations: readonly ZooKeeperOperation[]): Promise<void>;
  /** Ends the session at once, and with it its ephemeral znodes. */
  close(): Promise<void>;
}

/** Longest data of a request, in bytes: servers drop the connection at a little more than this. */
export const MAX_REQUEST_BYTES = 1000 * 1024;
/** Longest wait for the servers to confirm that a session is closed. */
const CLOSE_MS = 1000;
const MOST_WAITING = 100_000;

interface Request {
  readonly what: string;
  readonly path: string;
  readonly isRead: boolean;
  readonly send: (done: (error: unknown, ...results: never[]) => void) => void;
  readonly resolve: (results: unknown[]) => void;
  readonly reject: (error: MeteError) => void;
}

/** Opens a session; it connects by itself, for as long as it takes. */
export function openZooKeeper(options: ZooKeeperOptions): ZooKeeperSession {
  return new Session(options);
}

class Session implements ZooKeeperSession {
  readonly ended: Promise<MeteError>;
  private readonly client: TamedClient;
  private readonly acls: zookeeper.ACL[];
  private readonly ticker: NodeJS.Timeout;
  private readonly listeners = new Set<(isConnected: boolean) => void>();
  private waiting: Request[] = [];
  private phase: 'connecting' | 'connected' | 'closing' | 'ended' = 'connecting';
  private hasSession = false;
  private contactMs = -Infinity;
  private sentMs = -Infinity;
  private attemptMs = -Infinity;
  private end!: (error: MeteError) => void;
  private onClosed: (() => void) | null = null;

  constructor(private readonly options: ZooKeeperOptions) {
    const { url, timeoutMs } = options;
    this.ended = new Promise((resolve) => (this.end = resolve));
    this.client = createTamedClient(url.servers, timeoutMs, (state) => this.changed(state));
    const { ACL, Id, Permission } = zookeeper;
    const anyone = new Id('world', 'anyone');
    if (url.credentials === null) this.acls = [new ACL(Permission.ALL, anyone)];
    else {
      const { user, password } = url.credentials;
      this.client.api.addAuthInfo('digest', Buffer.from(`${user}:${password}`));
      this.acls = [new ACL(Permission.ALL, new Id('auth', '')), new ACL(Permission.READ, anyone)];
    }
    this.ticker = setInterval(() => this.tick(), Math.min(1000, Math.max(20, timeoutMs / 12)));
    this.client.api.connect();
  }

  get timeoutMs(): number {
    return this.client.api.getSessionTimeout();
  }

  get isConnected(): boolean {
    return this.phase === 'connected';
  }

  get id(): Buffer | null {
    return this.hasSession ? this.client.api.getSessionId() : null;
  }

  lastContactMs(): number {
    return this.contactMs;
  }

  onConnection(listener: (isConnected: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async create(path: string, data: Uint8Array, options: CreateOptions = {}): Promise<string> {
    checkSize(path, data.length);
    const { CreateMode } = zookeeper;
    const { ephemeral = false, sequential = false } = options;
    const mode = sequential
      ? ephemeral ? CreateMode.EPHEMERAL_SEQUENTIAL : CreateMode.PERSISTENT_SEQUENTIAL
      : ephemeral ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT;
    const { api } = this.client;
    const [made] = await this.ask('create', path, false, (done) =>
      api.create(path, Buffer.from(data), this.acls, mode, done as never),
    );
    return made as string;
  }

  async ensurePath(path: string): Promise<void> {
    const parts = path.split('/').slice(1);
    const paths = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
    let known = paths.length;
    // From below: on a path that is there one need not be allowed to create anything.
    while (known > 0 && (await this.exists(paths[known - 1]!)) === null) known--;
    for (const missing of paths.slice(known)) {
      await this.create(missing, new Uint8Array()).catch((error: unknown) => unless(error, 'ALREADY_EXISTS'));
    }
  }

  async read(path: string): Promise<{ data: Buffer; stat: ZnodeStat } | null> {
    try {
      const [data, stat] = await this.ask('read', path, true, (done) => this.client.api.getData(path, done as never));
      return { data: (data as Buffer | undefined) ?? Buffer.alloc(0), stat: statOf(stat) };
    } catch (error) {
      return unless(error, 'NOT_FOUND');
    }
  }

  async exists(path: string, changed?: () => void): Promise<ZnodeStat | null> {
    const { api } = this.client;
    const [stat] = await this.ask('look for', path, true, (done) =>
      changed === undefined ? api.exists(path, done as never) : api.exists(path, changed, done as never),
    );
    return stat === null ? null : statOf(stat);
  }

  async children(path: string, changed?: () => void): Promise<string[] | null> {
    const { api } = this.client;
    try {
      const [names] = await this.ask('list', path, true, (done) =>
        changed === undefined ? api.getChildren(path, done as never) : api.getChildren(path, changed, done as never),
      );
      return names as string[];
    } catch (error) {
      return unless(error, 'NOT_FOUND');
    }
  }

  async write(path: string, data: Uint8Array, version: number): Promise<number> {
    checkSize(path, data.length);
    const [stat] = await this.ask('write', path, false, (done) =>
      this.client.api.setData(path, Buffer.from(data), version, done as never),
    );
    return statOf(stat).version;
  }

  async remove(path: string, version: number): Promise<void> {
    await this.ask('remove', path, false, (done) => this.client.api.remove(path, version, done as never));
  }

  async transact(operations: readonly ZooKeeperOperation[]): Promise<void> {
    const paths = operations.map(({ path }) => path).join(' ');
    const sizes = operations.map((one) => one.path.length + 64 + ('data' in one ? one.data.length : 0));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    checkSize(paths, bytes);
    await this.ask('do a transaction on', paths, false, (done) => {
      const transaction = this.client.api.transaction();
      for (const operation of operations) this.add(transaction, operation);
      transaction.commit(done as never);
    });
  }

  private add(transaction: zookeeper.Transaction, operation: ZooKeeperOperation): void {
    const { type, path } = operation;
    if (type === 'create') {
      transaction.create(path, Buffer.from(operation.data), this.acls, zookeeper.CreateMode.PERSISTENT);
      return;
    }
    if (type === 'set') transaction.setData(path, Buffer.from(operation.data), operation.version);
    else if (type === 'remove') transaction.remove(path, operation.version);
    else transaction.check(path, operation.version);
    this.client.setVersion(transaction, operation.version);
  }

  async close(): Promise<void> {
    if (this.phase === 'connected') {
      this.phase = 'closing';
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
      const closed = new Promise<void>((resolve) => (this.onClosed = resolve));
      this.client.api.close();
      await Promise.race([closed, late]);
      clearTimeout(timer);
    }
    this.finish('SESSION_EXPIRED', 'it was closed', 'open another');
  }

  private changed(state: ClientState): void {
    if (this.phase === 'ended') return;
    if (state === 'connected') return this.connected();
    if (state === 'expired') return this.finish('SESSION_EXPIRED', 'the servers have ended the session', AGAIN);
    if (state === 'authentication failed') {
      return this.finish('FORBIDDEN', 'the servers refuse the credentials', 'check user and password in the URL');
    }
    if (state === 'connecting') {
      this.attemptMs = performance.now();
      return;
    }
    if (this.phase === 'closing') return this.onClosed?.();
    const wasConnected = this.phase === 'connected';
    this.phase = 'connecting';
    if (wasConnected) {
      this.options.log?.('warn', 'no connection to ZooKeeper', { servers: printEnsembleUrl(this.options.url) });
      this.tell(false);
    }
    this.checkExpiry();
  }

  private connected(): void {
    const { log, timeoutMs } = this.options;
    if (!this.hasSession && this.timeoutMs !== timeoutMs) {
      log?.('warn', 'ZooKeeper gives another session time-out', { askedMs: timeoutMs, givenMs: this.timeoutMs });
    }
    this.phase = 'connected';
    this.hasSession = true;
    // The session was asked for after the attempt to connect had begun.
    this.contactMs = Math.max(this.contactMs, this.attemptMs);
    const { waiting } = this;
    this.waiting = [];
    // The library sends credentials and watches first: they are in its queue already.
    for (const request of waiting) this.send(request);
    this.tell(true);
  }

  private tell(isConnected: boolean): void {
    for (const listener of [...this.listeners]) listener(isConnected);
  }

  /** Keeps the session alive, gives up silent connections, ends the session when its time is over. */
  private tick(): void {
    const nowMs = performance.now();
    const { timeoutMs } = this;
    const patienceMs = this.phase === 'connected' ? (timeoutMs * 2) / 3 : timeoutMs / 3;
    if (nowMs - this.client.lastHeardMs() > patienceMs) this.client.dropConnection();
    else if (this.phase === 'connected' && nowMs - this.sentMs > timeoutMs / 4) {
      this.exists('/').catch(() => undefined);
    }
    this.checkExpiry();
  }

  private checkExpiry(): void {
    if (!this.hasSession || this.phase !== 'connecting') return;
    const silentMs = performance.now() - this.contactMs;
    if (silentMs < this.timeoutMs) return;
    this.finish('SESSION_EXPIRED', `no server has answered for ${Math.round(silentMs)} ms`, AGAIN);
  }

  private finish(code: ErrorCode, reason: string, mend: string): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    clearInterval(this.ticker);
    this.client.abandon();
    const error = new MeteError(code, { field: 'ZooKeeper', value: printEnsembleUrl(this.options.url), reason, mend });
    const { waiting } = this;
    this.waiting = [];
    for (const request of waiting) request.reject(error);
    this.tell(false);
    this.end(error);
    this.last = error;
  }

  private last: MeteError | null = null;

  private ask(what: string, path: string, isRead: boolean, send: Request['send']): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const request = { what, path, isRead, send, resolve, reject };
      if (this.last !== null) reject(this.last);
      else if (this.phase === 'connected') this.send(request);
      else if (this.waiting.length < MOST_WAITING) this.waiting.push(request);
      else reject(zookeeperError(request.what, request.path, zookeeper.Exception.CONNECTION_LOSS));
    });
  }

  private send(request: Request): void {
    const sentMs = performance.now();
    this.sentMs = sentMs;
    try {
      request.send((error, ...results) => this.answered(request, sentMs, error, results));
    } catch (cause) {
      const reason = (cause as Error).message;
      const detail = { field: 'path of a znode', value: request.path, reason, mend: 'give another', cause };
      request.reject(new MeteError('INVALID_ARGUMENT', detail));
    }
  }

  private answered(request: Request, sentMs: number, error: unknown, results: unknown[]): void {
    const code = error === null || error === undefined ? 0 : zookeeperCode(error);
    if (code === zookeeper.Exception.CONNECTION_LOSS) {
      if (request.isRead && this.last === null && this.phase !== 'closing') this.waiting.push(request);
      else request.reject(this.last ?? zookeeperError(request.what, request.path, code));
      return;
    }
    if (code === zookeeper.Exception.SESSION_EXPIRED) {
      this.finish('SESSION_EXPIRED', 'the servers have ended the session', AGAIN);
      request.reject(this.last!);
      return;
    }
    if (sentMs > this.contactMs) this.contactMs = sentMs;
    if (code === 0) request.resolve(results);
    else request.reject(zookeeperError(request.what, request.path, code));
  }
}

const AGAIN = 'open another one, as soon as the servers can be reached';

function statOf(stat: unknown): ZnodeStat {
  const { version, numChildren, ephemeralOwner: owner } = stat as zookeeper.Stat;
  return { version, childCount: numChildren, owner: owner.every((byte) => byte === 0) ? null : owner };
}

function checkSize(path: string, bytes: number): void {
  if (bytes <= MAX_REQUEST_BYTES) return;
  const reason = `${bytes} bytes are more than ZooKeeper takes at once (${MAX_REQUEST_BYTES})`;
  throw new MeteError('LIMIT_EXCEEDED', { field: 'znode', value: path, reason, mend: 'write it in parts' });
}
