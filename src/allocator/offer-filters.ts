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
  private readonly bits = new BitRows();

  constructor(
    private program: EngineProgram,
    private encoding: Encoding,
  ) {}

  get count(): number {
    return this.pool.live;
  }

  /** When the next filter expires; Infinity if there is none. */
  nextDeadlineMs(): number {
    return this.deadlines.nextMs();
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
    if (this.bits.has(refusal.id, client.index)) {
      const key = refusal.id * CLIENTS + client.index;
      this.repeated.set(key, (this.repeated.get(key) ?? 0) + 1);
      return;
    }
    this.bits.set(refusal.id, client.index);
    this.program.setRefused(refusal.id, client.index, true);
  }

  private refusalFor(agent: FilteredAgent, resources: Resources): Refusal {
    agent.refusals ??= [];
    for (const refusal of agent.refusals) if (refusal.resources === resources) return refusal;
    for (const refusal of agent.refusals) if (refusal.resources.equals(resources)) return refusal;
    const id = this.refusalIds.take();
    const refusal: Refusal = { id, agent, resources, first: -1 };
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
    this.bits.clear(refusal.id, client.index);
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
    const some = this.refusals.find((refusal) => refusal !== undefined);
    if (some !== undefined) {
      this.refusalIds.makeKnown((id) => {
        program.addRefusal(id, some.agent.index, [], []);
        program.removeRefusal(id);
      });
    }
    for (const refusal of this.refusals) {
      if (refusal === undefined) continue;
      this.send(refusal);
      for (let entry = refusal.first; entry >= 0; entry = this.pool.next(entry, Chain.REFUSAL)) {
        program.setRefused(refusal.id, this.pool.clientOf(entry), true);
      }
    }
  }
}

/** Rows of bits of one width, in one array. */
class BitRows {
  private words = new Uint32Array(1024);
  private width = 4;

  has(row: number, bit: number): boolean {
    const word = bit >>> 5;
    if (word >= this.width) return false;
    return (((this.words[row * this.width + word] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  set(row: number, bit: number): void {
    const word = bit >>> 5;
    if (word >= this.width) this.widen(word + 1);
    const at = row * this.width + word;
    if (at >= this.words.length) {
      const longer = new Uint32Array(Math.max(at + this.width, this.words.length * 2));
      longer.set(this.words);
      this.words = longer;
    }
    this.words[at]! |= 1 << (bit & 31);
  }

  clear(row: number, bit: number): void {
    this.words[row * this.width + (bit >>> 5)]! &= ~(1 << (bit & 31));
  }

  private widen(words: number): void {
    const width = Math.max(this.width * 2, words);
    const rows = Math.ceil(this.words.length / this.width);
    const wider = new Uint32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      wider.set(this.words.subarray(row * this.width, (row + 1) * this.width), row * width);
    }
    this.words = wider;
    this.width = width;
  }
}
