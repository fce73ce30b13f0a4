/**
 * The event stream of the operator API: SUBSCRIBED with the state, a heartbeat at once and at every interval, then what
 * changes. The state of a large cluster takes a while to print and to send; what happens meanwhile waits behind it.
 * Beyond the limit of streams the oldest is closed, as in Mesos.
 */
import type { Exchange } from '../../../base/exchange.js';
import { collectPieces } from '../../../http/json-stream.js';
import { openRecordStream, type RecordStream } from '../../../http/record-stream.js';
import { JSON_TYPE } from '../../../http/v1-call.js';
import type { OperatorEvent } from '../../../protocol/operator.js';
import { printOperatorEventV1 } from '../../../protocol/operator-json.js';
import type { MasterState } from '../../core/state.js';
import * as views from '../../core/views/index.js';
import type { MasterDriver } from '../drive-master.js';

/** Events that may wait for a stream whose first record is being made. */
const MOST_WAITING = 100_000;

const HEARTBEAT = '{"type":"HEARTBEAT"}';

export interface WatcherOptions {
  readonly state: MasterState;
  readonly driver: MasterDriver;
  readonly maxSubscribers: number;
  /** What may wait to be sent to one of them. */
  readonly maxBufferedBytes: number;
}

export interface Watchers {
  readonly count: number;
  subscribe(exchange: Exchange): void;
}

interface Watcher {
  readonly stream: RecordStream;
  /** What happened while its first record was made; null: that is out. */
  waiting: string[] | null;
  timer: NodeJS.Timeout | null;
}

export function createWatchers(options: WatcherOptions): Watchers {
  const { state, driver, maxSubscribers, maxBufferedBytes } = options;
  const intervalMs = state.settings.heartbeatIntervalMs;
  const watchers = new Set<Watcher>();

  const remove = (watcher: Watcher): void => {
    if (watcher.timer !== null) clearInterval(watcher.timer);
    watchers.delete(watcher);
    if (watchers.size === 0) driver.operate({ type: 'WATCH', watching: false }, () => undefined);
  };
  const publish = (event: OperatorEvent): void => {
    if (watchers.size === 0) return;
    const text = printOperatorEventV1(event);
    for (const watcher of [...watchers]) {
      if (watcher.waiting === null) watcher.stream.write(text);
      else if (watcher.waiting.push(text) > MOST_WAITING) watcher.stream.close();
    }
  };
  driver.onPublish(publish);

  const begin = async (watcher: Watcher, snapshot: Iterable<string>): Promise<void> => {
    const { stream } = watcher;
    const parts = await collectPieces(snapshot, () => stream.isOpen);
    if (!stream.isOpen) return;
    if (parts.length === 1) stream.write(parts[0]!);
    else await stream.writeParts(parts);
    watcher.stream.write(HEARTBEAT);
    for (const event of watcher.waiting ?? []) watcher.stream.write(event);
    watcher.waiting = null;
    watcher.timer = setInterval(() => watcher.stream.write(HEARTBEAT), intervalMs);
  };

  return {
    get count() {
      return watchers.size;
    },
    subscribe(exchange) {
      if (watchers.size >= maxSubscribers) {
        const [oldest] = watchers;
        oldest?.stream.close();
        if (oldest !== undefined) remove(oldest);
      }
      const stream = openRecordStream(exchange, {
        headers: { 'content-type': JSON_TYPE },
        maxBufferedBytes,
        onEnd: () => remove(watcher),
      });
      const watcher: Watcher = { stream, waiting: [], timer: null };
      // From the answer on every change is published; what the snapshot lacks comes behind it.
      driver.operate({ type: 'WATCH', watching: true }, () => {
        watchers.add(watcher);
        void begin(watcher, subscribedPieces(state, intervalMs));
      });
    },
  };
}

function* pieces(state: Iterable<string>, intervalMs: number): Generator<string> {
  yield '{"type":"SUBSCRIBED","subscribed":{"get_state":';
  yield* state;
  const seconds = intervalMs / 1000;
  yield `,"heartbeat_interval_seconds":${Number.isInteger(seconds) ? seconds.toFixed(1) : seconds}}}`;
}

/** The first record. What is in its lists is decided here, not when they are printed. */
function subscribedPieces(state: MasterState, intervalMs: number): Iterable<string> {
  return pieces(views.printGetState(state), intervalMs);
}
