/**
 * Randomness as a function: 32-bit mixing from which every random order of mete is derived.
 *
 * There is no generator state. A value depends only on what it is drawn for (seed, run, stage, agent, draw), so work
 * that is skipped never shifts the draws of work that is done, and both engines and any replay see the same numbers.
 * `mix32` is the finalizer of MurmurHash3: a bijection on 32-bit integers, hence distinct inputs never collide.
 */

/** Bijective scrambling of a 32-bit integer; the result is in [0, 2^32). */
export function mix32(value: number): number {
  let x = value | 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  x ^= x >>> 16;
  return x >>> 0;
}

/** The salt of one stage (1 or 2) of one allocation run. Agents are visited by ascending `mix32(ordinal ^ salt)`. */
export function stageSalt(seed: number, run: number, stage: number): number {
  return mix32((mix32(seed ^ Math.imul(run, 0x9e3779b9)) + Math.imul(stage, 0x85ebca77)) | 0);
}

/** The salt of the draws for one sorter (`treeSalt`) during the visit of one agent (`ordinal`) in one stage. */
export function drawSalt(stage: number, ordinal: number, treeSalt: number): number {
  return mix32(mix32(stage ^ mix32(ordinal)) ^ treeSalt);
}

/** The n-th uniform double in [0, 1) of a salt, with 53 random bits. */
export function uniform(salt: number, n: number): number {
  const high = mix32((salt + Math.imul(n, 2)) | 0) >>> 5;
  const low = mix32((salt + Math.imul(n, 2) + 1) | 0) >>> 6;
  return (high * 0x4000000 + low) / 0x20000000000000;
}

/** FNV-1a over UTF-16 code units: a stable 32-bit salt of a name. */
export function nameSalt(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
