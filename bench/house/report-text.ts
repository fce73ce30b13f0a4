/** What the terminal shows: a table for each case, then what went wrong and what was not run. */
import { MESOS_SOURCE, mesosPeakRssMb } from './mesos.js';
import { digits, duration, times } from './numbers.js';
import { type Case, type Problem, sizeText } from './problem.js';
import type { BenchRecord, RunRecord, Verdict } from './record.js';
import { type Row, rowsOf } from './rows.js';

/** Width of a ratio and the blank before it. */
const RATIO = 10;
const WIDTH = 110;

/** Lines of columns: the first to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** The table of a case, with ratios to the best contender. */
export function caseText(problem: Problem, one: Case, runs: readonly RunRecord[]): string {
  const title = `${problem.title}\n  ${problem.name} ${one.name}: ${sizeText(one.size)}`;
  if (runs.length === 0) return title;
  const rows = rowsOf(problem, runs);
  const withMesos = rows.some((row) => row.mesos !== null);
  const head = ['', ...runs.map((run) => run.contender), ...(withMesos ? ['Mesos'] : [])];
  const body = rows.map((row) => {
    return [`  ${row.name}${mark(row)}`, ...cellsText(row), ...(withMesos ? [mesosText(row)] : [])];
  });
  const theirs = mesosPeakRssMb(problem, one.size);
  const memory = [
    '  peak memory',
    ...runs.map((run) => `${digits(run.peakRssMb)} MB${' '.repeat(RATIO)}`),
    ...(withMesos ? [theirs === null ? '' : `${digits(theirs)} MB${' '.repeat(RATIO)}`] : []),
  ];
  const lines = alignColumns([head, ...body, memory]);
  const work = runs.flatMap((run) => {
    if (run.counters === null) return [];
    const { cycles, visits, clientChecks, grants, sorts } = run.counters;
    const counts = [cycles, visits, clientChecks, grants, sorts].map((count) => count.toLocaleString('en'));
    const names = ['cycles', 'visits', 'client checks', 'grants', 'sorts'];
    return [`  work of ${run.contender}: ${counts.map((count, i) => `${count} ${names[i]}`).join(', ')}`];
  });
  const warnings = runs.flatMap((run) => run.warnings.map((warning) => `  warning, ${run.contender}: ${warning}`));
  return [title, ...lines, ...work, ...warnings].join('\n');
}

/** Steps that tinybench timed are marked. */
function mark(row: Row): string {
  return row.cells.some((cell) => cell?.by === 'tinybench') ? ' *' : '';
}

function cellsText(row: Row): string[] {
  return row.cells.map((cell) => {
    if (cell === null) return '';
    return `${duration(cell.medianMs, row.metric.unit)} ${times(cell.ratio).padStart(RATIO - 1)}`;
  });
}

function mesosText({ mesos, metric, bestMs }: Row): string {
  if (mesos === null) return '';
  return `${duration(mesos.ms, metric.unit)} ${times(mesos.ms / bestMs).padStart(RATIO - 1)}`;
}

export function verdictText({ problem, budget, ratio, range, kept }: Verdict): string {
  const bounds = `${range[0]} to ${range[1]}`;
  if (ratio === null) return `not checked  ${problem}: ${budget}: a figure is missing (${bounds})`;
  return `${kept ? 'kept        ' : 'BREACHED    '} ${problem}: ${budget}: ${digits(ratio)} (${bounds})`;
}

/** A paragraph as lines of a terminal's width. */
function wrapped(text: string): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1]!;
    if (line.length + word.length < WIDTH) lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What comes after all tables. */
export function closingText(record: BenchRecord): string {
  const { machine, calibration, absent, failures, verdicts } = record;
  const { before, after } = calibration;
  const pair = (a: number, b: number): string => `${digits(a)}/${digits(b)} ms`;
  const lines = [
    'Medians, and ratios to the best of the row. Steps with * are timed by tinybench, the others by hand around the',
    'public call, one sample for each time the state was there.',
    ...(record.runs.length > 0 ? wrapped(MESOS_SOURCE) : []),
    `mete ${record.version}, commit ${record.commit}, Node ${record.node}, ${machine.cpu} x ${machine.cpus}, ` +
      `${digits(machine.memoryMb)} MB, ${machine.system}`,
    `calibration before/after: sort 500k ${pair(before.sort500kMs, after.sort500kMs)}, 2.5M reads ` +
      `${pair(before.reads2500kMs, after.reads2500kMs)}, 250k dependent reads ` +
      pair(before.dependentReads250kMs, after.dependentReads250kMs),
    ...absent.map(({ contender, reason }) => `not run: ${contender}: ${reason}`),
    ...verdicts.map(verdictText),
    ...failures.map(({ problem, case: name, reason }) => `FAILED ${problem} ${name}: ${reason}`),
  ];
  return lines.join('\n');
}
