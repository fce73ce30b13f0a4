/**
 * Offer filters: who refused what on which agent, and until when.
 *
 * Engines know refusals (a content on an agent and the clients that refused exactly it); this module knows lifetimes. A
 * refusal exists while at least one filter refers to it; a client's bit in it is set while at least one of the client's
 * filters does.
 */
import type { Resources } from '../resources/resources.js';
import { Deadlines } from './deadlines.js';
import type { Encoding } from './encoding.js';
import { Chain, type ChainHead, FilterPool } from './filter-pool.js';
import type { EngineProgram } from './program.js';
import { Ids } from './sorter-tree.js';

/** What the filters keep with a client. */
export interface FilteringClient {
  readonly index: number;
  readonly filters: ChainHead;
  readonly roleFilters: { count: number };
}

/** What the filters keep with an agent. */
export interface FilteredAgent {
  readonly index: number;
  refusals: Refusal[] | null;
}

export interface Refusal extends ChainHead {
  readonly id: number;
  readonly agent: FilteredAgent;
  readonly resources: Resources;
  bits: Uint32Array;
}

/** One filter, for a snapshot. */
export interface FilterRecord {
  client: number;
  agent: FilteredAgent;
  resources: Resources;
  deadlineMs: number;
  generation: number;
}

const CLIENTS = 2 ** 24;

export class OfferFilters {
  private readonly pool = new FilterPool();
  private readonly deadlines = new Deadlines();
  private readonly refusals: (Refusal | undefined)[] = [];
  private readonly refusalIds = new Ids();
  private readonly clients: (FilteringClient | undefined)[] = [];
  /** Filters beyond the first of one client on one refusal. */
  private readonly repeated = new Map<number, number>();

  constructor(
    private program: EngineProgram,
    private encoding: Encoding,
  ) {}

  get count(): number {
    return this.pool.live;
  }

  get nextDeadlineMs(): number {
    return this.deadlines.nextMs;
  }

  add(
    client: FilteringClient,
    agent: FilteredAgent,
    resources: Resources,
    deadlineMs: number,
    generation: number,
  ): void {
    const refusal = this.refusalFor(agent, resources);
    const bucket = this.deadlines.bucketFor(deadlineMs, generation);
    const entry = this.pool.add(refusal.id, client.index, bucket.id);
    this.pool.link(entry, Chain.CLIENT, client.filters);
    this.pool.link(entry, Chain.REFUSAL, refusal);
    this.pool.link(entry, Chain.BUCKET, bucket);
    this.clients[client.index] = client;
    client.roleFilters.count++;
    if (hasBit(refusal.bits, client.index)) {
      const key = refusal.id * CLIENTS + client.index;
      this.repeated.set(key, (this.repeated.get(key) ?? 0) + 1);
      return;
    }
    refusal.bits = withBit(refusal.bits, client.index);
    this.program.setRefused(refusal.id, client.index, true);
  }

  private refusalFor(agent: FilteredAgent, resources: Resources): Refusal {
    agent.refusals ??= [];
    for (const refusal of agent.refusals) if (refusal.resources === resources) return refusal;
    for (const refusal of agent.refusals) if (refusal.resources.equals(resources)) return refusal;
    const id = this.refusalIds.take();
    const refusal: Refusal = { id, agent, resources, bits: new Uint32Array(4), first: -1 };
    this.refusals[id] = refusal;
    agent.refusals.push(refusal);
    this.send(refusal);
    return refusal;
  }

  private send(refusal: Refusal): void {
    const { plain, programLots } = this.encoding.encode(refusal.resources);
    this.program.addRefusal(refusal.id, refusal.agent.index, plain, programLots);
  }

  /** Removes one filter; `bucketGone` when its bucket has been taken out already. */
  private remove(entry: number, bucketGone: boolean): void {
    const { pool } = this;
    const refusal = this.refusals[pool.refusalOf(entry)]!;
    const client = this.clients[pool.clientOf(entry)]!;
    pool.unlink(entry, Chain.CLIENT, client.filters);
    pool.unlink(entry, Chain.REFUSAL, refusal);
    if (!bucketGone) {
      const bucket = this.deadlines.bucket(pool.bucketOf(entry));
      pool.unlink(entry, Chain.BUCKET, bucket);
      if (bucket.first < 0) this.deadlines.noteEmptied();
    }
    pool.free(entry);
    client.roleFilters.count--;
    const key = refusal.id * CLIENTS + client.index;
    const repeats = this.repeated.get(key);
    if (repeats !== undefined) {
      if (repeats === 1) this.repeated.delete(key);
      else this.repeated.set(key, repeats - 1);
      return;
    }
    refusal.bits[client.index >>> 5]! &= ~(1 << (client.index & 31));
    this.program.setRefused(refusal.id, client.index, false);
    if (refusal.first < 0) this.dropRefusal(refusal);
  }

  private dropRefusal(refusal: Refusal): void {
    const list = refusal.agent.refusals!;
    list.splice(list.indexOf(refusal), 1);
    this.refusals[refusal.id] = undefined;
    this.program.removeRefusal(refusal.id);
    this.refusalIds.giveBack(refusal.id);
  }

  /** Removes what falls due before a timer of `generation` at `dueMs`. */
  expire(dueMs: number, generation: number): void {
    for (;;) {
      const bucket = this.deadlines.popDue(dueMs, generation);
      if (bucket === null) return;
      for (let entry = bucket.first; entry >= 0; ) {
        const next = this.pool.next(entry, Chain.BUCKET);
        this.remove(entry, true);
        entry = next;
      }
    }
  }

  dropClient(client: FilteringClient): void {
    for (let entry = client.filters.first; entry >= 0; entry = client.filters.first) this.remove(entry, false);
  }

  dropAgent(agent: FilteredAgent): void {
    for (const refusal of [...(agent.refusals ?? [])]) {
      for (let entry = refusal.first; entry >= 0; ) {
        const next = this.pool.next(entry, Chain.REFUSAL);
        this.remove(entry, false);
        entry = next;
      }
    }
  }

  *records(): Generator<FilterRecord> {
    for (const refusal of this.refusals) {
      if (refusal === undefined) continue;
      for (let entry = refusal.first; entry >= 0; entry = this.pool.next(entry, Chain.REFUSAL)) {
        const { deadlineMs, generation } = this.deadlines.bucket(this.pool.bucketOf(entry));
        const client = this.pool.clientOf(entry);
        yield { client, agent: refusal.agent, resources: refusal.resources, deadlineMs, generation };
      }
    }
  }

  /** Sends every refusal to another engine. */
  moveTo(program: EngineProgram, encoding: Encoding): void {
    this.program = program;
    this.encoding = encoding;
    for (const refusal of this.refusals) {
      if (refusal === undefined) continue;
      this.send(refusal);
      for (let entry = refusal.first; entry >= 0; entry = this.pool.next(entry, Chain.REFUSAL)) {
        program.setRefused(refusal.id, this.pool.clientOf(entry), true);
      }
    }
  }
}

function hasBit(bits: Uint32Array, index: number): boolean {
  const word = index >>> 5;
  return word < bits.length && ((bits[word]! >>> (index & 31)) & 1) === 1;
}

function withBit(bits: Uint32Array, index: number): Uint32Array {
  const word = index >>> 5;
  let wide = bits;
  if (word >= bits.length) {
    wide = new Uint32Array(Math.max(word + 1, bits.length * 2));
    wide.set(bits);
  }
  wide[word]! |= 1 << (index & 31);
  return wide;
}
