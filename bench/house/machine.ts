/**
 * Where figures come from: machine, Node, commit; and a calibration, so that figures of two days or two machines can be
 * laid side by side. Its three parts are those of the Mesos baseline (sort, independent and dependent random reads),
 * shrunk to less than a second together and written in JavaScript.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly system: string;
}

/** Milliseconds of each part. */
export interface Calibration {
  readonly sort500kMs: number;
  readonly reads2500kMs: number;
  readonly dependentReads250kMs: number;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cpus: all.length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    system: `${platform()} ${release()} ${process.arch}`,
  };
}

const FOLDER = dirname(fileURLToPath(import.meta.url));

/** The package's version, from the first manifest of ours above this file. */
export function packageVersion(): string {
  for (let folder = FOLDER; dirname(folder) !== folder; folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
      if (manifest['name'] === 'mete') return String(manifest['version']);
    } catch {
      continue; // no manifest here: look further up
    }
  }
  return 'unknown';
}

/** The commit of the checkout, with `+` if files of the program differ from it; 'unknown' outside a checkout. */
export function commitOf(): string {
  const git = (...args: string[]): string => {
    return execFileSync('git', args, { cwd: FOLDER, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  };
  if (FOLDER.includes('node_modules')) return 'unknown';
  try {
    const commit = git('rev-parse', '--short=12', 'HEAD');
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', ':/src', ':/native', ':/bench');
    return changed === '' ? commit : `${commit}+`;
  } catch {
    return 'unknown'; // no checkout, or no git here
  }
}

const WORDS = 8 * 1024 * 1024; // 64 MB of doubles, beyond any cache

function timed(step: () => void): number {
  const startMs = performance.now();
  step();
  return performance.now() - startMs;
}

export function calibrate(): Calibration {
  let state = 42;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  const numbers = Float64Array.from({ length: 500_000 }, () => next() / 2 ** 32);
  const sort500kMs = timed(() => numbers.sort());
  const memory = new Float64Array(WORDS);
  for (let i = 0; i < WORDS; i++) memory[i] = i & 1023;
  let sum = 0;
  const reads2500kMs = timed(() => {
    for (let i = 0; i < 2_500_000; i++) sum += memory[next() & (WORDS - 1)]!;
  });
  const dependentReads250kMs = timed(() => {
    let at = sum & (WORDS - 1);
    for (let i = 0; i < 250_000; i++) at = (Math.imul(at, 1664525) + 1013904223 + memory[at]!) & (WORDS - 1);
    sum += at;
  });
  if (Number.isNaN(sum)) throw new Error('the calibration computed nothing');
  return { sort500kMs, reads2500kMs, dependentReads250kMs };
}
