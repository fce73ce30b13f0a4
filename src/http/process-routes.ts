/**
 * What every process of Mesos answers beside its own endpoints, because libprocess does: figures of the machine, the
 * logging level, help, profilers (there are none here, and the answers say so), processes.
 */
import type { Exchange } from '../base/exchange.js';
import { answerText } from './answers.js';
import { answerPieces } from './json-stream.js';
import type { Route } from './router.js';

/** How much is said in the log, as Mesos numbers it. */
export interface Level {
  readonly current: number;
  /** Null, or why not. */
  set(level: number, durationMs: number): string | null;
}

export interface ProcessRoutesOptions {
  /** Figures of the machine and the process by name: `system/…` and others. */
  readonly figures: () => Readonly<Record<string, number>>;
  readonly level: Level;
  /** Whether a request may read, or change the logging level; it has been answered if it may not. */
  readonly mayRead: (exchange: Exchange) => boolean;
  readonly mayToggle: (exchange: Exchange) => boolean;
  /** The id of the process in Mesos: `master`, `slave(1)`. */
  readonly id: string;
  /** Paths that the process answers, without the id. */
  readonly paths: readonly string[];
}

/** Names in /system/stats.json with those of the figures. */
const STATS: readonly (readonly [name: string, figure: string])[] = [
  ['avg_load_1min', 'system/load_1min'],
  ['avg_load_5min', 'system/load_5min'],
  ['avg_load_15min', 'system/load_15min'],
  ['cpus_total', 'system/cpus_total'],
  ['mem_total_bytes', 'system/mem_total_bytes'],
  ['mem_free_bytes', 'system/mem_free_bytes'],
];

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  secs: 1e3,
  mins: 60e3,
  hrs: 3600e3,
  days: 86_400e3,
  weeks: 604_800e3,
};

/** Milliseconds of `10secs`; null if it is no duration. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ns|us|ms|secs|mins|hrs|days|weeks)$/.exec(text);
  return match === null ? null : Number(match[1]) * UNIT_MS[match[2]!]!;
}

function toggle(exchange: Exchange, level: Level): void {
  const query = new URLSearchParams(exchange.request.query);
  const wanted = query.get('level');
  const duration = query.get('duration');
  const refuse = (text: string): void => answerText(exchange, 400, text);
  if (wanted === null && duration === null) return answerText(exchange, 200, `${level.current}\n`);
  if (duration === null) return refuse("Expecting 'duration=value' in query.\n");
  if (wanted === null) return refuse("Expecting 'level=value' in query.\n");
  if (!/^-?\d{1,9}$/.test(wanted)) return refuse(`Failed to convert '${wanted}' to number.\n`);
  if (Number(wanted) < 0) return refuse(`Invalid level '${wanted}'.\n`);
  const durationMs = parseDuration(duration);
  if (durationMs === null) return refuse(`Invalid duration '${duration}'.\n`);
  level.set(Number(wanted), durationMs);
  answerText(exchange, 200, '');
}

function help({ id, paths }: ProcessRoutesOptions, exchange: Exchange, rest: string): void {
  const [process = '', ...name] = rest.split('/').filter((part) => part !== '');
  const wanted = `/${[process, ...name].join('/')}`;
  if (process !== '' && process !== id) return answerText(exchange, 400, `No help available for '${wanted}'.\n`);
  const line = (path: string): string => `> [${path}][${path}]\n`;
  if (process === '') return answerText(exchange, 200, `## HELP\n${line(`/${id}`)}`);
  const path = `/${name.join('/')}`;
  if (name.length === 0) {
    return answerText(exchange, 200, `## \`/${id}\` ##\n${paths.map((of) => line(`/${id}${of}`)).join('')}`);
  }
  if (paths.includes(path)) return answerText(exchange, 200, `### USAGE ###\n>        /${id}${path}\n`);
  answerText(exchange, 400, `No help available for '${wanted}'.\n`);
}

const NO_PROFILER =
  "The profiler is not enabled. Start the process with Node's flag --cpu-prof, or with --inspect, to profile it.\n";
const NO_HEAP_PROFILER =
  "The memory profiler is not available. Start the process with Node's flag --heap-prof, or with --inspect.\n";

/** Paths below which there is nothing but a refusal, with it. */
const REFUSALS: readonly (readonly [path: string, text: string])[] = [
  ['/profiler/start', NO_PROFILER],
  ['/profiler/stop', NO_PROFILER],
  ['/memory-profiler/*', NO_HEAP_PROFILER],
];

/** The routes of a process; as in Mesos they stand at the root only. */
export function processRoutes(options: ProcessRoutesOptions): Route[] {
  const { figures, level, mayRead, mayToggle, id } = options;
  const stats = (exchange: Exchange): Promise<void> => {
    const all = figures();
    const shown = Object.fromEntries(STATS.map(([name, figure]) => [name, all[figure] ?? 0]));
    return answerPieces(exchange, [JSON.stringify(shown)]);
  };
  const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, handle });
  return [
    get('/system/stats.json', (exchange) => (mayRead(exchange) ? stats(exchange) : undefined)),
    get('/logging/toggle', (exchange) => (mayToggle(exchange) ? toggle(exchange, level) : undefined)),
    get('/help', (exchange) => help(options, exchange, '')),
    get('/help/*', (exchange, parameters) => help(options, exchange, parameters['*']!)),
    get('/__processes__', (exchange) => answerPieces(exchange, [JSON.stringify([{ id, events: [] }])])),
    ...REFUSALS.map(([path, text]) => get(path, (exchange) => answerText(exchange, 400, text))),
  ];
}
