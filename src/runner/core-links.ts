/**
 * The links of a core: numbers them, turns frames into MessageReceived events, and messages into frames, one frame for
 * each link and turn. What a core must not be bothered with ends here: a frame that is not understood, a kind of
 * message that this core does not take, a buffer that overflows; each closes the link with a reason.
 */
import type { LinkId } from '../base/core.js';
import { MeteError } from '../base/errors.js';
import type { Link, LinkHandlers } from '../base/link.js';
import { decodeFrame, encodeFrame } from '../protocol/codec.js';
import type { Message, MessageType } from '../protocol/messages.js';
import type { PushResult } from './runner.js';

/** The events that links bring; the caller pushes them to its runner. */
export type LinkEvent<M> =
  | { readonly type: 'LinkClosed'; readonly at: number; readonly link: LinkId; readonly reason: string }
  | { readonly type: 'MessageReceived'; readonly at: number; readonly link: LinkId; readonly message: M };

export interface CoreLinksOptions<M extends Message> {
  /** The messages this core takes; others close the link. */
  readonly accepts: ReadonlySet<MessageType>;
  readonly now: () => number;
  readonly push: (event: LinkEvent<M>) => PushResult;
  /** Called when a link is closed from here because of the other side, for logs. */
  readonly onRefused?: (link: LinkId, remote: string, error: MeteError) => void;
}

/** A link that takes messages as they are and writes them in a form of its own, as a stream of an HTTP API. */
export interface MessageLink {
  /** Address of the other side, for logs. */
  readonly remote: string;
  /** The messages of one turn, in order. */
  send(messages: readonly Message[]): void;
  close(reason: string): void;
}

export interface CoreLinks<M extends Message> {
  /** Number of open links. */
  readonly count: number;
  readonly counters: Readonly<LinkCounters>;
  /** Numbers a link before anything can arrive on it; `handlers` belong to it. */
  reserve(): { readonly id: LinkId; readonly handlers: LinkHandlers };
  /** The link of a reserved number is open. */
  opened(id: LinkId, link: Link): void;
  /** Numbers a link of messages that is open; whoever opened it tells when it is `gone`. */
  openMessageLink(link: MessageLink): LinkId;
  /** A link of messages has ended, whoever ended it; once is enough. */
  gone(id: LinkId, reason: string): void;
  /** Sends messages in one frame; links that are gone are ignored. */
  send(id: LinkId, messages: readonly Message[]): void;
  close(id: LinkId, reason: string): void;
  closeAll(reason: string): void;
  remoteOf(id: LinkId): string | undefined;
  /** Type parameter only: the union of messages that arrive. */
  readonly messages?: M;
}

export interface LinkCounters {
  framesIn: number;
  framesOut: number;
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
  refused: number;
}

/** A frame of several messages that is longer than this is sent in two, so that none is longer than transports take. */
const FRAME_BYTES = 4 * 2 ** 20;

/** The frames for messages, in their order. */
function framesOf(messages: readonly Message[]): Uint8Array[] {
  const frame = encodeFrame(messages);
  if (frame.length <= FRAME_BYTES || messages.length === 1) return [frame];
  const middle = messages.length >> 1;
  return [...framesOf(messages.slice(0, middle)), ...framesOf(messages.slice(middle))];
}

export function createCoreLinks<M extends Message>(options: CoreLinksOptions<M>): CoreLinks<M> {
  return new LinkTable(options);
}

class LinkTable<M extends Message> implements CoreLinks<M> {
  readonly counters: LinkCounters = {
    framesIn: 0,
    framesOut: 0,
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    refused: 0,
  };
  private readonly links = new Map<LinkId, Link>();
  private readonly messageLinks = new Map<LinkId, MessageLink>();
  private nextId: LinkId = 1;

  constructor(private readonly options: CoreLinksOptions<M>) {}

  get count(): number {
    return this.links.size + this.messageLinks.size;
  }

  reserve(): { readonly id: LinkId; readonly handlers: LinkHandlers } {
    const id = this.nextId++;
    const { push, now } = this.options;
    const handlers: LinkHandlers = {
      frame: (link, bytes) => this.receive(id, link, bytes),
      closed: (_link, reason) => {
        this.links.delete(id);
        push({ type: 'LinkClosed', at: now(), link: id, reason });
      },
    };
    return { id, handlers };
  }

  opened(id: LinkId, link: Link): void {
    this.links.set(id, link);
  }

  openMessageLink(link: MessageLink): LinkId {
    const id = this.nextId++;
    this.messageLinks.set(id, link);
    return id;
  }

  gone(id: LinkId, reason: string): void {
    const { push, now } = this.options;
    if (this.messageLinks.delete(id)) push({ type: 'LinkClosed', at: now(), link: id, reason });
  }

  send(id: LinkId, messages: readonly Message[]): void {
    const link = this.links.get(id);
    if (link === undefined) {
      this.messageLinks.get(id)?.send(messages);
      return;
    }
    const { counters } = this;
    counters.messagesOut += messages.length;
    for (const frame of framesOf(messages)) {
      counters.framesOut++;
      counters.bytesOut += frame.length;
      if (link.send(frame) === 'dropped') {
        link.close('too slow: the buffer of messages for this side is full');
        return;
      }
    }
  }

  close(id: LinkId, reason: string): void {
    this.find(id)?.close(reason);
  }

  closeAll(reason: string): void {
    for (const link of [...this.links.values(), ...this.messageLinks.values()]) link.close(reason);
  }

  remoteOf(id: LinkId): string | undefined {
    return this.find(id)?.remote;
  }

  private find(id: LinkId): Link | MessageLink | undefined {
    return this.links.get(id) ?? this.messageLinks.get(id);
  }

  private refuse(id: LinkId, link: Link, error: MeteError): void {
    this.counters.refused++;
    this.options.onRefused?.(id, link.remote, error);
    link.close(error.message.slice(0, 120));
  }

  private receive(id: LinkId, link: Link, bytes: Uint8Array): void {
    const { counters, options } = this;
    counters.framesIn++;
    counters.bytesIn += bytes.length;
    let messages: Message[];
    try {
      messages = decodeFrame(bytes);
    } catch (error) {
      if (!(error instanceof MeteError)) throw error;
      this.refuse(id, link, error);
      return;
    }
    const at = options.now();
    for (const message of messages) {
      if (!options.accepts.has(message.type)) {
        this.refuse(id, link, unexpected(message.type));
        return;
      }
      counters.messagesIn++;
      if (options.push({ type: 'MessageReceived', at, link: id, message: message as M }) === 'refused') {
        this.refuse(id, link, overloaded());
        return;
      }
    }
  }
}

function unexpected(type: MessageType): MeteError {
  return new MeteError('UNKNOWN_MESSAGE', {
    field: 'message',
    value: type,
    reason: 'it is not for this side',
    mend: 'send it to whom docs/protocol.md says',
  });
}

function overloaded(): MeteError {
  return new MeteError('UNAVAILABLE', {
    field: 'link',
    value: 'messages',
    reason: 'too many messages wait here',
    mend: 'connect again a little later',
  });
}
