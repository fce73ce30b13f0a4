/**
 * From what a module exports to a job, and from words of a command line to its options: everything a user can get wrong
 * about a job is found here, at the framework, before anything is launched.
 */
import { MeteError } from '../base/errors.js';
import type { AnyJob, OptionSpec, OptionTable, OptionValue } from './job.js';

type Fields = Readonly<Record<string, unknown>>;

const FUNCTIONS = ['split', 'run', 'merge'] as const;
const OPTIONAL_FUNCTIONS = ['start', 'finish', 'format', 'file'] as const;

/**
 * The job of a module: its default export, or its exports taken together. `exports` is the module as imported and
 * `path` where it comes from, for messages. Throws MeteError INVALID_ARGUMENT that names what is missing or wrong.
 */
export function jobOf(exports: unknown, path: string): AnyJob {
  const named = exports as Fields;
  const job = named['default'] ?? named;
  if (typeof job !== 'object' || job === null) {
    const mend = 'export default defineJob({ name, needs, split, run, merge })';
    throw wrong(path, 'default', job, 'it is not a job', mend);
  }
  const fields = job as Fields;
  if (typeof fields['name'] !== 'string' || !/^[\w.-]{1,100}$/.test(fields['name'])) {
    throw wrong(path, 'name', fields['name'], "it is not a job's name", 'use letters, digits, -, _ and .');
  }
  for (const name of FUNCTIONS) {
    if (typeof fields[name] !== 'function') {
      throw wrong(path, name, fields[name], 'it is not a function', `export ${name}, or give it to defineJob`);
    }
  }
  for (const name of OPTIONAL_FUNCTIONS) {
    if (fields[name] === undefined || typeof fields[name] === 'function') continue;
    throw wrong(path, name, fields[name], 'it is not a function', `make ${name} a function or leave it out`);
  }
  checkNeeds(path, fields['needs']);
  checkTable(path, fields['options']);
  return job as AnyJob;
}

function checkNeeds(path: string, needs: unknown): void {
  for (const name of ['cpus', 'memMb']) {
    const amount = (needs as Fields | undefined)?.[name];
    if (typeof amount === 'number' && Number.isFinite(amount) && amount > 0) continue;
    const mend = 'say what one task needs, as needs: { cpus: 1, memMb: 64 }';
    throw wrong(path, `needs.${name}`, amount, 'it is not a positive number', mend);
  }
}

function checkTable(path: string, table: unknown): void {
  if (table === undefined) return;
  for (const [name, spec] of Object.entries(table as Fields)) {
    const { type, default: value } = (spec ?? {}) as Fields;
    const fits =
      type === 'integer' ? Number.isSafeInteger(value)
      : type === 'number' ? Number.isFinite(value)
      : type === 'text' ? typeof value === 'string'
      : type === 'flag' && value === false;
    if (fits) continue;
    const mend = "write { type: 'integer', 'number', 'text' or 'flag' (default false), default, about }";
    throw wrong(path, `options.${name}`, spec, 'its type and default do not fit', mend);
  }
}

function wrong(path: string, field: string, value: unknown, reason: string, mend: string): MeteError {
  const said = value === undefined ? `${path} does not have it` : reason;
  return new MeteError('INVALID_ARGUMENT', { field: `job export ${field}`, value, reason: said, mend });
}

/**
 * The values of a job's options: what is given (texts from a command line, or values), else the defaults. Throws
 * MeteError INVALID_ARGUMENT for unknown options and for values that do not fit.
 */
export function readOptions(
  table: OptionTable,
  given: Readonly<Record<string, unknown>>,
): Record<string, OptionValue> {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(table, name)) continue;
    const known = Object.keys(table).map(flagOf).join(', ');
    const mend = known === '' ? 'leave it out' : `use ${known}`;
    throw refusal(name, given[name], 'this job has no such option', mend);
  }
  const values: Record<string, OptionValue> = {};
  for (const [name, spec] of Object.entries(table)) {
    values[name] = given[name] === undefined ? spec.default : readOption(name, spec, given[name]);
  }
  return values;
}

function readOption(name: string, spec: OptionSpec, value: unknown): OptionValue {
  switch (spec.type) {
    case 'text':
      if (typeof value === 'string') return value;
      throw refusal(name, value, 'it is not a text', 'give a text');
    case 'flag':
      if (value === true || value === 'true' || value === '') return true;
      if (value === false || value === 'false') return false;
      throw refusal(name, value, 'it is neither true nor false', `give ${flagOf(name)} alone`);
    case 'integer':
    case 'number': {
      const read = typeof value === 'string' && value.trim() !== '' ? Number(value.replace(/_/g, '')) : value;
      const { min = -Infinity, max = Infinity } = spec;
      const fits = spec.type === 'integer' ? Number.isSafeInteger(read) : Number.isFinite(read);
      const number = read as number;
      if (fits && number >= min && number <= max) return number;
      const kind = spec.type === 'integer' ? 'whole number' : 'number';
      throw refusal(name, value, `it is not a ${kind} that is allowed here`, `give a ${kind}${boundsText(min, max)}`);
    }
  }
}

function boundsText(min: number, max: number): string {
  const from = min === -Infinity ? '' : ` from ${min}`;
  return max === Infinity ? from : `${from} to ${max}`;
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function refusal(name: string, value: unknown, reason: string, mend: string): MeteError {
  return new MeteError('INVALID_ARGUMENT', { field: flagOf(name), value, reason, mend });
}
