/**
 * The link to the agent: connects, and connects again with a growing, random pause when it is lost; sends what was said
 * in one turn of the event loop, or within a millisecond of the frame before, as one frame. What is said while there is
 * no link is dropped: updates are remembered elsewhere (updates.ts) and sent again on subscribing, and messages for
 * frameworks are not repeated, as in Mesos.
 */
import { MeteError } from '../base/errors.js';
import type { Link } from '../base/link.js';
import { decodeFrame, encodeFrame } from '../protocol/codec.js';
import type { ExecutorCall, ExecutorEvent } from '../protocol/messages.js';
import { EXECUTOR_EVENTS } from '../protocol/executor.js';
import { linkUrl, type Transport } from '../transport/transport.js';

export interface AgentLinkOptions {
  readonly connect: Transport['connect'];
  readonly host: string;
  readonly port: number;
  readonly maxBackoffMs: number;
  /** A link is open: subscribe now. */
  readonly onUp: () => void;
  readonly onEvent: (event: ExecutorEvent) => void;
  /** The link is lost, or could not be made; `again` says that it will be tried again. */
  readonly onDown: (reason: string) => void;
}

export interface AgentLink {
  send(call: ExecutorCall): void;
  /** Sends what waits, and ends; no callbacks follow. */
  close(): void;
}

/** The first pause between two attempts. */
const FIRST_PAUSE_MS = 50;
/**
 * Between two frames, so that thousands of short tasks a second go by the dozen: here, and with that in the agent, the
 * master and the framework. What comes after a pause goes at once.
 */
const GATHER_MS = 1;

function isForExecutors(message: { readonly type: string }): message is ExecutorEvent {
  return message.type in EXECUTOR_EVENTS;
}

/** Calls at the end of this turn, or a little later if the time before was just now. */
function whenGathered(flush: () => void, flushedMs: number): void {
  if (performance.now() - flushedMs < GATHER_MS) setTimeout(flush, GATHER_MS);
  else setImmediate(flush);
}

export function openAgentLink(options: AgentLinkOptions): AgentLink {
  let link: Link | null = null;
  let closed = false;
  let waiting: ExecutorCall[] = [];
  let pauseMs = FIRST_PAUSE_MS;
  let timer: NodeJS.Timeout | null = null;
  let flushedMs = -Infinity;

  const flush = (): void => {
    const calls = waiting;
    waiting = [];
    flushedMs = performance.now();
    if (link !== null && calls.length > 0) link.send(encodeFrame(calls));
  };

  const lost = (reason: string): void => {
    link = null;
    if (closed) return;
    options.onDown(reason);
    timer = setTimeout(connect, pauseMs * (0.5 + Math.random() / 2));
    pauseMs = Math.min(pauseMs * 2, options.maxBackoffMs);
  };

  const receive = (from: Link, bytes: Uint8Array): void => {
    try {
      for (const message of decodeFrame(bytes)) {
        if (closed) return;
        if (isForExecutors(message)) options.onEvent(message);
      }
    } catch (error) {
      if (!(error instanceof MeteError)) throw error;
      from.close(error.message.slice(0, 120));
    }
  };

  const connect = (): void => {
    timer = null;
    if (closed) return;
    const handlers = { frame: receive, closed: (_link: Link, reason: string) => lost(reason) };
    options.connect({ url: linkUrl(options.host, options.port), handlers }).then(
      (opened) => {
        if (closed) {
          opened.close('the executor has ended');
          return;
        }
        link = opened;
        pauseMs = FIRST_PAUSE_MS;
        options.onUp();
      },
      (error: Error) => lost(error.message),
    );
  };
  connect();

  return {
    send: (call) => {
      if (link === null) return;
      if (waiting.push(call) === 1) whenGathered(flush, flushedMs);
    },
    close: () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      flush();
      link?.close('the executor ends');
      link = null;
    },
  };
}
