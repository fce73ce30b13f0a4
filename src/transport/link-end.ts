/**
 * One end of a link: everything that is the same whatever carries the bytes. It gathers the frames of a tick into one
 * write, keeps the limits, watches for silence, and tells its user about the end once. A `Wire` below carries.
 *
 * Invariants: handlers are called neither inside `send` or `close` nor after `closed`; a frame is either on its way or
 * the link is ended; what waits to be sent never exceeds `maxBufferedBytes`.
 */
import type { Link, LinkHandlers, SendResult } from '../base/link.js';
import { CLOSE, cutReason, reasonOf } from './close-reason.js';
import type { TransportLimits } from './transport.js';

/** What a driver does for a link. */
export interface Wire {
  readonly remote: string;
  /** Bytes that wait below, in this process. */
  bufferedBytes(): number;
  /** Writes frames at once, in order; whether all were taken. */
  write(frames: readonly Uint8Array[]): boolean;
  ping(): void;
  /** Sends what waits, then the close, and gives up after a while. Reports nothing back. */
  close(code: number, reason: string): void;
}

/** Frames of one tick are written earlier if they are this many bytes together. */
const GATHERED_BYTES = 64 * 1024;

/** Below this a copy comes from Node's pool of small buffers, which costs a third of an allocation. */
const POOLED_BYTES = 4096;

/** A copy of bytes that are somebody else's. */
export function ownCopy(bytes: Uint8Array): Uint8Array {
  return bytes.length < POOLED_BYTES ? Buffer.from(bytes) : Uint8Array.prototype.slice.call(bytes);
}

/** Ends with frames that wait to be written together. */
let gathering: LinkEnd[] = [];

/** A frame is being handled just now: what is sent meanwhile waits until all that has come is handled. */
let isReceiving = false;

function flushAll(): void {
  const ends = gathering;
  gathering = [];
  for (const end of ends) end.flush();
}

/** From here on frames gather; they are written at the end of the tick, or of the turn that reads what has come. */
function gather(end: LinkEnd): void {
  if (gathering.push(end) > 1) return;
  if (isReceiving) setImmediate(flushAll);
  else process.nextTick(flushAll);
}

export interface LinkEndOptions {
  readonly wire: Wire;
  readonly limits: TransportLimits;
  readonly onFault: (error: unknown) => void;
  /** Called once at the end, before `closed`. */
  readonly onEnd: (end: LinkEnd) => void;
}

export class LinkEnd implements Link {
  /** Sweeps of the watch since anything was heard; any frame, ping or pong sets it to 0. */
  quietSweeps = 0;
  /** Whether a frame has come. */
  hasSpoken = false;
  /** Sweeps of the watch since the link was opened. */
  sweeps = 0;
  private handlers: LinkHandlers | null = null;
  private readonly wire: Wire;
  private readonly limits: TransportLimits;
  private readonly onFault: (error: unknown) => void;
  private readonly onEnd: (end: LinkEnd) => void;
  private queue: Uint8Array[] = [];
  private queuedBytes = 0;
  private isGathering = false;
  /** The wire has bytes that wait. */
  private isBacked = false;
  private owesDrained = false;
  private isEnded = false;

  constructor({ wire, limits, onFault, onEnd }: LinkEndOptions) {
    this.wire = wire;
    this.limits = limits;
    this.onFault = onFault;
    this.onEnd = onEnd;
  }

  get remote(): string {
    return this.wire.remote;
  }

  get bufferedBytes(): number {
    if (this.isEnded) return 0;
    return this.queuedBytes + (this.isBacked ? this.wire.bufferedBytes() : 0);
  }

