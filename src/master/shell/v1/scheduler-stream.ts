/**
 * A subscription: a streamed answer as a link of the core. Events leave in the form of the framework; whoever ends the
 * stream, the core is told once.
 */
import { randomUUID } from 'node:crypto';
import type { LinkId } from '../../../base/core.js';
import type { Exchange } from '../../../base/exchange.js';
import { openRecordStream } from '../../../http/record-stream.js';
import type { Message, SchedulerEvent } from '../../../protocol/messages.js';
import type { MasterState } from '../../core/state.js';
import type { LogFunction, MasterDriver } from '../drive-master.js';
import type { SchedulerCodec } from './scheduler-codec.js';
import { formFor } from './scheduler-forms.js';

const NO_CAPABILITIES: ReadonlySet<string> = new Set();

export interface SchedulerStream {
  /** Its Mesos-Stream-Id. */
  readonly id: string;
  readonly link: LinkId;
  /** Ends it behind what was written. */
  end(reason: string): void;
}

export interface StreamOptions {
  readonly state: MasterState;
  readonly driver: MasterDriver;
  readonly log: LogFunction;
  /** Who subscribes. */
  readonly principal: string | null;
  /** What may wait to be sent to one client when the next event is written. */
  readonly maxBufferedBytes: number;
  /** The stream has ended; called once. */
  readonly onEnd: (stream: SchedulerStream) => void;
}

/** Answers a SUBSCRIBE with a stream in the form of the codec. */
export function openStream(exchange: Exchange, codec: SchedulerCodec, options: StreamOptions): SchedulerStream {
  const { state, driver, log, principal, maxBufferedBytes, onEnd } = options;
  const { remote } = exchange.request;
  const id = randomUUID();
  const ended = (reason: string): void => {
    onEnd(stream);
    driver.gone(stream.link, reason);
  };
  const records = openRecordStream(exchange, {
    headers: { 'content-type': codec.contentType, 'mesos-stream-id': id },
    maxBufferedBytes,
    onEnd(isSlow) {
      if (isSlow) log('warn', 'stream closed: the framework reads too slowly', { remote, maxBufferedBytes });
      ended(isSlow ? 'too slow: too many events wait for this framework' : 'the framework closed its stream');
    },
  });
  let capabilities: () => ReadonlySet<string> = () => NO_CAPABILITIES;
  const write = (event: SchedulerEvent): void => {
    if (event.type === 'SUBSCRIBED') {
      const { frameworkId } = event;
      capabilities = () => state.frameworks.get(frameworkId)?.capabilities ?? NO_CAPABILITIES;
    }
    records.write(codec.encodeEvent(formFor(capabilities(), event)));
  };
  const end = (reason: string): void => {
    if (!records.isOpen) return;
    records.close();
    ended(reason);
  };
  const own = {
    remote,
    send(messages: readonly Message[]) {
      for (const message of messages) if (records.isOpen) write(message as SchedulerEvent);
    },
    close: end,
  };
  const link = driver.open(own, principal);
  const stream: SchedulerStream = { id, link, end };
  return stream;
}
