/**
 * The network between processes: links that behave like TCP. What is sent on a link arrives in order and once, or not
 * at all when the link ends before; links among them reorder freely. Hosts can be cut off from each other: then nothing
 * arrives, both sides find out on their own after a while, and what was on its way is lost unless the cut heals before.
 * Every message is encoded when it is sent and decoded when it arrives, so the codec is part of each run.
 */
import type { LinkId } from '../base/core.js';
import { decodeFrame, encodeFrame } from '../protocol/codec.js';
import type { Message } from '../protocol/messages.js';
import type { World } from './world.js';

/** A process as the network sees it. */
export interface Station {
  readonly name: string;
  readonly host: string;
  linkOpened(end: LinkEnd): void;
  received(end: LinkEnd, messages: readonly Message[]): void;
  linkClosed(end: LinkEnd, reason: string): void;
}

/** One side of a link. */
export interface LinkEnd {
  readonly link: LinkId;
  readonly owner: Station;
  readonly peer: LinkEnd;
  readonly open: boolean;
}

/** What the one who meddles wants to be done with a message that is being sent. */
export type Verdict = 'pass' | 'lose' | 'twice' | 'hold';

export interface NetworkOptions {
  readonly world: World;
  /** Time on the way for the next frame between two hosts, in milliseconds. */
  readonly delayMs: (from: string, to: string) => number;
  /** After which time of silence an end of a link gives it up. */
  readonly patienceMs: () => number;
  /** Of `count` frames on their way, how many still arrive when a link breaks. */
  readonly survivors: (count: number) => number;
  readonly watch?: NetworkWatch;
}

export interface NetworkWatch {
  delivered?(from: Station, to: Station, message: Message): void;
  lost?(from: Station, to: Station, message: Message, why: string): void;
  opened?(from: Station, to: Station): void;
  closed?(owner: Station, other: Station, reason: string): void;
}

interface Packet {
  readonly bytes: Uint8Array | null;
  /** Why the link ends, if this is its end. */
  readonly reason: string;
  arrivalMs: number;
}

interface End extends LinkEnd {
  peer: End;
  open: boolean;
  inbox: Packet[];
  stalled: boolean;
  lastArrivalMs: number;
}

export class Network {
  /** Looks at each message that is sent; absent: all pass. */
  meddle: ((from: Station, to: Station, message: Message) => Verdict) | null = null;
  private readonly options: NetworkOptions;
  private readonly listeners = new Map<string, Station>();
  private readonly cuts = new Set<string>();
  private readonly ends = new Set<End>();
  private readonly held: { end: End; message: Message }[] = [];
  private links = 0;

  constructor(options: NetworkOptions) {
    this.options = options;
  }

  listen(address: string, station: Station): void {
    this.listeners.set(address, station);
  }

  /** Opens a link; `done` gets its near end, or null if nobody answers there. */
  connect(from: Station, address: string, done: (end: LinkEnd | null) => void): void {
    const { world, delayMs } = this.options;
    const knock = (): void => {
      const to = this.listeners.get(address);
      if (to === undefined || this.isCut(from.host, to.host)) {
        world.schedule(world.nowMs + (to === undefined ? 1 : this.options.patienceMs()), () => {
          done(null);
        });
        return;
      }
      const [near, far] = this.makeLink(from, to);
      this.options.watch?.opened?.(from, to);
      to.linkOpened(far);
      near.lastArrivalMs = world.nowMs + delayMs(to.host, from.host);
      world.schedule(near.lastArrivalMs, () => {
        done(near);
      });
    };
    const host = this.listeners.get(address)?.host ?? from.host;
    world.schedule(world.nowMs + delayMs(from.host, host), knock);
  }

  send(link: LinkEnd, messages: readonly Message[]): void {
    const end = link as End;
    const from = end.owner;
    const to = end.peer.owner;
    const sent: Message[] = [];
    for (const message of messages) {
      const verdict = end.open ? (this.meddle?.(from, to, message) ?? 'pass') : 'lose';
      if (verdict === 'lose') this.options.watch?.lost?.(from, to, message, end.open ? 'lost' : 'link ended');
      else if (verdict === 'hold') this.held.push({ end, message });
      else sent.push(...(verdict === 'twice' ? [message, message] : [message]));
    }
    if (sent.length > 0) this.post(end.peer, { bytes: encodeFrame(sent), reason: '', arrivalMs: 0 });
  }

  /** Sends what was held, on the links it was held on. */
  release(): void {
    for (const { end, message } of this.held.splice(0)) {
      if (end.open) this.post(end.peer, { bytes: encodeFrame([message]), reason: '', arrivalMs: 0 });
      else this.options.watch?.lost?.(end.owner, end.peer.owner, message, 'link ended');
    }
  }

  /** Ends a link from one side; the other learns it after all that was sent before. */
  close(link: LinkEnd, reason: string): void {
    const end = link as End;
    if (!end.open) return;
    this.shut(end);
    this.post(end.peer, { bytes: null, reason, arrivalMs: 0 });
    this.options.world.schedule(this.options.world.nowMs, () => {
      this.tellClosed(end, reason);
    });
  }

