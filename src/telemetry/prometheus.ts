/**
 * Figures under Mesos' names (`master/tasks_running`) as Prometheus text, version 0.0.4: the same numbers, the names of
 * roles and resources as labels. Mesos does not say what counts and what measures, so all are untyped.
 */

/** Figures by Mesos' name. */
export type Figures = Readonly<Record<string, number>>;

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Names that hold names: what is found in the groups becomes labels, the rest the name of the metric. */
const FAMILIES: readonly { pattern: RegExp; labels: readonly string[] }[] = [
  { pattern: /^(allocator\/mesos\/roles)\/(.+)\/(shares\/dominant)$/, labels: ['role'] },
  { pattern: /^(allocator\/mesos\/offer_filters\/roles)\/(.+)\/(active)$/, labels: ['role'] },
  {
    pattern: /^(allocator\/mesos\/quota\/roles)\/(.+)\/resources\/([^/]+)\/([^/]+)$/,
    labels: ['role', 'resource'],
  },
  { pattern: /^(allocator\/mesos\/resources)\/([^/]+)\/([^/]+)$/, labels: ['resource'] },
  { pattern: /^(master\/frameworks)\/([^/]+)\/([^/]+)\/(.+)$/, labels: ['name', 'framework'] },
  { pattern: /^(master\/task_[a-z_]+)\/source_([a-z_]+)\/reason_([a-z_]+)$/, labels: ['source', 'reason'] },
];

interface Sample {
  readonly metric: string;
  readonly labels: string;
}

function metricName(path: string): string {
  const name = path.replace(/[^a-zA-Z0-9_:]/g, '_');
  return /^(\d|$)/.test(name) ? `_${name}` : name;
}

function labelText(name: string, value: string): string {
  const escaped = value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
  return `${name}="${escaped}"`;
}

function sampleOf(path: string): Sample {
  for (const { pattern, labels } of FAMILIES) {
    const groups = pattern.exec(path)?.slice(1);
    if (groups === undefined) continue;
    const head = groups[0]!;
    const values = groups.slice(1, 1 + labels.length);
    const tail = groups.slice(1 + labels.length);
    return {
      metric: metricName([head, ...tail].join('_')),
      labels: `{${values.map((value, i) => labelText(labels[i]!, value)).join(',')}}`,
    };
  }
  return { metric: metricName(path), labels: '' };
}

function printValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

/** Prometheus text of figures, sorted by name. Of two that come to the same name and labels the first is kept. */
export function prometheusText(figures: Figures): string {
  const metrics = new Map<string, Map<string, number>>();
  for (const [path, value] of Object.entries(figures)) {
    const { metric, labels } = sampleOf(path);
    const samples = metrics.get(metric) ?? new Map<string, number>();
    metrics.set(metric, samples);
    if (!samples.has(labels)) samples.set(labels, value);
  }
  const lines: string[] = [];
  for (const metric of [...metrics.keys()].sort()) {
    lines.push(`# TYPE ${metric} untyped`);
    for (const [labels, value] of metrics.get(metric)!) lines.push(`${metric}${labels} ${printValue(value)}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** The flat object of `/metrics/snapshot`: sorted by name, without what JSON has no number for. */
export function snapshotOf(figures: Figures): Record<string, number> {
  const entries = Object.entries(figures).filter(([, value]) => Number.isFinite(value));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
