/**
 * A job in TypeScript, without files: how many primes there are below a limit.
 * Run it with: mete run docs/examples/primes.ts --below 10000000 --local
 */
import { defineJob } from 'mete';

interface Span {
  from: number;
  to: number;
}

/** Primes from `from` to `to` (excluded): a sieve over the span. */
function countPrimes({ from, to }: Span): number {
  const composite = new Uint8Array(to - from);
  for (let factor = 2; factor * factor < to; factor++) {
    const first = Math.max(factor * factor, Math.ceil(from / factor) * factor);
    for (let n = first; n < to; n += factor) composite[n - from] = 1;
  }
  let primes = 0;
  for (let n = Math.max(2, from); n < to; n++) if (composite[n - from] === 0) primes++;
  return primes;
}

export default defineJob({
  name: 'primes',
  about: 'how many primes there are below a limit',
  needs: { cpus: 1, memMb: 64 },
  options: {
    below: { type: 'integer', default: 1_000_000, min: 2, max: 1e12, about: 'the limit' },
  },
  split: (_inputs, { below }) => ({
    units: below,
    unit: 'numbers',
    maxUnits: 16_000_000, // bounds the memory of a task
    piece: (from: number, to: number): Span => ({ from, to }),
  }),
  run: (span) => countPrimes(span),
  merge: (a, b: number) => a + b,
  finish: (primes, { options }) => ({ below: options.below, primes: primes ?? 0 }),
});
