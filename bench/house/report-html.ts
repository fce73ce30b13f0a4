/** The report: one HTML file that refers to no other, with a chart and a table of ratios for each case. */
import { type Bar, barChart, escapeXml, type Group } from './chart.js';
import { CONTENDERS } from './contenders.js';
import { MESOS_SOURCE, mesosPeakRssMb } from './mesos.js';
import { digits, duration, times } from './numbers.js';
import { type ContenderName, type Problem, sizeText } from './problem.js';
import type { BenchRecord, RunRecord } from './record.js';
import { verdictText } from './report-text.js';
import { type Row, rowsOf } from './rows.js';

const COLORS: Readonly<Record<ContenderName | 'mesos', string>> = {
  native: '#1f6f8b',
  typescript: '#e08e45',
  'native-naive': '#8fbcca',
  'typescript-naive': '#f0c9a4',
  objects: '#b08fc7',
  uws: '#1f6f8b',
  ws: '#e08e45',
  memory: '#b08fc7',
  worker: '#1f6f8b',
  threads: '#7b8794',
  cluster: '#0b6e4f',
  coreutils: '#b08fc7',
  mawk: '#e08e45',
  python: '#8fbcca',
  lmdb: '#1f6f8b',
  zookeeper: '#e08e45',
  etcd: '#0b6e4f',
  mesos: '#9a9a9a',
};

const STYLE = `
:root { color-scheme: light dark; --soft: #8886; --faint: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 0.2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 0; }
p { margin: 0.3rem 0; } .note { opacity: 0.75; font-size: 0.9em; } .bad { color: #c22; font-weight: 600; }
table { border-collapse: collapse; font-size: 0.9em; margin: 0.4rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: 0.15rem 0.7rem; text-align: right; border-bottom: 1px solid var(--soft); }
th:first-child, td:first-child { text-align: left; } .best { font-weight: 600; }
svg { max-width: 100%; height: auto; font: 11px system-ui, sans-serif; }
svg text { fill: currentColor; } .grid { stroke: var(--faint); } .tick { opacity: 0.6; }
.key span { display: inline-block; margin-right: 1rem; } .key i { display: inline-block; width: 0.8em; height: 0.8em; }
`;

function chartOf(problem: Problem, runs: readonly RunRecord[], rows: readonly Row[]): string {
  const groups: Group[] = rows.map((row) => {
    const { unit } = row.metric;
    const bars: Bar[] = row.cells.flatMap((cell, i) => {
      if (cell === null) return [];
      const { contender } = runs[i]!;
      const color = COLORS[contender];
      return [{ label: contender, value: cell.medianMs, text: duration(cell.medianMs, unit), color }];
    });
    const { mesos } = row;
    if (mesos !== null) {
      bars.push({ label: 'Mesos', value: mesos.ms, text: duration(mesos.ms, unit), color: COLORS.mesos });
    }
    return { label: row.name, bars };
  });
  return barChart(`${problem.title}: medians`, groups, tickText);
}

/** A power of ten of milliseconds. */
function tickText(timeMs: number): string {
  if (timeMs >= 1000) return `${timeMs / 1000} s`;
  if (timeMs >= 1) return `${timeMs} ms`;
  return timeMs >= 0.001 ? `${Math.round(timeMs * 1000)} µs` : `${Math.round(timeMs * 1e6)} ns`;
}

function tableOf(problem: Problem, runs: readonly RunRecord[], rows: readonly Row[]): string {
  const head = ['step', ...runs.map((run) => run.contender), 'Mesos', 'Mesos by best'];
  const body = rows.map((row) => {
    const cells = row.cells.map((cell) => {
      if (cell === null) return '<td></td>';
      const title = `${cell.count} samples by ${cell.by}; p99 ${duration(cell.p99Ms, row.metric.unit)}`;
      const text = `${duration(cell.medianMs, row.metric.unit)} (${times(cell.ratio)})`;
      return `<td title="${title}"${cell.ratio === 1 ? ' class="best"' : ''}>${text}</td>`;
    });
    const { mesos } = row;
    const theirs = mesos === null ? '' : duration(mesos.ms, row.metric.unit);
    const note = mesos === null || mesos.note === '' ? '' : ` title="${escapeXml(mesos.note)}"`;
    const by = mesos === null ? '' : times(mesos.ms / row.bestMs);
    const name = `<td title="${escapeXml(row.metric.title)}">${escapeXml(row.name)}</td>`;
    return `<tr>${name}${cells.join('')}<td${note}>${theirs}</td><td>${by}</td></tr>`;
  });
  const memory = runs.map((run) => `<td>${digits(run.peakRssMb)} MB</td>`).join('');
  const theirs = mesosPeakRssMb(problem, runs[0]!.size);
  const mesosMemory = theirs === null ? '' : `${digits(theirs)} MB`;
  const heads = head.map((text) => `<th>${text}</th>`).join('');
  const last = `<tr><td>peak memory</td>${memory}<td>${mesosMemory}</td><td></td></tr>`;
  return `<table><tr>${heads}</tr>${body.join('')}${last}</table>`;
}

