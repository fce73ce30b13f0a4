/**
 * Buckets of things that fall due together, earliest first: a binary heap of (deadline, generation).
 *
 * The generation of a bucket is the number of batch timers armed before it was made. Timers fire by deadline, then by
 * creation; so of the things due exactly when a batch is, those of an earlier generation than the batch's timer go
 * first.
 */
import type { ChainHead } from './filter-pool.js';

export interface Bucket extends ChainHead {
  readonly id: number;
  readonly deadlineMs: number;
  readonly generation: number;
}

export class Deadlines {
  private readonly heap: Bucket[] = [];
  private readonly byId: (Bucket | undefined)[] = [];
  private readonly latest = new Map<number, Bucket>();
  private readonly freeIds: number[] = [];
  private emptied = 0;

  /** The bucket of a deadline in the current generation. */
  bucketFor(deadlineMs: number, generation: number): Bucket {
    const known = this.latest.get(deadlineMs);
    if (known !== undefined && known.generation === generation) return known;
    const id = this.freeIds.pop() ?? this.byId.length;
    const bucket: Bucket = { id, deadlineMs, generation, first: -1 };
    this.byId[id] = bucket;
    this.latest.set(deadlineMs, bucket);
    this.push(bucket);
    return bucket;
  }

  bucket(id: number): Bucket {
    return this.byId[id]!;
  }

  /** Notes that a bucket lost its last entry; when most are empty they are swept. */
  noteEmptied(): void {
    this.emptied++;
    if (this.emptied < 64 || this.emptied * 2 < this.heap.length) return;
    this.emptied = 0;
    const kept = this.heap.filter((bucket) => bucket.first >= 0);
    for (const bucket of this.heap) if (bucket.first < 0) this.forget(bucket);
    this.heap.length = 0;
    for (const bucket of kept) this.push(bucket);
  }

  /** The first deadline of anything that is still there; buckets that have become empty are dropped on the way. */
  nextMs(): number {
    while (this.heap.length > 0 && this.heap[0]!.first < 0) {
      const first = this.heap[0]!;
      this.pop();
      this.forget(first);
      this.emptied--;
    }
    return this.heap.length === 0 ? Infinity : this.heap[0]!.deadlineMs;
  }

  /** Takes the first bucket if it is due before a timer of `generation` at `dueMs`. */
  popDue(dueMs: number, generation: number): Bucket | null {
    const first = this.heap[0];
    if (first === undefined || first.deadlineMs > dueMs) return null;
    if (first.deadlineMs === dueMs && first.generation >= generation) return null;
    this.pop();
    this.forget(first);
    return first;
  }

  private forget(bucket: Bucket): void {
    this.byId[bucket.id] = undefined;
    this.freeIds.push(bucket.id);
    if (this.latest.get(bucket.deadlineMs) === bucket) this.latest.delete(bucket.deadlineMs);
  }

  private isBefore(a: Bucket, b: Bucket): boolean {
    return a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.generation < b.generation);
  }

  private push(bucket: Bucket): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(bucket);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(bucket, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = bucket;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!this.isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
