/**
 * What /proc tells about processes: parents, sessions, times, memory. Where there is no /proc (not Linux) the lists are
 * empty, and callers fall back to process groups.
 */
import { readFileSync, readdirSync } from 'node:fs';

/** Ticks of a second in /proc/<pid>/stat; Linux shows 100 to programs whatever the kernel uses. */
const TICKS_PER_SECOND = 100;

/** One process. `startTicks` with `pid` names it for good: numbers are used again, these pairs are not. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** One letter; Z is a zombie, X is dead. */
  readonly state: string;
  readonly startTicks: number;
  readonly cpuSeconds: number;
  readonly rssPages: number;
}

/** One line of /proc/<pid>/stat; the name in parentheses may hold anything. Null if the process has gone. */
export function readProcess(pid: number): ProcessEntry | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index]);
  return {
    pid,
    state: fields[0] ?? 'X',
    parent: number(1),
    group: number(2),
    session: number(3),
    cpuSeconds: (number(11) + number(12)) / TICKS_PER_SECOND,
    startTicks: number(19),
    rssPages: number(21),
  };
}

/** All processes that this one may see, zombies and dead ones left out. */
export function listProcesses(): ProcessEntry[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  const found: ProcessEntry[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const entry = readProcess(Number(name));
    if (entry !== null && entry.state !== 'Z' && entry.state !== 'X') found.push(entry);
  }
  return found;
}

/** The variables a process was started with; none if we may not see them. */
export function environmentOf(pid: number): Map<string, string> {
  const variables = new Map<string, string>();
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return variables;
  }
  for (const line of text.split('\0')) {
    const at = line.indexOf('=');
    if (at > 0) variables.set(line.slice(0, at), line.slice(at + 1));
  }
  return variables;
}

/** True if the process was started with `NAME=value` in its environment, as far as we may see that. */
export function wasStartedWith(pid: number, variable: string): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    return environment.startsWith(`${variable}\0`) || environment.includes(`\0${variable}\0`);
  } catch {
    return false;
  }
}
