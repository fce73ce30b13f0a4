/**
 * The kinds of values that settings have. Durations and sizes are written as Mesos writes them (`15secs`, `512MB`);
 * durations are kept in milliseconds, sizes in bytes. Where the form says so, a text `file:///path` stands for what is
 * in that file.
 */
import { readFileSync } from 'node:fs';
import { type Kind, refuseValue } from './setting.js';

export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

const EMPTY = 'it is empty';

export const TEXT: Kind<string> = {
  form: '<text>',
  read(value, source) {
    if (typeof value !== 'string') return refuseValue(source, value, 'it is not a text', 'give a text');
    return value === '' ? refuseValue(source, value, EMPTY, 'leave it out or give a text') : value;
  },
  print: (value) => value,
};

export const PATH: Kind<string> = {
  form: '<path>',
  read: (value, source) => TEXT.read(value, source).replace(/^file:\/\//, ''),
  print: (value) => value,
};

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): Kind<T> {
  return {
    form: `<${words.join('|')}>`,
    read(value, source) {
      const word = words.find((candidate) => candidate === value);
      if (word !== undefined) return word;
      return refuseValue(source, value, 'it is none of the words allowed here', `give one of ${words.join(', ')}`);
    },
    print: (value) => value,
  };
}

function withinBounds(value: number, { min = -Infinity, max = Infinity }: Bounds): boolean {
  return value >= min && value <= max;
}

function boundsText({ min, max }: Bounds, print: (value: number) => string): string {
  if (min !== undefined && max !== undefined) return `${print(min)} to ${print(max)}`;
  if (min !== undefined) return `${print(min)} or more`;
  return max === undefined ? 'any' : `${print(max)} or less`;
}

function numeric(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : NaN;
}

/** A number within bounds. */
export function number(bounds: Bounds = {}): Kind<number> {
  return {
    form: '<number>',
    read(value, source) {
      const parsed = numeric(value);
      if (Number.isFinite(parsed) && withinBounds(parsed, bounds)) return parsed;
      const reason = Number.isNaN(parsed) ? 'it is not a number' : 'it is out of range';
      return refuseValue(source, value, reason, `give a number, ${boundsText(bounds, String)}`);
    },
    print: String,
  };
}

/** A whole number within bounds. */
export function integer(bounds: Bounds = {}): Kind<number> {
  return {
    form: '<n>',
    read(value, source) {
      const parsed = numeric(value);
      if (Number.isSafeInteger(parsed) && withinBounds(parsed, bounds)) return parsed;
      const reason = Number.isInteger(parsed) ? 'it is out of range' : 'it is not a whole number';
      return refuseValue(source, value, reason, `give a whole number, ${boundsText(bounds, String)}`);
    },
    print: String,
  };
}

/** A TCP port; 0 takes a free one. */
export const PORT: Kind<number> = { ...integer({ min: 0, max: 65_535 }), form: '<port>' };

/** Units of durations in milliseconds, as Mesos names them. */
const TIME_UNITS: readonly (readonly [unit: string, milliseconds: number])[] = [
  ['weeks', 604_800_000],
  ['days', 86_400_000],
  ['hrs', 3_600_000],
  ['mins', 60_000],
  ['secs', 1_000],
  ['ms', 1],
  ['us', 1e-3],
  ['ns', 1e-6],
];

/** Milliseconds in the largest unit that keeps them whole: `15secs`, `90secs`, `10mins`. */
export function printDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0ns';
  const found = TIME_UNITS.find(([, size]) => milliseconds >= size && Number.isInteger(milliseconds / size));
  const [unit, size] = found ?? ['ms', 1];
  return `${milliseconds / size}${unit}`;
}

