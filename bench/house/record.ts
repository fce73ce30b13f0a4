/**
 * The record of a bench: everything that was measured, where, and with which code, as JSON. `recordFaults` is its
 * schema; fields are added, never given another meaning.
 */
import type { EngineCounters } from '../../src/allocator/engine/engine.js';
import type { EngineName } from './contenders.js';
import type { Calibration, Machine } from './machine.js';
import type { Measurement, Outcome } from './play.js';
import type { ContenderName, Scale, Size } from './problem.js';

/** One contender's run of one case. Times are milliseconds. */
export interface RunRecord {
  readonly problem: string;
  readonly case: string;
  readonly size: Size;
  readonly contender: ContenderName;
  readonly engine: EngineName;
  readonly measurements: readonly Measurement[];
  readonly counters: EngineCounters | null;
  readonly startRssMb: number;
  readonly peakRssMb: number;
  readonly warnings: readonly string[];
}

/** A contender that could not be run at all, and why. */
export interface Absence {
  readonly contender: ContenderName;
  readonly reason: string;
}

/** A case whose figures do not count: contenders differed, or a run failed. */
export interface Failure {
  readonly problem: string;
  readonly case: string;
  readonly reason: string;
}

/** A budget that was checked; `ratio` is null where a figure is missing. */
export interface Verdict {
  readonly problem: string;
  readonly budget: string;
  readonly ratio: number | null;
  readonly range: readonly [low: number, high: number];
  readonly kept: boolean;
}

export interface BenchRecord {
  readonly schema: 1;
  readonly version: string;
  readonly commit: string;
  readonly node: string;
  readonly at: string;
  readonly scale: Scale;
  readonly machine: Machine;
  readonly calibration: { readonly before: Calibration; readonly after: Calibration };
  readonly runs: readonly RunRecord[];
  readonly absent: readonly Absence[];
  readonly failures: readonly Failure[];
  readonly verdicts: readonly Verdict[];
}

export function runRecord(
  place: Pick<RunRecord, 'problem' | 'case' | 'size' | 'contender' | 'engine'>,
  outcome: Outcome,
): RunRecord {
  const { measurements, counters, startRssMb, peakRssMb, warnings } = outcome;
  return { ...place, measurements, counters, startRssMb, peakRssMb, warnings };
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string' && value !== '';
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const orNull = (check: Check): Check => (value) => value === null || check(value);
const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const oneOf = (...words: string[]): Check => (value) => typeof value === 'string' && words.includes(value);
const fields = (checks: Readonly<Record<string, Check>>): Check => (value) => faultsOf(value, checks).length === 0;
const valuesAre = (check: Check): Check => (value) => isObject(value) && Object.values(value).every(check);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function faultsOf(value: unknown, checks: Readonly<Record<string, Check>>): string[] {
  if (!isObject(value)) return ['it is not an object'];
  const bad = Object.keys(checks).filter((name) => !checks[name]!(value[name]));
  const strange = Object.keys(value).filter((name) => !Object.hasOwn(checks, name));
  return [...bad.map((name) => `${name} is wrong or missing`), ...strange.map((name) => `${name} is not known`)];
}

const CALIBRATION = fields({ sort500kMs: number, reads2500kMs: number, dependentReads250kMs: number });

const MEASUREMENT = fields({
  metric: text,
  by: oneOf('hand', 'tinybench'),
  count: number,
  min: number,
  median: number,
  p99: number,
  samples: listOf(number),
});

const RUN: Readonly<Record<string, Check>> = {
  problem: text,
  case: text,
  size: valuesAre((value) => number(value) || text(value)),
  contender: text,
  engine: oneOf('native', 'typescript', 'none'),
  measurements: listOf(MEASUREMENT),
  counters: orNull(valuesAre(number)),
  startRssMb: number,
  peakRssMb: number,
  warnings: listOf(text),
};

const RECORD: Readonly<Record<string, Check>> = {
  schema: (value) => value === 1,
  version: text,
  commit: text,
  node: text,
  at: (value) => text(value) && !Number.isNaN(Date.parse(value as string)),
  scale: oneOf('tiny', 'quick', 'default'),
  machine: fields({ cpu: text, cpus: number, memoryMb: number, system: text }),
  calibration: fields({ before: CALIBRATION, after: CALIBRATION }),
  runs: listOf(fields(RUN)),
  absent: listOf(fields({ contender: text, reason: text })),
  failures: listOf(fields({ problem: text, case: text, reason: text })),
  verdicts: listOf(
    fields({
      problem: text,
      budget: text,
      ratio: orNull(number),
      range: listOf(number),
      kept: (value) => typeof value === 'boolean',
    }),
  ),
};

/** What is wrong with a record read from JSON, by field; empty if nothing is. */
export function recordFaults(value: unknown): string[] {
  const faults = faultsOf(value, RECORD);
  const runs = isObject(value) && Array.isArray(value['runs']) ? (value['runs'] as unknown[]) : [];
  return [...faults, ...runs.flatMap((run, i) => faultsOf(run, RUN).map((fault) => `runs[${i}]: ${fault}`))];
}
