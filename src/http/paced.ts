/** Long work in pieces, with pauses in which the process does its other work. */

/** The longest time without a pause. */
export const SLICE_MS = 8;

export function pause(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** All pieces, made with pauses; cut short when nobody wants them any more. */
export async function gather<T>(pieces: Iterable<T>, isWanted: () => boolean = () => true): Promise<T[]> {
  const all: T[] = [];
  let sinceMs = performance.now();
  for (const piece of pieces) {
    all.push(piece);
    if (performance.now() - sinceMs < SLICE_MS) continue;
    await pause();
    if (!isWanted()) break;
    sinceMs = performance.now();
  }
  return all;
}
