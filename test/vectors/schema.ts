/**
 * Vector files: scenarios with operations (`steps`) and expectations (`expect`), each to hold after a given step.
 *
 * A file is `{readme?, vectors: [{name, kind, sorters?, steps: [{op, …}], expect: [{after, type, …}]}]}`. Here the
 * frame is checked: names, kinds, steps, and that every expectation belongs to a step (-1 = before the first). The
 * fields of operations and expectations are checked by those who play them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listOf, Reader, SchemaError, textsOf } from './reader.js';

export type SorterKind = 'drf' | 'random';

export interface Step {
  readonly op: string;
  readonly fields: Reader;
}

export interface Expectation {
  readonly type: string;
  /** Index of the step after which it holds; -1 = before the first. */
  readonly after: number;
  readonly fields: Reader;
}

export interface Vector {
  readonly file: string;
  readonly name: string;
  readonly kind: string;
  /** The sorters that it applies to. */
  readonly sorters: readonly SorterKind[];
  readonly steps: readonly Step[];
  /** By the step they follow; those of one step in the order of the file. */
  readonly expectations: readonly Expectation[];
}

/** What a folder of vector files holds; a file that could not be read appears in `errors`. */
export interface VectorFolder {
  readonly files: readonly string[];
  readonly vectors: readonly Vector[];
  readonly errors: readonly SchemaError[];
}

/** Reads every `*.json` file of a folder, in order of name. A folder that cannot be read is an error like others. */
export function readVectorFolder(folder: string): VectorFolder {
  const errors: SchemaError[] = [];
  const vectors: Vector[] = [];
  let files: string[] = [];
  try {
    files = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
  } catch (cause) {
    errors.push(new SchemaError(folder, undefined, `the folder cannot be read (${messageOf(cause)})`));
  }
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(join(folder, file), 'utf8');
    } catch (cause) {
      errors.push(new SchemaError(file, undefined, `the file cannot be read (${messageOf(cause)})`));
      continue;
    }
    const read = parseVectorFile(text, file);
    vectors.push(...read.vectors);
    errors.push(...read.errors);
  }
  return { files, vectors, errors };
}

/** Parses one file. Vectors that break the schema are left out and reported; the others stand. */
export function parseVectorFile(text: string, file: string): { vectors: Vector[]; errors: SchemaError[] } {
  const vectors: Vector[] = [];
  const errors: SchemaError[] = [];
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      errors.push(error);
    }
  };
  attempt(() => {
    const list = listOf(Reader.of(parseJson(text, file), file).raw('vectors'), `${file}: vectors`);
    const names = new Set<string>();
    list.forEach((value, i) => attempt(() => vectors.push(vectorOf(value, file, i, names))));
  });
  return { vectors, errors };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SchemaError(file, text.slice(0, 40), `it is not JSON (${messageOf(cause)})`);
  }
}

function vectorOf(value: unknown, file: string, index: number, names: Set<string>): Vector {
  const outer = Reader.of(value, `${file}: vectors[${index}]`);
  const name = outer.text('name');
  if (names.has(name)) throw new SchemaError(outer.path('name'), name, 'another vector of the file has this name');
  names.add(name);
  const fields = Reader.of(value, `${file}: ${name}`);
  const steps = fields.list('steps').map((item, i) => {
    const step = Reader.of(item, `${fields.path('steps')}[${i}]`);
    return { op: step.text('op'), fields: step };
  });
  const expectations = fields
    .list('expect')
    .map((item, i) => expectationOf(item, `${fields.path('expect')}[${i}]`, steps.length))
    .sort((a, b) => a.after - b.after);
  if (expectations.length === 0) throw new SchemaError(fields.path('expect'), [], 'at least one expectation is needed');
  return { file, name, kind: fields.text('kind'), sorters: sortersOf(fields), steps, expectations };
}

function expectationOf(value: unknown, where: string, stepCount: number): Expectation {
  const fields = Reader.of(value, where);
  const after = fields.number('after');
  if (!Number.isInteger(after) || after < -1 || after >= stepCount) {
    throw new SchemaError(fields.path('after'), after, `an index of a step (-1 to ${stepCount - 1}) is needed`);
  }
  return { type: fields.text('type'), after, fields };
}

function sortersOf(fields: Reader): SorterKind[] {
  if (!fields.has('sorters')) return ['drf'];
  const names = textsOf(fields.raw('sorters'), fields.path('sorters'));
  const known = names.filter((name): name is SorterKind => name === 'drf' || name === 'random');
  if (known.length === names.length && known.length > 0) return known;
  throw new SchemaError(fields.path('sorters'), names, 'a list of drf, random is needed');
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