  send(frame: Uint8Array): SendResult {
    if (this.isEnded) return 'dropped';
    const { length } = frame;
    const { maxFrameBytes, maxBufferedBytes } = this.limits;
    if (length > maxFrameBytes) {
      this.end(CLOSE.TOO_BIG, `a frame of ${length} bytes is over the limit of ${maxFrameBytes} bytes`);
      return 'dropped';
    }
    if (this.isBacked && this.bufferedBytes + length > maxBufferedBytes) {
      this.endTooSlow();
      return 'dropped';
    }
    this.queue.push(frame);
    this.queuedBytes += length;
    if (this.queuedBytes >= GATHERED_BYTES) {
      this.flush();
    } else if (!this.isGathering) {
      this.isGathering = true;
      gather(this);
    }
    if (this.isEnded) return 'dropped';
    if (!this.isBacked) return 'sent';
    this.owesDrained = true;
    return 'buffered';
  }

  close(reason: string): void {
    this.end(CLOSE.NORMAL, reason);
  }

  /** Who is told what happens on the link; given once, before anything can happen. */
  attach(handlers: LinkHandlers): void {
    this.handlers = handlers;
  }

  /** As `attach`, with whatever the listener's user answers to a new link. */
  accept(onLink: (link: Link) => LinkHandlers): void {
    try {
      this.handlers = onLink(this);
    } catch (error) {
      this.onFault(error);
      this.end(CLOSE.BROKEN, 'internal error');
    }
  }

  /** Writes what waits for the end of the tick. */
  flush(): void {
    this.isGathering = false;
    if (this.queuedBytes === 0 && this.queue.length === 0) return;
    const frames = this.queue;
    this.queue = [];
    this.queuedBytes = 0;
    const areTaken = this.wire.write(frames);
    this.isBacked = this.wire.bufferedBytes() > 0;
    if (!areTaken) this.endTooSlow();
  }

  /** Ends the link from this side. */
  end(code: number, reason: string): void {
    if (!this.isEnded) this.flush();
    if (this.isEnded) return;
    this.isEnded = true;
    this.wire.close(code, cutReason(reason));
    this.onEnd(this);
    process.nextTick(() => this.tell(reason));
  }

  /** From the wire: a frame, whose bytes are the user's own from now on. */
  received(bytes: Uint8Array): void {
    this.quietSweeps = 0;
    this.hasSpoken = true;
    if (this.isEnded) return;
    const { maxFrameBytes } = this.limits;
    if (bytes.length > maxFrameBytes) {
      this.end(CLOSE.TOO_BIG, `a frame of ${bytes.length} bytes came, over the limit of ${maxFrameBytes} bytes`);
      return;
    }
    isReceiving = true;
    try {
      this.handlers?.frame(this, bytes);
    } catch (error) {
      this.onFault(error);
      this.end(CLOSE.BROKEN, 'internal error');
    } finally {
      isReceiving = false;
    }
  }

  /** From the wire: a frame of text, which nobody here speaks. */
  receivedText(): void {
    this.end(CLOSE.NOT_UNDERSTOOD, 'a text frame came, but only binary frames are spoken here');
  }

  /** From the wire: a ping or a pong. */
  heard(): void {
    this.quietSweeps = 0;
  }

  /** From the wire: less waits than before. */
  relieved(): void {
    if (this.isEnded || !this.isBacked || this.wire.bufferedBytes() > 0) return;
    this.isBacked = false;
    if (!this.owesDrained) return;
    this.owesDrained = false;
    try {
      this.handlers?.drained?.(this);
    } catch (error) {
      this.onFault(error);
      this.end(CLOSE.BROKEN, 'internal error');
    }
  }

  /** From the wire: the connection is gone. */
  lost(code: number, text: string): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.queue = [];
    this.queuedBytes = 0;
    this.onEnd(this);
    this.tell(reasonOf(code, text));
  }

  ping(): void {
    this.wire.ping();
  }

  private endTooSlow(): void {
    const { maxBufferedBytes } = this.limits;
    this.end(CLOSE.TOO_SLOW, `the other side reads too slowly: over ${maxBufferedBytes} bytes wait to be sent`);
  }

  private tell(reason: string): void {
    const { handlers } = this;
    this.handlers = null;
    try {
      handlers?.closed(this, reason);
    } catch (error) {
      this.onFault(error);
    }
  }
}
