/**
 * The file with the hosts that are offered, one a line, read again every five seconds. A file that cannot be read
 * leaves things as they are; an empty one lets no host be offered; `*` as its only line lets all.
 */
import { readFile } from 'node:fs/promises';

const INTERVAL_MS = 5000;

/** The hosts of a whitelist; null: all. */
export function parseWhitelist(text: string): string[] | null {
  const lines = text.split('\n').map((line) => line.trim());
  const hosts = [...new Set(lines.filter((line) => line !== ''))].sort();
  return hosts.length === 1 && hosts[0] === '*' ? null : hosts;
}

/** Tells `update` of the hosts at the start and whenever they change; `complain` of a file that cannot be read. */
export function watchWhitelist(
  path: string,
  update: (hosts: readonly string[] | null) => void,
  complain: (text: string) => void,
  intervalMs: number = INTERVAL_MS,
): { stop(): void } {
  let last: string | undefined;
  const look = async (): Promise<void> => {
    let hosts: string[] | null;
    try {
      hosts = parseWhitelist(await readFile(path, 'utf8'));
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
      return;
    }
    const now = JSON.stringify(hosts);
    if (now !== last) update(hosts);
    last = now;
  };
  void look();
  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
