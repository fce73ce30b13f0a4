/**
 * Configuration: one table of settings for each process; a value comes from a flag, else the environment (`METE_…`),
 * else a JSON file, else the default. Flags are the kebab form of a setting's name, variables its upper-case form.
 */
import { readFileSync } from 'node:fs';
import { MeteError } from '../base/errors.js';

/** One setting: its default, what it may be, and a line of documentation. */
export interface Setting<T> {
  readonly default: T;
  readonly doc: string;
  /** Reads a value from a flag or the environment (text) or from a file (JSON); throws MeteError. */
  readonly read: (value: unknown, source: string) => T;
}

type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The values of a table of settings. */
export type Config<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** A setting that is one of a few words. */
export function choice<const T extends string>(words: readonly T[], fallback: T, doc: string): Setting<T> {
  const read = (value: unknown, source: string): T => {
    const word = words.find((candidate) => candidate === value);
    if (word !== undefined) return word;
    throw new MeteError('INVALID_ARGUMENT', {
      field: source,
      value,
      reason: 'it is none of the words allowed here',
      mend: `give one of ${words.join(', ')}`,
    });
  };
  return { default: fallback, doc, read };
}

export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function variableOf(name: string): string {
  return `METE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function readFile(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new MeteError('INVALID_ARGUMENT', {
      field: 'configuration file',
      value: path,
      reason: cause instanceof Error ? cause.message : String(cause),
      mend: 'give a readable JSON file',
      cause,
    });
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    return content as Record<string, unknown>;
  }
  throw new MeteError('INVALID_ARGUMENT', {
    field: 'configuration file',
    value: path,
    reason: 'it is not a JSON object',
    mend: 'write {"name": value, …}',
  });
}

/**
 * The configuration of a process. `flags` has what the command line gave, by setting name; `file` is the path of a
 * configuration file, if any. Throws MeteError for values that are not allowed and for unknown names in the file.
 */
export function loadConfig<S extends Settings>(
  settings: S,
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
  file: string | undefined,
): Config<S> {
  const fromFile = file === undefined ? {} : readFile(file);
  for (const name of Object.keys(fromFile)) {
    if (name in settings) continue;
    throw new MeteError('INVALID_ARGUMENT', {
      field: `configuration file ${file}`,
      value: name,
      reason: 'there is no such setting',
      mend: `use ${Object.keys(settings).join(', ')}`,
    });
  }
  const config: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const sources: [unknown, string][] = [
      [flags[name], flagOf(name)],
      [environment[variableOf(name)], variableOf(name)],
      [fromFile[name], `${name} in ${file ?? ''}`],
    ];
    const given = sources.find(([value]) => value !== undefined && value !== '');
    config[name] = given === undefined ? setting.default : setting.read(given[0], given[1]);
  }
  return config as Config<S>;
}
