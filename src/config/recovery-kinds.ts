/** Kinds of values that are about agents that do not come back: shares, and how many in which time. */
import { duration, TEXT } from './kinds.js';
import { type Kind, refuseValue } from './setting.js';

/** A share: `50%`, or as a number from 0 to 1. */
export const SHARE: Kind<number> = {
  form: '<0%-100%>',
  read(value, source) {
    const text = TEXT.read(typeof value === 'number' ? String(value) : value, source).trim();
    const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text);
    const share = match === null ? NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
    if (share >= 0 && share <= 1) return share;
    return refuseValue(source, value, 'it is no share', "write '50%'");
  },
  print: (value) => `${Math.round(value * 10_000) / 100}%`,
};

/** So many in a time: `1/10mins`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

const PERIOD = duration({ min: 1 });

export const RATE: Kind<Rate> = {
  form: '<count/duration>',
  read(value, source) {
    const text = TEXT.read(value, source);
    const match = /^\s*(\d{1,9})\s*\/\s*(\S.*)$/.exec(text);
    const count = Number(match?.[1]);
    if (match === null || count === 0) {
      return refuseValue(source, text, "it is not 'count/duration'", "write '1/10mins'");
    }
    return { count, perMs: PERIOD.read(match[2]!.trim(), source) };
  },
  print: ({ count, perMs }) => `${count}/${PERIOD.print(perMs)}`,
};
