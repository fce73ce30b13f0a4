/**
 * How processes end, as a wait status: the number that wait(2) gives, exit code × 256 or the number of the signal.
 * Mesos carries that number in its messages and words it for people; so does mete. Source: POSIX wait.h, strsignal(3).
 */
import { constants } from 'node:os';

/** Meanings of the numbers of signals as strsignal(3) of glibc words them. */
const SIGNAL_TEXTS: Readonly<Record<string, string>> = {
  SIGHUP: 'Hangup',
  SIGINT: 'Interrupt',
  SIGQUIT: 'Quit',
  SIGILL: 'Illegal instruction',
  SIGTRAP: 'Trace/breakpoint trap',
  SIGABRT: 'Aborted',
  SIGBUS: 'Bus error',
  SIGFPE: 'Floating point exception',
  SIGKILL: 'Killed',
  SIGUSR1: 'User defined signal 1',
  SIGSEGV: 'Segmentation fault',
  SIGUSR2: 'User defined signal 2',
  SIGPIPE: 'Broken pipe',
  SIGALRM: 'Alarm clock',
  SIGTERM: 'Terminated',
  SIGXCPU: 'CPU time limit exceeded',
  SIGXFSZ: 'File size limit exceeded',
};

/** The wait status of a process that ended with an exit code, or by a signal (then `code` is null). */
export function waitStatus(code: number | null, signal: NodeJS.Signals | null): number {
  if (signal !== null) return constants.signals[signal];
  return ((code ?? 0) & 0xff) << 8;
}

/** True for an exit with code 0. */
export function isSuccess(status: number): boolean {
  return status === 0;
}

/** `exited with status 3`, `terminated with signal Killed`: Mesos' words for a wait status. */
export function describeWaitStatus(status: number): string {
  const signal = status & 0x7f;
  if (signal === 0) return `exited with status ${(status >> 8) & 0xff}`;
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  const text = name === undefined ? `Unknown signal ${signal}` : (SIGNAL_TEXTS[name] ?? name);
  return `terminated with signal ${text}`;
}