  /** The link breaks: some of what is on its way still arrives, then both sides notice. */
  break(link: LinkEnd): void {
    const near = link as End;
    for (const end of [near, near.peer]) {
      if (!end.open) continue;
      this.loseAfter(end, this.options.survivors(end.inbox.length), 'link broke');
      this.post(end, { bytes: null, reason: 'link broke', arrivalMs: 0 });
    }
  }

  /** A process is gone: what it sent still arrives, it gets nothing any more and is not told. */
  remove(station: Station): void {
    for (const [address, listener] of this.listeners) if (listener === station) this.listeners.delete(address);
    for (const end of [...this.ends]) {
      if (end.owner !== station || !end.open) continue;
      this.shut(end);
      this.post(end.peer, { bytes: null, reason: 'peer is gone', arrivalMs: 0 });
    }
  }

  /** Cuts two hosts off from each other. */
  cut(a: string, b: string): void {
    this.cuts.add(pair(a, b));
    const { world, patienceMs } = this.options;
    for (const end of this.ends) {
      if (end.open && pair(end.owner.host, end.peer.owner.host) === pair(a, b)) {
        world.schedule(world.nowMs + patienceMs(), () => {
          this.giveUp(end);
        });
      }
    }
  }

  heal(a: string, b: string): void {
    this.cuts.delete(pair(a, b));
    for (const end of this.ends) {
      if (!end.stalled || pair(end.owner.host, end.peer.owner.host) !== pair(a, b)) continue;
      end.stalled = false;
      end.lastArrivalMs = 0;
      for (const packet of end.inbox) this.flyTo(end, packet);
    }
  }

  healAll(): void {
    for (const cut of [...this.cuts]) {
      const [a = '', b = ''] = cut.split('\n');
      this.heal(a, b);
    }
  }

  isCut(a: string, b: string): boolean {
    return this.cuts.has(pair(a, b));
  }

  /** Links with both sides open, by their older end. */
  openLinks(): LinkEnd[] {
    return [...this.ends].filter((end) => end.open && end.peer.open && end.link < end.peer.link);
  }

  private makeLink(from: Station, to: Station): [End, End] {
    const make = (owner: Station): End => {
      const end = { link: ++this.links, owner, open: true, inbox: [], stalled: false, lastArrivalMs: 0 };
      return end as Omit<End, 'peer'> as End;
    };
    const near = make(from);
    const far = make(to);
    near.peer = far;
    far.peer = near;
    this.ends.add(near).add(far);
    return [near, far];
  }

  private post(to: End, packet: Packet): void {
    if (!to.open) {
      this.tellLost(to, packet, 'link ended');
      return;
    }
    to.inbox.push(packet);
    if (!to.stalled) this.flyTo(to, packet);
  }

  private flyTo(to: End, packet: Packet): void {
    const { world, delayMs } = this.options;
    const atMs = world.nowMs + delayMs(to.peer.owner.host, to.owner.host);
    packet.arrivalMs = Math.max(atMs, to.lastArrivalMs);
    to.lastArrivalMs = packet.arrivalMs;
    world.schedule(packet.arrivalMs, () => {
      this.arrive(to);
    });
  }

  private arrive(to: End): void {
    const { world, watch } = this.options;
    if (to.open && this.isCut(to.owner.host, to.peer.owner.host)) to.stalled = true;
    while (to.open && !to.stalled) {
      const packet = to.inbox[0];
      if (packet === undefined || packet.arrivalMs > world.nowMs) return;
      to.inbox.shift();
      if (packet.bytes === null) {
        this.shut(to);
        this.tellClosed(to, packet.reason);
        return;
      }
      const messages = decodeFrame(packet.bytes);
      for (const message of messages) watch?.delivered?.(to.peer.owner, to.owner, message);
      to.owner.received(to, messages);
    }
  }

  /** One side has waited long enough on a cut link. */
  private giveUp(end: End): void {
    if (!end.open || !this.isCut(end.owner.host, end.peer.owner.host)) return;
    this.shut(end);
    this.loseAfter(end.peer, 0, 'link timed out');
    this.post(end.peer, { bytes: null, reason: 'connection reset', arrivalMs: 0 });
    this.tellClosed(end, 'link timed out');
  }

  private shut(end: End): void {
    end.open = false;
    this.loseAfter(end, 0, 'link ended');
    if (!end.peer.open) {
      this.ends.delete(end);
      this.ends.delete(end.peer);
    }
  }

  private loseAfter(end: End, kept: number, why: string): void {
    for (const packet of end.inbox.splice(kept)) this.tellLost(end, packet, why);
  }

  private tellLost(to: End, packet: Packet, why: string): void {
    const { watch } = this.options;
    if (watch?.lost === undefined || packet.bytes === null) return;
    for (const message of decodeFrame(packet.bytes)) watch.lost(to.peer.owner, to.owner, message, why);
  }

  private tellClosed(end: End, reason: string): void {
    this.options.watch?.closed?.(end.owner, end.peer.owner, reason);
    end.owner.linkClosed(end, reason);
  }
}

function pair(a: string, b: string): string {
  return a < b ? `${a}\n${b}` : `${b}\n${a}`;
}
