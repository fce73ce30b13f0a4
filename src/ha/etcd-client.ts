/**
 * A client of etcd for a URL `etcd://…`: every call has a deadline, and a server that failed is tried again at once by
 * the next call (the library by itself would leave it alone for five seconds).
 */
import { Etcd3, type IOptions } from 'etcd3';
import { type EnsembleUrl, printServer } from '../base/ensemble-url.js';

type HostPolicy = ReturnType<NonNullable<NonNullable<IOptions['faultHandling']>['host']>>;

/** Calls through, whatever happened before. */
const ALWAYS = {
  execute: (call: (context: { readonly signal: AbortSignal }) => unknown) =>
    Promise.resolve().then(() => call({ signal: new AbortController().signal })),
} as unknown as HostPolicy;

type Backoff = ReturnType<NonNullable<NonNullable<IOptions['faultHandling']>['watchBackoff']>['next']>;

/** The pause before another attempt to watch, always the same. */
const STEADY: Backoff = { duration: 250, next: () => STEADY };

/** Short pauses; timers of closed channels would also keep the process alive for as long as their pauses are. */
const RECONNECT = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.dns_min_time_between_resolutions_ms': 100,
};

export function openEtcd({ servers, credentials }: EnsembleUrl, callTimeoutMs: number): Etcd3 {
  return new Etcd3({
    hosts: servers.map((server) => `http://${printServer(server)}`),
    dialTimeout: callTimeoutMs,
    defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + callTimeoutMs }),
    grpcOptions: RECONNECT,
    faultHandling: { host: () => ALWAYS, watchBackoff: STEADY },
    ...(credentials === null ? {} : { auth: { username: credentials.user, password: credentials.password } }),
  });
}
