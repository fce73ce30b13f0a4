/**
 * Timers by name. A timer that is set again moves, one that is cleared is gone; due timers come in order of their
 * times, those of the same time in the order in which they were set. A binary heap with lazy deletion: an entry of the
 * heap counts only while it is the one its timer points at, and the heap is rebuilt when most of it no longer counts.
 */
interface Entry {
  readonly timer: string;
  readonly atMs: number;
  readonly order: number;
}

/** Stale entries that are always put up with, so that small tables are not rebuilt all the time. */
const STALE_ALLOWANCE = 64;

export class TimerTable {
  private heap: Entry[] = [];
  private readonly live = new Map<string, Entry>();
  private orders = 0;

  /** Number of timers that are set. */
  get size(): number {
    return this.live.size;
  }

  set(timer: string, atMs: number): void {
    const entry: Entry = { timer, atMs, order: this.orders++ };
    this.live.set(timer, entry);
    this.heap.push(entry);
    this.siftUp(this.heap.length - 1);
    if (this.heap.length > this.live.size * 2 + STALE_ALLOWANCE) this.rebuild();
  }

  clear(timer: string): void {
    this.live.delete(timer);
  }

  clearAll(): void {
    this.live.clear();
    this.heap = [];
  }

  /** Time of the first timer, Infinity if there is none. */
  firstMs(): number {
    return this.first()?.atMs ?? Infinity;
  }

  /** Takes the first timer that is due at `nowMs` away and names it; undefined if none is. */
  takeDue(nowMs: number): string | undefined {
    const entry = this.first();
    if (entry === undefined || entry.atMs > nowMs) return undefined;
    this.live.delete(entry.timer);
    this.pop();
    return entry.timer;
  }

  private first(): Entry | undefined {
    for (;;) {
      const entry = this.heap[0];
      if (entry === undefined || this.live.get(entry.timer) === entry) return entry;
      this.pop();
    }
  }

  private pop(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.siftDown(0);
  }

  private rebuild(): void {
    this.heap = [...this.live.values()];
    for (let i = (this.heap.length >> 1) - 1; i >= 0; i--) this.siftDown(i);
  }

  private siftUp(from: number): void {
    const { heap } = this;
    const entry = heap[from]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  private siftDown(from: number): void {
    const { heap } = this;
    const entry = heap[from]!;
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, entry)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = entry;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
