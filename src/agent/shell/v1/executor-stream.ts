/** The subscription of an executor: a streamed answer as a link of the core, with a heartbeat every half hour. */
import type { LinkId } from '../../../base/core.js';
import type { Exchange } from '../../../base/exchange.js';
import { openRecordStream } from '../../../http/record-stream.js';
import type { ExecutorEvent } from '../../../protocol/messages.js';
import type { AgentDriver, LogFunction } from '../drive-agent.js';
import type { ExecutorCodec } from './executor-codec.js';

export interface ExecutorStreamOptions {
  readonly driver: AgentDriver;
  readonly log: LogFunction;
  /** What may wait to be sent to one executor when the next event is written. */
  readonly maxBufferedBytes: number;
  /** Between heartbeats, and before the first. */
  readonly heartbeatMs: number;
}

/** Answers a SUBSCRIBE with a stream in the form of the codec; gives the link that the core knows it as. */
export function openExecutorStream(exchange: Exchange, codec: ExecutorCodec, options: ExecutorStreamOptions): LinkId {
  const { driver, log, maxBufferedBytes, heartbeatMs } = options;
  const { remote } = exchange.request;
  const heartbeat = codec.encodeEvent({ type: 'HEARTBEAT' });
  const timer = setInterval(() => stream.write(heartbeat), heartbeatMs).unref();
  const stream = openRecordStream(exchange, {
    headers: { 'content-type': codec.contentType },
    maxBufferedBytes,
    onEnd(isSlow) {
      clearInterval(timer);
      if (isSlow) log('warn', 'stream closed: the executor reads too slowly', { remote });
      driver.gone(link, isSlow ? 'too slow: too many events wait for this executor' : 'the executor closed its stream');
    },
  });
  const link = driver.open({
    remote,
    send(messages) {
      for (const message of messages) stream.write(codec.encodeEvent(message as ExecutorEvent));
    },
    close(reason) {
      if (!stream.isOpen) return;
      clearInterval(timer);
      stream.close();
      driver.gone(link, reason);
    },
  });
  return link;
}
