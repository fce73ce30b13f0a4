/** The command line of the benchmarks. */
import { parseArgs } from 'node:util';
import { CONTENDER_NAMES, CONTENDERS } from './contenders.js';
import { type ContenderName, type Problem, type Scale, type Size, sizeText } from './problem.js';

export interface BenchOptions {
  readonly problems: readonly Problem[];
  readonly scale: Scale;
  readonly contenders: readonly ContenderName[];
  /** Whether contenders were asked for by name or engine, so that a missing one is a failure. */
  readonly insists: boolean;
  /** Values by parameter that replace those of the sizes; empty: the sizes as they are. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly repeats: number | null;
  readonly budgets: boolean;
  readonly json: string | null;
  readonly html: string | null;
}

/** What the command line asks for: a text to print, or benchmarks to run. */
export type Request = { readonly text: string } | { readonly wrong: string } | { readonly options: BenchOptions };

const ENGINES = ['both', 'native', 'typescript'];

export const USAGE = `usage: npm run bench -- [PROBLEM …] [options]        (or: mete bench [PROBLEM …] [options])

Runs the benchmarks, all problems if none is named, each contender in a process of its own. What contenders offer is
compared before any time is shown. Exit code 1 if they differ, a run fails or a budget is breached; 64 for a wrong
command line.

  --list              the problems with their steps, parameters and sizes
  --quick             small sizes and few rounds, all problems in about a minute
  --engine NAME       ${ENGINES.join(', ')}: contenders of these engines only (default: both, and the naive objects)
  --contender NAME    only this contender (may be repeated): ${CONTENDER_NAMES.join(', ')}
  --size NAME=V[,V…]  other values of a parameter, as a grid (may be repeated): --size agents=1000,50000
  --repeats N         how many times each case is played
  --budgets           check the budgets of ratios; no absolute time is ever checked
  --json FILE         write the record
  --html FILE         write the report, one file without references to others
  --help              this text

Steps that change the state are timed by hand around the public call, the garbage of their setup being collected before;
the others by tinybench. A figure is the median; figures of Mesos are those of its own benchmarks on a comparable
machine, see the report.`;

/** Reads a command line. */
export function readOptions(args: readonly string[], all: readonly Problem[]): Request {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        list: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        engine: { type: 'string' },
        contender: { type: 'string', multiple: true, default: [] },
        size: { type: 'string', multiple: true, default: [] },
        repeats: { type: 'string' },
        budgets: { type: 'boolean', default: false },
        json: { type: 'string' },
        html: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = parsed;
  if (values.help) return { text: USAGE };
  const stranger = positionals.find((name) => !all.some((problem) => problem.name === name));
  if (stranger !== undefined) return { wrong: `there is no problem ${stranger}; --list names them` };
  const problems = positionals.length === 0 ? all : all.filter((problem) => positionals.includes(problem.name));
  if (values.list) return { text: problems.map(describeProblem).join('\n\n') };
  const contenders = contendersOf(values.engine, values.contender);
  if (typeof contenders === 'string') return { wrong: contenders };
  const sizes = valuesOf(values.size, problems);
  if (typeof sizes === 'string') return { wrong: sizes };
  const repeats = values.repeats === undefined ? null : Number(values.repeats);
  if (repeats !== null && !(Number.isInteger(repeats) && repeats > 0)) return { wrong: '--repeats: give a count' };
  return {
    options: {
      problems,
      scale: values.quick ? 'quick' : 'default',
      contenders,
      insists: (values.engine ?? 'both') !== 'both' || values.contender.length > 0,
      values: sizes,
      repeats,
      budgets: values.budgets,
      json: values.json ?? null,
      html: values.html ?? null,
    },
  };
}

/** The contenders that are wanted, or what is wrong. */
function contendersOf(engine: string | undefined, named: readonly string[]): readonly ContenderName[] | string {
  if (engine !== undefined && !ENGINES.includes(engine)) return `--engine ${engine}: give ${ENGINES.join(', ')}`;
  const stranger = named.find((name) => !Object.hasOwn(CONTENDERS, name));
  if (stranger !== undefined) return `--contender ${stranger}: give one of ${CONTENDER_NAMES.join(', ')}`;
  return CONTENDER_NAMES.filter((name) => {
    const wanted = engine === undefined || engine === 'both' || CONTENDERS[name].engine === engine;
    return wanted && (named.length === 0 || named.includes(name));
  });
}

/** Values by parameter, or what is wrong. */
function valuesOf(given: readonly string[], problems: readonly Problem[]): ReadonlyMap<string, string[]> | string {
  const values = new Map<string, string[]>();
  for (const text of given) {
    const [name, list] = text.split('=', 2);
    if (name === undefined || list === undefined || list === '') return `--size ${text}: give NAME=VALUE[,VALUE…]`;
    const stranger = problems.find((problem) => !Object.hasOwn(problem.parameters, name));
    if (stranger !== undefined) {
      return `--size ${text}: ${stranger.name} has the parameters ${Object.keys(stranger.parameters).join(', ')}`;
    }
    values.set(name, list.split(','));
  }
  for (const [name, list] of values) {
    for (const problem of problems) {
      const isNumber = typeof problem.scales.default[0]!.size[name] === 'number';
      const bad = list.find((value) => isNumber && !(Number.isInteger(Number(value)) && Number(value) > 0));
      if (bad !== undefined) return `--size ${name}=${bad}: give a whole number above 0`;
    }
  }
  return values;
}

/** All combinations of the given values, over the values of `base`. */
export function gridOf(base: Size, values: ReadonlyMap<string, readonly string[]>): Size[] {
  let grid: Size[] = [base];
  for (const [name, list] of values) {
    const isNumber = typeof base[name] === 'number';
    grid = grid.flatMap((size) => list.map((value) => ({ ...size, [name]: isNumber ? Number(value) : value })));
  }
  return grid;
}

function describeProblem(problem: Problem): string {
  const lines = [`${problem.name}: ${problem.title}`, `  ${problem.shape}`];
  for (const [name, meaning] of Object.entries(problem.parameters)) lines.push(`  parameter ${name}: ${meaning}`);
  for (const [name, { title }] of Object.entries(problem.metrics)) lines.push(`  step ${name}: ${title}`);
  lines.push(`  contenders: ${Object.keys(problem.contenders).join(', ')}`);
  for (const scale of ['default', 'quick'] as const) {
    for (const { name, size } of problem.scales[scale]) {
      lines.push(`  size ${name}${scale === 'quick' ? ' with --quick' : ''}: ${sizeText(size)}`);
    }
  }
  return lines.join('\n');
}
