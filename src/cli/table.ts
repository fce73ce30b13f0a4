/**
 * Tables. `formatTable` pads columns to their widest cell, whoever reads it; `printTable` is for lists of a cluster: on
 * a terminal as wide as that, with cells cut where there is no room; elsewhere tab-separated lines for other programs.
 * Cells come from frameworks and agents, so nothing in them reaches a terminal but what can be printed.
 */
import Table from 'cli-table3';

/** Whether there is a terminal, and how wide it is. */
export interface TerminalSize {
  readonly isTerminal: boolean;
  readonly columns: number;
}

type Cells = readonly string[];

const GAP = 2;
const NARROWEST = 6;

function isNumeric(rows: readonly Cells[], column: number): boolean {
  return rows.every((row) => /^[-\d.,/ x×%]*( [a-zµ]+)?$/u.test(row[column] ?? ''));
}

export function formatTable(head: Cells, rows: readonly Cells[]): string {
  const widths = head.map((cell) => cell.length);
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const toRight = head.map((_, i) => isNumeric(rows, i));
  const line = (cells: Cells): string =>
    cells
      .map((cell, i) => (toRight[i] === true ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** The text without what moves cursors, changes colors or ends lines. */
export function printableCell(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
}

/** Columns for `widths` in a terminal: the widest give way until all fit, none below what is readable. */
export function fitWidths(widths: readonly number[], columns: number): number[] {
  const fitted = [...widths];
  let excess = fitted.reduce((sum, width) => sum + width, 0) + GAP * (fitted.length - 1) - columns;
  while (excess > 0) {
    const widest = Math.max(...fitted);
    const at = fitted.indexOf(widest);
    if (widest <= NARROWEST) break;
    const next = Math.max(NARROWEST, ...fitted.filter((width) => width < widest));
    const cut = Math.min(excess, Math.max(1, widest - next));
    fitted[at] = widest - cut;
    excess -= cut;
  }
  return fitted;
}

const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid',
    'mid', 'mid-mid', 'right', 'right-mid', 'middle'].map((name) => [name, '']),
);

function terminalTable(head: Cells, rows: readonly Cells[], columns: number): string {
  const widths = head.map((cell) => cell.length);
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i]!, [...cell].length)));
  const fitted = fitWidths(widths, columns);
  const table = new Table({
    head: [...head],
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [] },
    truncate: '…',
    colWidths: fitted.map((width) => width + GAP),
    colAligns: head.map((_, i) => (isNumeric(rows, i) ? 'right' : 'left')),
  });
  for (const row of rows) table.push([...row]);
  return table.toString().split('\n').map((line) => line.trimEnd()).join('\n');
}

/** A table for `terminal`, or tab-separated lines with a head. No line end at the end. */
export function printTable(head: Cells, rows: readonly Cells[], terminal: TerminalSize): string {
  const clean = rows.map((row) => head.map((_, i) => printableCell(row[i] ?? '')));
  if (terminal.isTerminal) return terminalTable(head, clean, terminal.columns);
  return [head, ...clean].map((row) => row.join('\t')).join('\n');
}
