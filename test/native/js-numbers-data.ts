/** Doubles as 64 bits and as JavaScript prints them, one to a line: native/test/js_number_test.cc reads them. */
import { mix32 } from '../../src/base/mix32.js';

export const JS_NUMBERS_DATA = 'native/test/data/js-numbers.txt';

const NUMBERS = [
  ...[0, -0, 1, -1, 0.5, 0.1, 1 / 3, 2 / 3, 100, 123456789, 1e20, 1e21, 123e19, 1.5e21, 1e-6, 1e-7, 1.25e-7, 5e-324],
  ...[NaN, Infinity, -Infinity, 2 ** 31, 2 ** 53, 2 ** 63, 2 ** 64, 1.7976931348623157e308, 2.2250738585072014e-308],
  ...[0.000001234, 9007199254740993, 5e-7, 4.35, 0.1 + 0.2, 1e300, 9.5367431640625e-7, 123456.789, 2.2e-308],
];

/** The contents the file must have. */
export function jsNumberLines(): string {
  const numbers = [...NUMBERS];
  for (let i = 0; i < 300; i++) {
    numbers.push(ofBits(mix32(2 * i), mix32(2 * i + 1)), mix32(i) / 1000, mix32(i) / 2 ** (i % 90));
  }
  return `${numbers.map((number) => `${bitsOf(number)} ${String(number)}`).join('\n')}\n`;
}

const view = new DataView(new ArrayBuffer(8));

function ofBits(high: number, low: number): number {
  view.setUint32(0, high);
  view.setUint32(4, low);
  return view.getFloat64(0);
}

function bitsOf(value: number): string {
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString();
}
