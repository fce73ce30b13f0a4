/**
 * One setting of a process: how a value of it is read, what it is if nobody gives one, and by which names it is known.
 * Its name in the table is its own, units last (`agentPingTimeoutMs`). Its public name is that of Mesos' flag where
 * there is one (`agent_ping_timeout`, in both spellings), otherwise its own without the unit, which the values carry.
 */
import { MeteError } from '../base/errors.js';

/** How values of one kind look. */
export interface Kind<T> {
  /** What stands for a value in help: `<duration>`; '' for flags, which need none. */
  readonly form: string;
  /** Reads a value from a flag or the environment (text) or from a file (JSON). Throws MeteError about `source`. */
  readonly read: (value: unknown, source: string) => T;
  /** A value as one would write it. (A method, so that a table of settings of all kinds is a table.) */
  print(value: T): string;
}

export interface Setting<T> {
  readonly default: T;
  readonly doc: string;
  readonly read: (value: unknown, source: string) => T;
  readonly form: string;
  print(value: T): string;
  /** Mesos' flag for the same, if it has one. */
  readonly mesos: string | undefined;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The values of a table of settings. */
export type Config<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** A setting with a default. `mesos` is the name of Mesos' flag for it. */
export function setting<T>(kind: Kind<T>, fallback: T, doc: string, mesos?: string): Setting<T> {
  return { ...kind, default: fallback, doc, mesos };
}

/** A setting that may be left unset. */
export function optional<T>(kind: Kind<T>, doc: string, mesos?: string): Setting<T | undefined> {
  const print = (value: T | undefined): string => (value === undefined ? '' : kind.print(value));
  return { form: kind.form, read: kind.read, print, default: undefined, doc, mesos };
}

/** Refuses a value. `source` is the flag, variable or field that had it. */
export function refuseValue(source: string, value: unknown, reason: string, mend: string, cause?: unknown): never {
  const detail = { field: source, value, reason, mend };
  throw new MeteError('INVALID_ARGUMENT', cause === undefined ? detail : { ...detail, cause });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/_/g, '-');
}

/** The flag of a name: `--agent-ping-timeout` of `agentPingTimeout` and of `agent_ping_timeout`. */
export function flagOf(name: string): string {
  return `--${kebab(name)}`;
}

/** The environment variable of a name. */
export function variableOf(name: string, prefix = 'METE'): string {
  return `${prefix}_${kebab(name).replace(/-/g, '_').toUpperCase()}`;
}

/** What names and spellings depend on. */
type Named = Pick<Setting<unknown>, 'mesos' | 'form'>;

/** The name by which people know a setting: Mesos' where there is one; without the unit, if its values have units. */
export function publicName(name: string, { mesos, form }: Named): string {
  if (mesos !== undefined) return mesos;
  return form === '<duration>' || form === '<bytes>' ? name.replace(/(Ms|Bytes)$/, '') : name;
}

/** The spellings under which flags and files may have a setting: its own name, the public one as `aB`, `a_b`, `a-b`. */
export function spellings(name: string, entry: Named): string[] {
  const words = kebab(publicName(name, entry)).split('-');
  const camel = words.map((word, i) => (i === 0 ? word : word.slice(0, 1).toUpperCase() + word.slice(1))).join('');
  return [...new Set([name, camel, words.join('_'), words.join('-')])];
}
