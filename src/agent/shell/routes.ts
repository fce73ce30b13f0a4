/**
 * What the agent answers over HTTP: views of its state as it is at that moment, figures, files in sandboxes, the v1
 * APIs. Every path also stands below `/slave(1)`, as in Mesos.
 */
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { Exchange, ExchangeHandler } from '../../base/exchange.js';
import { type Access, type Action, isAllowed, mayToggleLevel, REFUSED, type Subject } from '../../http/access.js';
import { answerJson, answerText } from '../../http/answers.js';
import { fileRoutes } from '../../http/file-routes.js';
import { answerPieces } from '../../http/json-stream.js';
import { processRoutes } from '../../http/process-routes.js';
import { createRouter, type Route } from '../../http/router.js';
import { createFiles } from '../../http/virtual-files.js';
import type { LoggingLevel } from '../../telemetry/logging-level.js';
import { PROMETHEUS_TYPE, prometheusText, snapshotOf } from '../../telemetry/prometheus.js';
import { durationText } from '../core/durations.js';
import { viewMetrics } from '../core/metrics.js';
import type { AgentState } from '../core/state.js';
import { viewState } from '../core/views.js';
import { viewContainersInUse } from './container-figures.js';
import type { AgentDriver, LogFunction } from './drive-agent.js';
import { fileGuard } from './file-access.js';
import { sandboxRoots } from './sandbox-roots.js';
import { executorDoor } from './v1/executor.js';
import { agentOperatorDoor } from './v1/operator.js';
import { type AgentReadContext, visibleTo } from './v1/operator-reads.js';

export interface RouteOptions {
  readonly state: AgentState;
  readonly driver: AgentDriver;
  readonly nowMs: () => number;
  /** Version of this program. */
  readonly version: string;
  readonly workDir: string;
  /** The log as a file, which can then be read as `/slave/log`. */
  readonly logFile?: string | undefined;
  readonly level: LoggingLevel;
  readonly access: Access;
  readonly log: LogFunction;
  readonly onFault: (error: unknown) => void;
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

/** Mesos' figures of what is not done here: sandboxes are not removed for their age, containers not destroyed twice. */
const NONE = {
  'gc/path_removals_pending': 0,
  'gc/path_removals_succeeded': 0,
  'gc/path_removals_failed': 0,
  'containerizer/mesos/container_destroy_errors': 0,
};

function executorFigures(driver: AgentDriver): Record<string, number> {
  const { processes, cpuSeconds, memoryBytes } = driver.executors.usage();
  return {
    'containers/processes': processes,
    'containers/cpus_time_secs': cpuSeconds,
    'containers/mem_rss_bytes': memoryBytes,
  };
}

/** What the agent was told, under the names of Mesos' flags, as texts. */
function flagsOf({ state, workDir, logFile }: RouteOptions): Record<string, string> {
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
    ...(logFile === undefined ? {} : { external_log_file: logFile }),
  };
}

function contextOf(options: RouteOptions): AgentReadContext {
  const { state, driver, nowMs, level, workDir, logFile, access } = options;
  return {
    state,
    access,
    workDir,
    driver,
    nowMs,
    level,
    flags: () => flagsOf(options),
    files: createFiles(sandboxRoots({ state, workDir, logFile })),
    figures: () => ({
      ...viewMetrics(state, nowMs()),
      ...systemFigures(),
      ...executorFigures(driver),
      ...NONE,
      ...driver.counters(),
    }),
  };
}

type View = (seen: AgentReadContext, subject: Subject) => unknown;
type Need = readonly [action: Action, object?: string];

function endpoint(path: string): readonly ['GET_ENDPOINT_WITH_PATH', string] {
  return ['GET_ENDPOINT_WITH_PATH', path];
}

/** Reserved resources by role, without those of roles that may not be seen. */
function withRoles(view: Record<string, unknown>, sees: (role: string) => boolean): Record<string, unknown> {
  const seen = { ...view };
  for (const name of ['reserved_resources', 'reserved_resources_full', 'reserved_resources_allocated']) {
    const roles = Object.entries(view[name] ?? {}) as [string, unknown][];
    seen[name] = Object.fromEntries(roles.filter(([role]) => sees(role)));
  }
  return seen;
}

export function createRoutes(options: RouteOptions): ExchangeHandler {
  const { state, driver, version, logFile, level, access } = options;
  const context = contextOf(options);
  const { figures } = context;
  const mayRead = (exchange: Exchange): boolean => access.authenticate(exchange, 'readonly') !== REFUSED;
  const read = (path: string, view: View, need?: Need): Route => ({
    method: 'GET',
    path,
    handle(exchange) {
      const subject = access.authenticate(exchange, 'readonly');
      if (subject === REFUSED) return;
      if (need !== undefined && !access.approves(subject, ...need)) return answerText(exchange, 403, '403 Forbidden.');
      return answerPieces(exchange, [JSON.stringify(view(visibleTo(context, subject), subject))]);
    },
  });
  const showsFlags = (subject: Subject): boolean => access.approves(subject, 'VIEW_FLAGS');
  const rolesOf = (subject: Subject) => (role: string): boolean => access.approves(subject, 'VIEW_ROLE', role);
  const logs = logFile === undefined ? {} : { external_log_file: logFile };
  const routes: Route[] = [
    { method: 'GET', path: '/health', handle: (exchange) => answerText(exchange, 200, '') },
    {
      method: 'GET',
      path: '/version',
      handle: (exchange) => answerJson(exchange, { version: state.config.version, mete_version: version }),
    },
    read('/state', ({ state: seen }, subject) => ({
      ...withRoles(viewState(seen), rolesOf(subject)),
      ...(showsFlags(subject) ? { ...logs, flags: flagsOf(options) } : {}),
    })),
    read('/containers', (seen) => viewContainersInUse(seen), endpoint('/containers')),
    read(
      '/monitor/statistics',
      (seen) => viewContainersInUse(seen).map(({ container_id: _id, status: _status, ...rest }) => rest),
      endpoint('/monitor/statistics'),
    ),
    // Containers whose start hangs; starts that take long show as executors in REGISTERING.
    read('/containerizer/debug', () => ({ pending: [] }), endpoint('/containerizer/debug')),
    read('/flags', () => ({ flags: flagsOf(options) }), ['VIEW_FLAGS']),
    read('/metrics/snapshot', () => snapshotOf(figures()), endpoint('/metrics/snapshot')),
    {
      method: 'GET',
      path: '/metrics/prometheus',
      handle(exchange) {
        if (!isAllowed(access, exchange, 'readonly', ...endpoint('/metrics/snapshot'))) return;
        exchange.respond(200, { 'content-type': PROMETHEUS_TYPE }, prometheusText(figures()));
      },
    },
    ...fileRoutes(context.files, fileGuard(access, options)),
    { method: '*', path: '/api/v1', handle: agentOperatorDoor(context) },
    { method: '*', path: '/api/v1/executor', handle: executorDoor({ state, driver, access, log: options.log }) },
  ];
  const below = routes.map((route) => ({ ...route, path: `/slave(1)${route.path}` }));
  const paths = routes.map(({ path }) => path);
  const ofProcess = processRoutes({
    figures: systemFigures,
    level,
    mayRead,
    mayToggle: (exchange) => mayToggleLevel(access, exchange),
    id: 'slave(1)',
    paths,
  });
  return createRouter([...routes, ...below, ...ofProcess], { onFault: options.onFault });
}