function keyOf(runs: readonly RunRecord[], withMesos: boolean): string {
  const names: readonly (readonly [string, string])[] = [
    ...runs.map((run) => [`${run.contender}: ${CONTENDERS[run.contender].title}`, COLORS[run.contender]] as const),
    ...(withMesos ? [['Mesos', COLORS.mesos] as const] : []),
  ];
  const items = names.map(([text, color]) => `<span><i style="background:${color}"></i> ${escapeXml(text)}</span>`);
  return `<p class="key note">${items.join('')}</p>`;
}

function sectionOf(problem: Problem, record: BenchRecord): string {
  const mine = record.runs.filter((run) => run.problem === problem.name);
  const failed = record.failures.filter((failure) => failure.problem === problem.name);
  const cases = [...new Set(mine.map((run) => run.case))].map((name) => {
    const runs = mine.filter((run) => run.case === name);
    const rows = rowsOf(problem, runs);
    const withMesos = rows.some((row) => row.mesos !== null);
    const warnings = runs.flatMap((run) => run.warnings.map((warning) => `${run.contender}: ${warning}`));
    return (
      `<h3>${escapeXml(sizeText(runs[0]!.size))}</h3>${keyOf(runs, withMesos)}${chartOf(problem, runs, rows)}` +
      tableOf(problem, runs, rows) +
      warnings.map((warning) => `<p class="note">Warning, ${escapeXml(warning)}</p>`).join('')
    );
  });
  const faults = failed.map(({ reason }) => `<p class="bad">Figures do not count: ${escapeXml(reason)}</p>`);
  return (
    `<section id="${problem.name}"><h2>${escapeXml(problem.title)}</h2>` +
    `<p class="note">${escapeXml(problem.shape)}</p>${faults.join('')}${cases.join('')}</section>`
  );
}

export function reportHtml(record: BenchRecord, problems: readonly Problem[]): string {
  const { machine, calibration } = record;
  const { before, after } = calibration;
  const sections = problems.map((problem) => sectionOf(problem, record));
  const links = problems.map((problem) => `<a href="#${problem.name}">${problem.name}</a>`).join(' · ');
  const absent = record.absent.map(({ contender, reason }) => `<p>Not run: ${contender}: ${escapeXml(reason)}</p>`);
  const verdicts = record.verdicts.map((verdict) => {
    return `<p${verdict.kept ? '' : ' class="bad"'}>${escapeXml(verdictText(verdict))}</p>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>mete benchmarks, ${escapeXml(record.commit)}</title><style>${STYLE}</style></head><body>
<h1>mete benchmarks</h1>
<p>mete ${escapeXml(record.version)}, commit ${escapeXml(record.commit)}, Node ${escapeXml(record.node)},
${escapeXml(record.at)}, sizes: ${record.scale}. ${escapeXml(machine.cpu)} × ${machine.cpus},
${digits(machine.memoryMb)} MB, ${escapeXml(machine.system)}.</p>
<p class="note">Calibration before and after: sort 500k ${digits(before.sort500kMs)} and ${digits(after.sort500kMs)} ms;
2.5M reads ${digits(before.reads2500kMs)} and ${digits(after.reads2500kMs)} ms; 250k dependent reads
${digits(before.dependentReads250kMs)} and ${digits(after.dependentReads250kMs)} ms.</p>
<p class="note">Bars and cells are medians on a logarithmic scale; ratios are by the best contender of the row.
Results of all contenders were equal before a figure was taken. ${escapeXml(MESOS_SOURCE)}</p>
${absent.join('\n')}
<p class="note">${links}</p>
${sections.join('\n')}
${verdicts.length === 0 ? '' : `<h2>Budgets</h2>${verdicts.join('\n')}`}
</body></html>
`;
}
