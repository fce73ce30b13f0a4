/**
 * Storage of offer filters: one entry for each live filter, in flat integer columns, a few dozen bytes each, chained by
 * client, by refusal and by deadline so that each of these can be dropped without a search.
 */

const COLUMNS = 9;
const REFUSAL = 0;
const CLIENT = 1;
const BUCKET = 2;
/** Next and previous entry in a chain; chain c has them at LINKS + 2 c and LINKS + 2 c + 1. */
const LINKS = 3;

/** The chains an entry is part of. */
export const Chain = { CLIENT: 0, REFUSAL: 1, BUCKET: 2 } as const;
export type ChainName = (typeof Chain)[keyof typeof Chain];

/** Head of a chain; -1 is the end. */
export interface ChainHead {
  first: number;
}

export class FilterPool {
  private cells = new Int32Array(64 * COLUMNS);
  private firstFree = -1;
  private used = 0;
  live = 0;

  add(refusal: number, client: number, bucket: number): number {
    let entry = this.firstFree;
    if (entry >= 0) {
      this.firstFree = this.cells[entry * COLUMNS]!;
    } else {
      entry = this.used++;
      if (this.used * COLUMNS > this.cells.length) {
        const wider = new Int32Array(this.cells.length + Math.max(this.cells.length >> 1, 4096 * COLUMNS));
        wider.set(this.cells);
        this.cells = wider;
      }
    }
    const at = entry * COLUMNS;
    this.cells[at + REFUSAL] = refusal;
    this.cells[at + CLIENT] = client;
    this.cells[at + BUCKET] = bucket;
    this.live++;
    return entry;
  }

  free(entry: number): void {
    this.cells[entry * COLUMNS] = this.firstFree;
    this.firstFree = entry;
    this.live--;
  }

  refusalOf(entry: number): number {
    return this.cells[entry * COLUMNS + REFUSAL]!;
  }

  clientOf(entry: number): number {
    return this.cells[entry * COLUMNS + CLIENT]!;
  }

  bucketOf(entry: number): number {
    return this.cells[entry * COLUMNS + BUCKET]!;
  }

  next(entry: number, chain: ChainName): number {
    return this.cells[entry * COLUMNS + LINKS + 2 * chain]!;
  }

  link(entry: number, chain: ChainName, head: ChainHead): void {
    const at = entry * COLUMNS + LINKS + 2 * chain;
    this.cells[at] = head.first;
    this.cells[at + 1] = -1;
    if (head.first >= 0) this.cells[head.first * COLUMNS + LINKS + 2 * chain + 1] = entry;
    head.first = entry;
  }

  unlink(entry: number, chain: ChainName, head: ChainHead): void {
    const at = entry * COLUMNS + LINKS + 2 * chain;
    const next = this.cells[at]!;
    const previous = this.cells[at + 1]!;
    if (previous >= 0) this.cells[previous * COLUMNS + LINKS + 2 * chain] = next;
    else head.first = next;
    if (next >= 0) this.cells[next * COLUMNS + LINKS + 2 * chain + 1] = previous;
  }
}
