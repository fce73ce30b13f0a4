/**
 * The parent's side: runs each case once for each contender, each in a process of its own, compares what they
 * showed, and keeps the figures only where all agree.
 */
import { fork } from 'node:child_process';
import { CONTENDERS, whyMissing } from './contenders.js';
import { type BenchOptions, gridOf } from './options.js';
import { firstDifference, type Outcome } from './play.js';
import type { Case, ContenderName, Problem, Scale, Size } from './problem.js';
import { type Absence, type Failure, type RunRecord, runRecord } from './record.js';
import type { Result } from './run.js';

/** What a child is asked to do. */
export interface Job {
  readonly problem: string;
  readonly size: Size;
  readonly contender: ContenderName;
  readonly scale: Scale;
  readonly repeats: number;
}

/** What a child answers. */
export type Answer = { readonly outcome: Outcome } | { readonly error: string };

/** The first word of a child's command line. */
export const JOB_FLAG = '--play';

/** Runs one job somewhere else. */
export type Runner = (job: Job) => Promise<Answer>;

/** Runs jobs in children of the program at `script`, started as this process was and with `gc` exposed. */
export function forkingRunner(script: string): Runner {
  const execArgv = [...process.execArgv.filter((arg) => arg !== '--expose-gc'), '--expose-gc'];
  return (job) =>
    new Promise((done) => {
      const child = fork(script, [JOB_FLAG, JSON.stringify(job)], { execArgv });
      let answer: Answer = { error: 'the process ended without an answer' };
      child.once('message', (message) => {
        answer = message as Answer;
      });
      child.once('error', (error) => done({ error: error.message }));
      child.once('exit', (code, signal) => {
        if ('outcome' in answer && code !== 0) answer = { error: `the process ended with ${signal ?? `code ${code}`}` };
        done(answer);
      });
    });
}

/** What a session found. */
export interface Findings {
  readonly runs: RunRecord[];
  readonly absent: Absence[];
  readonly failures: Failure[];
}

/** The sizes that a problem is run at. */
export function casesOf(problem: Problem, options: BenchOptions): readonly Case[] {
  const cases = problem.scales[options.scale];
  if (options.values.size === 0) return cases;
  const base = cases.find((one) => one.name === 'large') ?? cases[0]!;
  const grid = gridOf(base.size, options.values);
  return grid.map((size, i) => ({ ...base, name: grid.length === 1 ? 'custom' : `custom-${i + 1}`, size }));
}

/** The contenders of a case that are wanted and can play. */
function playersOf(problem: Problem, one: Case, options: BenchOptions, absent: readonly Absence[]): ContenderName[] {
  return options.contenders.filter((name) => {
    const isMeant = one.contenders === undefined || one.contenders.includes(name);
    return problem.contenders[name] !== undefined && isMeant && !absent.some(({ contender }) => contender === name);
  });
}

export async function findAbsent(contenders: readonly ContenderName[]): Promise<Absence[]> {
  const absent: Absence[] = [];
  for (const contender of contenders) {
    const reason = await whyMissing(contender);
    if (reason !== null) absent.push({ contender, reason });
  }
  return absent;
}

/** Runs one case with all who play it; adds their runs, or one failure. */
async function runCase(
  problem: Problem,
  one: Case,
  options: BenchOptions,
  runner: Runner,
  found: Findings,
): Promise<void> {
  const { scale } = options;
  const runs: RunRecord[] = [];
  let first: { contender: ContenderName; results: readonly Result[] } | null = null;
  for (const contender of playersOf(problem, one, options, found.absent)) {
    const repeats = options.repeats ?? one.repeats ?? 1;
    const answer = await runner({ problem: problem.name, size: one.size, contender, scale, repeats });
    if ('error' in answer) {
      found.failures.push({ problem: problem.name, case: one.name, reason: `${contender}: ${answer.error}` });
      return;
    }
    const { outcome } = answer;
    const difference: string | null = first === null ? null : firstDifference(first.results, outcome.results);
    if (first !== null && difference !== null) {
      const reason = `${first.contender} and ${contender} give other results: ${difference}`;
      found.failures.push({ problem: problem.name, case: one.name, reason });
      return;
    }
    first ??= { contender, results: outcome.results };
    const { engine } = CONTENDERS[contender];
    runs.push(runRecord({ problem: problem.name, case: one.name, size: one.size, contender, engine }, outcome));
  }
  found.runs.push(...runs);
}

/** Runs all problems; `show` is called after each case with its runs (none if it failed). */
export async function runSession(
  options: BenchOptions,
  runner: Runner,
  show: (problem: Problem, one: Case, runs: readonly RunRecord[]) => void,
): Promise<Findings> {
  const found: Findings = { runs: [], absent: await findAbsent(options.contenders), failures: [] };
  for (const problem of options.problems) {
    for (const one of casesOf(problem, options)) {
      const before = found.runs.length;
      await runCase(problem, one, options, runner, found);
      show(problem, one, found.runs.slice(before));
    }
  }
  return found;
}
