/**
 * The ZooKeeper client library, made safe to use. What it does wrong by itself, and what is done about it here:
 *
 * - it never notices a server that has fallen silent: `lastHeardMs` is for whoever watches, `dropConnection` moves on;
 * - half a packet of a lost connection is taken for the beginning of the next one's: it is thrown away;
 * - requests that were not sent when the connection broke would be sent before the credentials are, or never be
 *   answered: they are answered with a loss of the connection;
 * - a code it does not know, or a packet it cannot read, throws where nobody catches: the connection is dropped;
 * - version 0 in a transaction counts as 'any version': it is put in afterwards;
 * - IPv6 addresses are cut at the first colon: the servers are handed over in parts.
 */
import type { Socket } from 'node:net';
import zookeeper from 'node-zookeeper-client';
import type { EnsembleServer } from '../base/ensemble-url.js';

/** The parts of the library that are not in its types. */
interface Manager {
  state: number;
  socket?: Socket;
  servers: { readonly host: string; readonly port: number }[];
  pendingBuffer: Buffer | null;
  readonly packetQueue: { shift(): { callback?: (error: unknown) => void } | undefined };
  findNextServer(callback: (server: unknown) => void): void;
  connect(): void;
  onSocketConnected(): void;
  onSocketData(data: Buffer): void;
  onSocketClosed(hasError: boolean): void;
  on(event: 'state', listener: (state: number) => void): void;
}

interface Versioned {
  version?: number;
}

const STATES = { DISCONNECTED: 0, CONNECTING: 1, CONNECTED: 2, EXPIRED: -3, AUTH_FAILED: -4 } as const;
/** The longest pause after all servers have been tried. */
const SPIN_MS = 500;

export type ClientState = 'connecting' | 'connected' | 'disconnected' | 'expired' | 'authentication failed';

export interface TamedClient {
  readonly api: zookeeper.Client;
  /** When the last byte came, or the last attempt to connect began; by `performance.now()`. */
  lastHeardMs(): number;
  /** Gives the present connection up; another server is tried. */
  dropConnection(): void;
  /** Ends everything at once; the session is left to expire. */
  abandon(): void;
  /** Puts versions into the last operation of a transaction. */
  setVersion(transaction: zookeeper.Transaction, version: number): void;
}

/** `onState` is called within the library, before it does anything else. */
export function createTamedClient(
  servers: readonly EnsembleServer[],
  timeoutMs: number,
  onState: (state: ClientState) => void,
): TamedClient {
  const names = servers.map((_, index) => `server${index}`).join(',');
  const api = zookeeper.createClient(names, { sessionTimeout: timeoutMs, spinDelay: SPIN_MS, retries: 0 });
  const manager = (api as unknown as { connectionManager: Manager }).connectionManager;
  manager.servers = shuffled(servers);
  const heard = { atMs: performance.now() };
  const drop = (): void => {
    heard.atMs = performance.now();
    manager.socket?.destroy();
  };
  const readData = manager.onSocketData.bind(manager);
  manager.onSocketData = (data) => {
    heard.atMs = performance.now();
    try {
      readData(data);
    } catch {
      drop();
    }
  };
  manager.on('state', (state) => {
    if (state === STATES.CONNECTING) {
      heard.atMs = performance.now();
      onState('connecting');
    } else if (state === STATES.CONNECTED) onState('connected');
    else if (state === STATES.EXPIRED) onState('expired');
    else if (state === STATES.AUTH_FAILED) onState('authentication failed');
    else if (state === STATES.DISCONNECTED) {
      manager.pendingBuffer = null;
      failUnsent(manager);
      onState('disconnected');
    }
  });
  return {
    api,
    lastHeardMs: () => heard.atMs,
    dropConnection: drop,
    abandon: () => abandon(manager),
    setVersion(transaction, version) {
      const operations = (transaction as unknown as { ops: Versioned[] }).ops;
      operations.at(-1)!.version = version;
    },
  };
}

function failUnsent(manager: Manager): void {
  const lost = { getCode: () => zookeeper.Exception.CONNECTION_LOSS };
  for (let packet = manager.packetQueue.shift(); packet !== undefined; packet = manager.packetQueue.shift()) {
    packet.callback?.(lost);
  }
}

/** Whatever the library has still planned comes to nothing. */
function abandon(manager: Manager): void {
  const nothing = (): void => undefined;
  manager.findNextServer = nothing;
  manager.connect = nothing;
  manager.onSocketConnected = () => void manager.socket?.destroy();
  manager.onSocketData = nothing;
  manager.onSocketClosed = nothing;
  manager.socket?.removeAllListeners('data').destroy();
  failUnsent(manager);
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
