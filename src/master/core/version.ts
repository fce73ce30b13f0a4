/** Versions: numbers joined by dots, with whatever follows a dash or plus left out. */

/** The numbers of a version; null if it is none. */
export function parseVersion(text: string): number[] | null {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+].*)?$/.exec(text);
  return match === null ? null : match.slice(1, 4).map((part) => Number(part ?? 0));
}

export function isOlder(version: readonly number[], than: readonly number[]): boolean {
  for (let i = 0; i < 3; i++) {
    const difference = (version[i] ?? 0) - (than[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
