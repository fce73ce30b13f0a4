/**
 * What the agent answers over HTTP: views of its state as it is at that moment, figures, files in sandboxes. Every path
 * also stands below `/slave(1)`, as in Mesos.
 */
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { MeteError } from '../../base/errors.js';
import type { Exchange, ExchangeHandler } from '../../base/exchange.js';
import { answerJson, answerText } from '../../http/answers.js';
import { answerFile } from '../../http/files.js';
import { createRouter, type Route } from '../../http/router.js';
import { viewMetrics } from '../core/metrics.js';
import type { AgentState } from '../core/state.js';
import { viewContainers, viewState } from '../core/views.js';
import { durationText } from '../core/durations.js';
import type { ContainerId } from '../../protocol/schema.js';
import type { AgentDriver, LogFunction } from './drive-agent.js';
import { readPiece, sandboxFile } from './sandbox-files.js';
import { executorDoor } from './v1/executor.js';

export interface RouteOptions {
  readonly state: AgentState;
  readonly driver: AgentDriver;
  readonly nowMs: () => number;
  /** Version of this program. */
  readonly version: string;
  readonly workDir: string;
  readonly log: LogFunction;
  readonly onFault: (error: unknown) => void;
}

function queryOf(exchange: Exchange): URLSearchParams {
  return new URLSearchParams(exchange.request.query);
}

function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value !== null && value !== '') return value;
  const reason = 'it is missing';
  throw new MeteError('INVALID_ARGUMENT', { field: name, value, reason, mend: `add ?${name}=… to the address` });
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (/^(-1|\d{1,15})$/.test(text)) return Number(text);
  const mend = `write ${name}=0, or leave it out`;
  throw new MeteError('INVALID_ARGUMENT', { field: name, value: text, reason: 'it is not a whole number', mend });
}

/** Figures of the machine under Mesos' names. */
function systemFigures(): Record<string, number> {
  const [load1 = 0, load5 = 0, load15 = 0] = loadavg();
  return {
    'system/cpus_total': availableParallelism(),
    'system/load_1min': load1,
    'system/load_5min': load5,
    'system/load_15min': load15,
    'system/mem_total_bytes': totalmem(),
    'system/mem_free_bytes': freemem(),
  };
}

function executorFigures(driver: AgentDriver): Record<string, number> {
  const { processes, cpuSeconds, memoryBytes } = driver.executors.usage();
  return {
    'containers/processes': processes,
    'containers/cpus_time_secs': cpuSeconds,
    'containers/mem_rss_bytes': memoryBytes,
  };
}

/** What the agent was told, under the names of Mesos' flags, as texts. */
function flagsOf({ state, workDir }: RouteOptions): Record<string, string> {
  const { config } = state;
  return {
    work_dir: workDir,
    resources: String(config.resources),
    switch_user: String(config.switchUser),
    reconfiguration_policy: config.reconfigurationPolicy,
    executor_registration_timeout: durationText(config.executorRegistrationTimeoutMs),
    executor_reregistration_timeout: durationText(config.executorReregistrationTimeoutMs),
    executor_shutdown_grace_period: durationText(config.executorShutdownGracePeriodMs),
    recovery_timeout: durationText(config.recoveryTimeoutMs),
    registration_backoff_factor: durationText(config.registrationBackoffMs),
    ...(state.master === null ? {} : { master: state.master }),
  };
}

/** What Mesos calls ResourceStatistics, as far as it is known here; times in seconds, memory in bytes. */
function statisticsOf({ driver, nowMs }: RouteOptions, containerId: string): Record<string, number> {
  const usage = driver.executors.usageOf(containerId as ContainerId);
  if (usage === null) return { timestamp: nowMs() / 1000 };
  const { cpuSeconds, memoryBytes, processes } = usage;
  return { timestamp: nowMs() / 1000, cpus_user_time_secs: cpuSeconds, mem_rss_bytes: memoryBytes, processes };
}

function containersOf(options: RouteOptions): Record<string, unknown>[] {
  return viewContainers(options.state).map((container) => ({
    ...container,
    statistics: statisticsOf(options, container.container_id),
  }));
}

export function createRoutes(options: RouteOptions): ExchangeHandler {
  const { state, driver, nowMs, version, workDir } = options;
  const read = (path: string, view: () => unknown): Route => ({
    method: 'GET',
    path,
    handle: (exchange) => answerJson(exchange, view()),
  });
  const routes: Route[] = [
    { method: 'GET', path: '/health', handle: (exchange) => answerText(exchange, 200, '') },
    read('/version', () => ({ version: state.config.version, mete_version: version })),
    read('/state', () => ({ ...viewState(state), flags: flagsOf(options) })),
    read('/containers', () => containersOf(options)),
    read('/monitor/statistics', () =>
      containersOf(options).map(({ container_id: _id, status: _status, ...rest }) => rest),
    ),
    read('/flags', () => ({ flags: flagsOf(options) })),
    read('/metrics/snapshot', () => ({
      ...viewMetrics(state, nowMs()),
      ...systemFigures(),
      ...executorFigures(driver),
      ...driver.counters(),
    })),
    {
      method: 'GET',
      path: '/files/read',
      handle: async (exchange) => {
        const query = queryOf(exchange);
        const file = await sandboxFile(workDir, required(query, 'path'));
        const length = wholeNumber(query, 'length', -1);
        const offset = wholeNumber(query, 'offset', -1);
        answerJson(exchange, await (length < 0 ? readPiece(file, offset) : readPiece(file, offset, length)));
      },
    },
    {
      method: 'GET',
      path: '/files/download',
      handle: async (exchange) => answerFile(exchange, await sandboxFile(workDir, required(queryOf(exchange), 'path'))),
    },
  ];
  routes.push({ method: '*', path: '/api/v1/executor', handle: executorDoor({ state, driver, log: options.log }) });
  const below = routes.map((route) => ({ ...route, path: `/slave(1)${route.path}` }));
  return createRouter([...routes, ...below], { onFault: options.onFault });
}
