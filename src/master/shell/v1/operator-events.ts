/**
 * The event stream of the operator API: SUBSCRIBED with the state, a heartbeat at once and at every interval, then what
 * changes. The state of a large cluster takes a while to print and to send; what happens meanwhile waits behind it.
 * Beyond the limit of streams the oldest is closed, as in Mesos.
 */
import type { Exchange } from '../../../base/exchange.js';
import { collectPieces } from '../../../http/json-stream.js';
import { openRecordStream, type RecordStream } from '../../../http/record-stream.js';
import { JSON_TYPE, PROTOBUF_TYPE } from '../../../http/v1-call.js';
import type { OperatorEvent } from '../../../protocol/operator.js';
import { printOperatorEventV1 } from '../../../protocol/operator-json.js';
import { operatorEventToProtobuf } from '../../../protocol/protobuf/operator.js';
import type { MasterState } from '../../core/state.js';
import * as views from '../../core/views/index.js';
import type { MasterDriver } from '../drive-master.js';
import { subscribedParts } from './operator-protobuf.js';

/** Events that may wait for a stream whose first record is being made. */
const MOST_WAITING = 100_000;

export interface WatcherOptions {
  readonly state: MasterState;
  readonly driver: MasterDriver;
  readonly maxSubscribers: number;
  /** What may wait to be sent to one of them. */
  readonly maxBufferedBytes: number;
}

export interface Watchers {
  readonly count: number;
  /** `seen` is what the one who watches may see. */
  subscribe(exchange: Exchange, form: Form, seen: views.Seen): void;
}

type Form = typeof JSON_TYPE | typeof PROTOBUF_TYPE;
type EventRecord = string | Uint8Array;

/** How events are written. */
interface EventCodec {
  readonly heartbeat: EventRecord;
  event(event: OperatorEvent): EventRecord;
  /** The first record in parts. What is in its lists is decided here, not when they are made. */
  subscribed(
    state: MasterState,
    seen: views.Seen,
    intervalMs: number,
    isWanted: () => boolean,
  ): Promise<readonly Uint8Array[]>;
}

const CODECS: { readonly [F in Form]: EventCodec } = {
  [JSON_TYPE]: {
    heartbeat: '{"type":"HEARTBEAT"}',
    event: printOperatorEventV1,
    subscribed: (state, seen, intervalMs, isWanted) =>
      collectPieces(subscribedPieces(views.viewStateMessages(state, seen), intervalMs / 1000), isWanted),
  },
  [PROTOBUF_TYPE]: {
    heartbeat: operatorEventToProtobuf({ type: 'HEARTBEAT' }),
    event: operatorEventToProtobuf,
    subscribed: (state, seen, intervalMs, isWanted) =>
      subscribedParts(Object.values(views.viewStateMessages(state, seen)), intervalMs / 1000, isWanted),
  },
};

function* subscribedPieces(messages: ReturnType<typeof views.viewStateMessages>, seconds: number): Generator<string> {
  yield '{"type":"SUBSCRIBED","subscribed":{"get_state":';
  yield* views.printMessages(messages);
  yield `,"heartbeat_interval_seconds":${Number.isInteger(seconds) ? seconds.toFixed(1) : seconds}}}`;
}

interface Watcher {
  readonly stream: RecordStream;
  readonly form: Form;
  readonly seen: views.Seen;
  /** What happened while its first record was made; null: that is out. */
  waiting: OperatorEvent[] | null;
  timer: NodeJS.Timeout | null;
}

export function createWatchers(options: WatcherOptions): Watchers {
  const { state, driver, maxSubscribers, maxBufferedBytes } = options;
  const intervalMs = state.settings.heartbeatIntervalMs;
  /** Oldest first; those that wait for their first record are among them. */
  const watchers = new Set<Watcher>();

  const remove = (watcher: Watcher): void => {
    if (watcher.timer !== null) clearInterval(watcher.timer);
    if (watchers.delete(watcher) && watchers.size === 0) {
      driver.operate({ type: 'WATCH', watching: false }, () => undefined);
    }
  };
  const end = (watcher: Watcher): void => {
    watcher.stream.close();
    remove(watcher);
  };
  driver.onPublish((event) => {
    const records: Partial<{ [F in Form]: EventRecord }> = {};
    for (const watcher of [...watchers]) {
      const { form, stream, waiting, seen } = watcher;
      if (seen !== null) tellSome(watcher, seen, event);
      else if (waiting === null) stream.write((records[form] ??= CODECS[form].event(event)));
      else if (waiting.push(event) > MOST_WAITING) end(watcher);
    }
  });

  /** Tells of a change as far as it may be seen. */
  const tellSome = (watcher: Watcher, seen: NonNullable<views.Seen>, event: OperatorEvent): void => {
    const { form, stream, waiting } = watcher;
    const visible = views.seenEvent(state, seen, event);
    if (visible === null) return;
    if (waiting === null) stream.write(CODECS[form].event(visible));
    else if (waiting.push(visible) > MOST_WAITING) end(watcher);
  };

  const begin = async (watcher: Watcher): Promise<void> => {
    const { stream, form, seen } = watcher;
    const codec = CODECS[form];
    watcher.waiting = [];
    const parts = await codec.subscribed(state, seen, intervalMs, () => stream.isOpen);
    if (!stream.isOpen) return;
    if (parts.length === 1) stream.write(parts[0]!);
    else await stream.writeParts(parts);
    stream.write(codec.heartbeat);
    for (const event of watcher.waiting) stream.write(codec.event(event));
    watcher.waiting = null;
    if (stream.isOpen) watcher.timer = setInterval(() => stream.write(codec.heartbeat), intervalMs);
  };

  return {
    get count() {
      return watchers.size;
    },
    subscribe(exchange, form, seen) {
      const [oldest] = watchers;
      if (oldest !== undefined && watchers.size >= maxSubscribers) end(oldest);
      const stream = openRecordStream(exchange, {
        headers: { 'content-type': form },
        maxBufferedBytes,
        onEnd: () => remove(watcher),
      });
      const watcher: Watcher = { stream, form, seen, waiting: [], timer: null };
      watchers.add(watcher);
      // From the answer on every change is published; what the first record lacks comes behind it.
      driver.operate({ type: 'WATCH', watching: true }, () => void begin(watcher));
    },
  };
}