/** A span of time in milliseconds: `500ms`, `15secs`, `1.5mins`; a plain number is milliseconds. */
export function duration(bounds: Bounds = { min: 0 }): Kind<number> {
  return {
    form: '<duration>',
    read(value, source) {
      const parsed = parseDuration(value);
      if (Number.isFinite(parsed) && withinBounds(parsed, bounds)) return parsed;
      const reason = Number.isNaN(parsed) ? 'it is not a duration' : 'it is out of range';
      const mend = `give ${boundsText(bounds, printDuration)}, with one of the units ns us ms secs mins hrs days weeks`;
      return refuseValue(source, value, reason, mend);
    },
    print: printDuration,
  };
}

function parseDuration(value: unknown): number {
  if (typeof value === 'number') return value;
  const match = typeof value === 'string' ? /^(\d+\.?\d*|\.\d+)([a-z]*)$/.exec(value) : null;
  if (match === null) return NaN;
  const unit = match[2] === '' ? 'ms' : match[2];
  const size = TIME_UNITS.find(([name]) => name === unit)?.[1] ?? NaN;
  // Units below a millisecond divide, so that 250us is 0.25 and not 0.25 and a bit.
  return size < 1 ? Number(match[1]) / Math.round(1 / size) : Number(match[1]) * size;
}

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Bytes in the largest unit that keeps them whole: `512MB`. */
export function printBytes(count: number): string {
  let amount = count;
  let unit = 0;
  while (amount > 0 && amount % 1024 === 0 && unit < BYTE_UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount}${BYTE_UNITS[unit]!}`;
}

/** A size in bytes: `512MB`, units B, KB, MB, GB and TB, each 1024 times the one before; a plain number is bytes. */
export function bytes(bounds: Bounds = { min: 0 }): Kind<number> {
  return {
    form: '<bytes>',
    read(value, source) {
      const match = /^(\d+)([kmgt]?b)?$/i.exec(String(value));
      const unit = BYTE_UNITS.findIndex((name) => name === (match?.[2] ?? 'B').toUpperCase());
      const parsed = match === null ? NaN : Number(match[1]) * 1024 ** unit;
      if (Number.isSafeInteger(parsed) && withinBounds(parsed, bounds)) return parsed;
      const reason = match === null ? 'it is not a size' : 'it is out of range';
      return refuseValue(source, value, reason, `give ${boundsText(bounds, printBytes)}, as 512MB or 2GB`);
    },
    print: printBytes,
  };
}

const TRUTHS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  ['1', true],
  [false, false],
  ['false', false],
  ['0', false],
]);

/** `--x`, `--no-x`, or a value true or false. */
export const FLAG: Kind<boolean> = {
  form: '',
  read: (value, source) =>
    TRUTHS.get(value) ?? refuseValue(source, value, 'it is neither true nor false', 'give true or false'),
  print: String,
};

/** Texts joined by commas; in a file also a JSON list. Blanks around each are dropped, empty ones left out. */
export const LIST: Kind<readonly string[]> = {
  form: '<a,b,…>',
  read(value, source) {
    const items: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [null];
    if (!items.every((item) => typeof item === 'string')) {
      return refuseValue(source, value, 'it is not a list of texts', 'give texts joined by commas');
    }
    return items.map((item) => item.trim()).filter((item) => item !== '');
  },
  print: (value) => value.join(','),
};

/** The text of a value, or of the file it names as `file:///path`. Throws MeteError if that cannot be read. */
export function textOrFile(value: string, source: string): string {
  if (!value.startsWith('file://')) return value;
  try {
    return readFileSync(value.slice('file://'.length), 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return refuseValue(source, value, reason, 'name a file that can be read', cause);
  }
}

/** JSON, or a file of it (`file:///path`); in a configuration file the JSON itself. `check` throws for other shapes. */
export function json<T>(check: (value: unknown, source: string) => T): Kind<T> {
  return {
    form: '<json|file://path>',
    read(value, source) {
      if (typeof value !== 'string') return check(value, source);
      const text = textOrFile(value, source);
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        return refuseValue(source, value, reason, 'give JSON', cause);
      }
      return check(parsed, source);
    },
    print: (value) => JSON.stringify(value),
  };
}
