/**
 * Things that fall due, earliest first: a binary heap. Nothing is taken out early; who takes one looks whether it still
 * counts.
 */

export interface Deadline<T> {
  readonly atMs: number;
  readonly subject: T;
}

export type Deadlines<T> = Deadline<T>[];

export function addDeadline<T>(heap: Deadlines<T>, atMs: number, subject: T): void {
  const added = { atMs, subject };
  let at = heap.length;
  heap.push(added);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]!.atMs <= atMs) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = added;
}

/** Takes the earliest that is due at `atMs`; null if there is none. */
export function takeDue<T>(heap: Deadlines<T>, atMs: number): T | null {
  const first = heap[0];
  if (first === undefined || first.atMs > atMs) return null;
  const last = heap.pop()!;
  if (heap.length > 0) sink(heap, last);
  return first.subject;
}

function sink<T>(heap: Deadlines<T>, deadline: Deadline<T>): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++;
    if (heap[child]!.atMs >= deadline.atMs) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = deadline;
}
