/**
 * Configuration: one table of settings for each process; a value comes from a flag, else the environment (`METE_…`, or
 * `MESOS_…` where Mesos has such a flag), else a JSON file, else the default. `loadConfig` is the one door.
 */
import { readFileSync } from 'node:fs';
import { oneOf } from './kinds.js';
import { type Config, flagOf, publicName, refuseValue, setting, type Setting, type Settings } from './setting.js';
import { spellings, variableOf } from './setting.js';

export { type Config, flagOf, type Setting, type Settings, variableOf } from './setting.js';

/** A setting that is one of a few words. */
export function choice<const T extends string>(words: readonly T[], fallback: T, doc: string): Setting<T> {
  return setting(oneOf(words), fallback, doc);
}

type Fields = Readonly<Record<string, unknown>>;

function readFile(path: string): Fields {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return refuseValue('configuration file', path, reason, 'give a readable JSON file', cause);
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as Fields;
  return refuseValue('configuration file', path, 'it is not a JSON object', 'write {"name": value, …}');
}

function refuseUnknown(settings: Settings, fields: Fields, file: string): void {
  const known = new Set(Object.entries(settings).flatMap(([name, entry]) => spellings(name, entry)));
  for (const name of Object.keys(fields)) {
    if (known.has(name)) continue;
    const names = Object.entries(settings).map(([own, entry]) => publicName(own, entry));
    refuseValue(`configuration file ${file}`, name, 'there is no such setting', `use ${names.join(', ')}`);
  }
}

/** What is given for one setting, and by what. Empty texts in the environment count as not given. */
function given(
  name: string,
  entry: Setting<unknown>,
  flags: Fields,
  environment: Readonly<Record<string, string | undefined>>,
  file: { readonly path: string; readonly fields: Fields },
): [value: unknown, source: string] | undefined {
  const known = publicName(name, entry);
  const keys = spellings(name, entry);
  const flag = keys.find((key) => flags[key] !== undefined);
  if (flag !== undefined) return [flags[flag], flagOf(known)];
  const variables = [variableOf(known), variableOf(name)];
  if (entry.mesos !== undefined) variables.push(variableOf(entry.mesos, 'MESOS'));
  const variable = variables.find((key) => environment[key] !== undefined && environment[key] !== '');
  if (variable !== undefined) return [environment[variable], variable];
  const key = keys.find((candidate) => file.fields[candidate] !== undefined);
  return key === undefined ? undefined : [file.fields[key], `${key} in ${file.path}`];
}

/**
 * The configuration of a process. `flags` has what the command line gave, by any spelling of a setting's name (others
 * are left alone); `file` is the path of a configuration file, if any. Throws MeteError for values that are not allowed
 * and for unknown names in the file.
 */
export function loadConfig<S extends Settings>(
  settings: S,
  flags: Fields,
  environment: Readonly<Record<string, string | undefined>>,
  file: string | undefined,
): Config<S> {
  const content = { path: file ?? '', fields: file === undefined ? {} : readFile(file) };
  if (file !== undefined) refuseUnknown(settings, content.fields, file);
  const config: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(settings)) {
    const found = given(name, entry, flags, environment, content);
    config[name] = found === undefined ? entry.default : entry.read(found[0], found[1]);
  }
  return config as Config<S>;
}

/** A flag as a command declares it. */
export interface FlagDeclaration {
  /** `--port <port>` */
  readonly flags: string;
  readonly doc: string;
}

/** The flags of a table: one for each setting; those that need no value have a second one that says no. */
export function flagDeclarations(settings: Settings): FlagDeclaration[] {
  return Object.entries(settings).flatMap(([name, entry]) => {
    const known = publicName(name, entry);
    const fallback = entry.print(entry.default);
    const unset = fallback === '' ? '' : `default: ${fallback}, `;
    const doc = `${entry.doc} (${unset}$${variableOf(known)})`;
    if (entry.form !== '') return [{ flags: `${flagOf(known)} ${entry.form}`, doc }];
    const no = { flags: flagOf(`no-${known}`), doc: `not ${flagOf(known)}` };
    return [{ flags: `${flagOf(known)} [true|false]`, doc }, no];
  });
}

/** Arguments with Mesos' spelling of flags (`--work_dir=x`) brought to ours (`--work-dir=x`); values are left alone. */
export function kebabArguments(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) => {
    if (!arg.startsWith('--') || (end >= 0 && i >= end)) return arg;
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg : arg.slice(0, equals);
    return name.replace(/_/g, '-') + arg.slice(name.length);
  });
}

/** The values of a configuration as texts, by public name: what `/flags` shows. Unset ones are left out. */
export function configTexts<S extends Settings>(settings: S, config: Config<S>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, entry] of Object.entries(settings)) {
    const value: unknown = config[name];
    if (value !== undefined) texts[publicName(name, entry)] = entry.print(value);
  }
  return texts;
}
