/**
 * The values that hold the C++ twin of src/base/mix32.ts to it, as text: one call per line, `name arguments result`,
 * numbers in decimal, doubles as the 64 bits they consist of. native/test/mix32_test.cc reads the same file.
 */
import { drawSalt, mix32, stageSalt, uniform } from '../../src/base/mix32.js';

export const MIX32_DATA = 'native/test/data/mix32.txt';

const NUMBERS = [0, 1, 2, 7, 255, 65535, 65536, 0x7fffffff, 0x80000000, 0x9e3779b9, 0xdeadbeef, 0xffffffff];

/** The contents the file must have. */
export function mix32Lines(): string {
  const lines: string[] = [];
  const seeds = [...NUMBERS, ...Array.from({ length: 50 }, (_, i) => mix32(i))];
  for (const a of seeds) lines.push(`mix32 ${a} ${mix32(a)}`);
  for (const a of NUMBERS) {
    for (const b of NUMBERS) {
      for (const c of [1, 2]) lines.push(`stageSalt ${a} ${b} ${c} ${stageSalt(a, b, c)}`);
      for (const c of [0, 1, 0xcafebabe]) lines.push(`drawSalt ${a} ${b} ${c} ${drawSalt(a, b, c)}`);
      lines.push(`uniform ${a} ${b} ${bitsOf(uniform(a, b))}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString();
}
