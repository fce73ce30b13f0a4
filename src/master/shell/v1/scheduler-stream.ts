/**
 * A subscription: a streamed answer as a link of the core. Events leave as RecordIO, one record in one chunk, in the
 * form of the framework. A client that lets too much pile up is cut off; whoever ends the stream, the core is told once.
 */
import { randomUUID } from 'node:crypto';
import type { LinkId } from '../../../base/core.js';
import type { Exchange } from '../../../base/exchange.js';
import { frameRecord, frameText } from '../../../http/record-io.js';
import type { SchedulerEvent } from '../../../protocol/messages.js';
import type { MasterState } from '../../core/state.js';
import type { LogFunction, MasterDriver } from '../drive-master.js';
import type { SchedulerCodec } from './scheduler-codec.js';
import { formFor } from './scheduler-forms.js';

/** How long a stream that has ended may take to get rid of what waits. */
const GOODBYE_MS = 10_000;

const NO_CAPABILITIES: ReadonlySet<string> = new Set();

export interface SchedulerStream {
  /** Its Mesos-Stream-Id. */
  readonly id: string;
  readonly link: LinkId;
}

export interface StreamOptions {
  readonly state: MasterState;
  readonly driver: MasterDriver;
  readonly log: LogFunction;
  /** What may wait to be sent to one client when the next event is written. */
  readonly maxBufferedBytes: number;
  /** The stream has ended; called once. */
  readonly onEnd: (stream: SchedulerStream) => void;
}

/** Answers a SUBSCRIBE with a stream in the form of the codec. */
export function openStream(exchange: Exchange, codec: SchedulerCodec, options: StreamOptions): SchedulerStream {
  const { state, driver, log, maxBufferedBytes, onEnd } = options;
  const { remote } = exchange.request;
  const id = randomUUID();
  const out = exchange.stream(200, { 'content-type': codec.contentType, 'mesos-stream-id': id });
  let isOpen = true;
  let capabilities: () => ReadonlySet<string> = () => NO_CAPABILITIES;
  const ended = (reason: string): void => {
    if (!isOpen) return;
    isOpen = false;
    onEnd(stream);
    driver.gone(stream.link, reason);
  };
  const cut = (): void => {
    log('warn', 'stream closed: the framework reads too slowly', { remote, waiting: out.bufferedBytes });
    out.destroy();
    ended('too slow: too many events wait for this framework');
  };
  const write = (event: SchedulerEvent): void => {
    if (event.type === 'SUBSCRIBED') {
      const { frameworkId } = event;
      capabilities = () => state.frameworks.get(frameworkId)?.capabilities ?? NO_CAPABILITIES;
    }
    const record = codec.encodeEvent(formFor(capabilities(), event));
    out.write(typeof record === 'string' ? frameText(record) : frameRecord(record));
  };
  const link = driver.open({
    remote,
    send(messages) {
      for (const message of messages) {
        if (!isOpen) return;
        if (out.bufferedBytes > maxBufferedBytes) cut();
        else write(message as SchedulerEvent);
      }
    },
    close(reason) {
      if (!isOpen) return;
      out.end();
      setTimeout(() => out.destroy(), GOODBYE_MS).unref();
      ended(reason);
    },
  });
  const stream: SchedulerStream = { id, link };
  exchange.onAborted(() => ended('the framework closed its stream'));
  return stream;
}
