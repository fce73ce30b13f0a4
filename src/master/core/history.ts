/** A bounded list that forgets its oldest items. */
export class History<T> {
  private readonly items: (T | undefined)[] = [];
  private next = 0;

  constructor(readonly capacity: number) {}

  add(item: T): void {
    if (this.capacity === 0) return;
    this.items[this.next] = item;
    this.next = this.next + 1 === this.capacity ? 0 : this.next + 1;
  }

  get size(): number {
    return this.items.length;
  }

  /** Oldest first. */
  toArray(): T[] {
    const { items, next } = this;
    const out: T[] = [];
    for (let i = 0; i < items.length; i++) {
      const item = items[(next + i) % items.length];
      if (item !== undefined) out.push(item);
    }
    return out;
  }

  /** Takes out what `predicate` holds for. */
  remove(predicate: (item: T) => boolean): void {
    const kept = this.toArray().filter((item) => !predicate(item));
    this.items.length = 0;
    this.next = 0;
    for (const item of kept) this.add(item);
  }
}

/** Makes room in a map or set of at most `most` entries by dropping its oldest. */
export function forgetOldest<K>(entries: Map<K, unknown> | Set<K>, most: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(key);
  }
}
