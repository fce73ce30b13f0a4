/**
 * Links inside one process, for tests and for clusters that are one process. No bytes go through the kernel, but the
 * rules are the same: frames are copied, arrive in order and in a later turn of the event loop, and limits hold.
 * Each `memoryTransport()` is a network of its own; hosts are names only. Exchanges are not carried.
 */
import { MeteError } from '../base/errors.js';
import type { Link, LinkHandlers } from '../base/link.js';
import { LinkEnd, ownCopy, type Wire } from './link-end.js';
import { LinkWatch } from './link-watch.js';
import { listenError } from './listen-error.js';
import type { ConnectOptions, Listener, ListenOptions, Transport, TransportLimits } from './transport.js';
import { checkAddress, closeOnce, limitsWith } from './transport.js';
import { checkedUrl, unreachable } from './ws-connect.js';

const FIRST_FREE_PORT = 49_152;
const NOBODY = (): void => undefined;

interface Place {
  readonly limits: TransportLimits;
  readonly watch: LinkWatch;
  readonly onFault: (error: unknown) => void;
  readonly onLink: ((link: Link) => LinkHandlers) | undefined;
}

/** What is on its way to one end. */
type Parcel =
  | { readonly type: 'frame'; readonly bytes: Uint8Array }
  | { readonly type: 'ping' }
  | { readonly type: 'close'; readonly code: number; readonly reason: string };

export function memoryTransport(): Transport {
  const places = new Map<number, Place>();
  let nextPort = FIRST_FREE_PORT;
  return {
    name: 'memory',
    listen(options) {
      return Promise.resolve().then(() => {
        checkAddress(options.host, options.port);
        const port = options.port === 0 ? nextPort++ : options.port;
        if (places.has(port)) {
          throw listenError(options.host, port, Object.assign(new Error('in use'), { code: 'EADDRINUSE' }));
        }
        return listenAt(places, port, options);
      });
    },
    connect: (options) => Promise.resolve().then(() => connectTo(places, options)),
  };
}

function listenAt(places: Map<number, Place>, port: number, options: ListenOptions): Listener {
  if (options.onExchange !== undefined) {
    throw new MeteError('INVALID_ARGUMENT', {
      field: 'onExchange',
      value: options.onExchange,
      reason: 'the memory transport carries links only',
      mend: 'leave it out',
    });
  }
  const limits = limitsWith(options.limits);
  const watch = new LinkWatch(limits, true);
  places.set(port, { limits, watch, onFault: options.onFault ?? NOBODY, onLink: options.onLink });
  return {
    host: options.host,
    port,
    get linkCount() {
      return watch.links.size;
    },
    close: closeOnce(async (reason) => {
      places.delete(port);
      watch.endAll(reason);
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    }),
  };
}

function connectTo(places: Map<number, Place>, { url, handlers, limits, onFault = NOBODY }: ConnectOptions): Link {
  const { port, host } = checkedUrl(url);
  const place = places.get(Number(port));
  if (place === undefined) throw unreachable(url, 'nobody listens there');
  if (place.onLink === undefined) throw unreachable(url, 'the other side refused: it takes no links');
  if (place.watch.links.size >= place.limits.maxLinks) {
    throw unreachable(url, 'the other side refused: too many links');
  }
  const near = limitsWith(limits);
  const watch = new LinkWatch(near, false);
  const toFar = memoryWire(host);
  const toNear = memoryWire('memory');
  const link = new LinkEnd({ wire: toFar.wire, limits: near, onFault, onEnd: (end) => watch.delete(end) });
  const far = new LinkEnd({
    wire: toNear.wire,
    limits: place.limits,
    onFault: place.onFault,
    onEnd: (end) => place.watch.delete(end),
  });
  toFar.end = far;
  toNear.end = link;
  watch.add(link);
  place.watch.add(far);
  link.attach(handlers);
  far.accept(place.onLink);
  return link;
}

/** A wire that leads to `end`. */
function memoryWire(remote: string): { readonly wire: Wire; end: LinkEnd | null } {
  let parcels: Parcel[] = [];
  const post = (parcel: Parcel): void => {
    if (parcels.push(parcel) === 1) setImmediate(deliver);
  };
  const deliver = (): void => {
    const due = parcels;
    parcels = [];
    for (const parcel of due) hand(parcel, wired.end!);
  };
  const wired: { readonly wire: Wire; end: LinkEnd | null } = {
    wire: {
      remote,
      bufferedBytes: () => 0,
      write: (frames) => {
        for (const frame of frames) post({ type: 'frame', bytes: ownCopy(frame) });
        return true;
      },
      ping: () => post({ type: 'ping' }),
      close: (code, reason) => post({ type: 'close', code, reason }),
    },
    end: null,
  };
  return wired;
}

function hand(parcel: Parcel, end: LinkEnd): void {
  if (parcel.type === 'frame') end.received(parcel.bytes);
  else if (parcel.type === 'ping') end.heard();
  else end.lost(parcel.code, parcel.reason);
}
