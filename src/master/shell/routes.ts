/**
 * What the master answers over HTTP: reads are views of its state as it is at that moment, writes go through the core as
 * operator calls. Every path also stands below `/master`, as in Mesos.
 */
import { MeteError } from '../../base/errors.js';
import type { Exchange, ExchangeHandler } from '../../base/exchange.js';
import { answerJson, answerText } from '../../http/answers.js';
import { readBody } from '../../http/body.js';
import { createRouter, type Route, type RouteHandler } from '../../http/router.js';
import type { FrameworkId } from '../../protocol/schema.js';
import type { ProcessFigures } from '../../telemetry/process-figures.js';
import { type Figures, PROMETHEUS_TYPE, prometheusText, snapshotOf } from '../../telemetry/prometheus.js';
import type { TransportLimits } from '../../transport/transport.js';
import type { MasterState } from '../core/state.js';
import * as views from '../core/views/index.js';
import type { LogFunction, MasterDriver } from './drive-master.js';
import { ALONE, type Standing } from './standing.js';
import { schedulerDoor } from './v1/scheduler.js';
import { MESOS_VERSION } from '../../protocol/mesos-version.js';

export interface RouteOptions {
  readonly state: MasterState;
  readonly driver: MasterDriver;
  readonly nowMs: () => number;
  /** Version of this program. */
  readonly version: string;
  /** Those of the process. */
  readonly figures: ProcessFigures;
  /** Among the masters of a cluster; absent: it is alone. */
  readonly standing?: () => Standing;
  readonly log: LogFunction;
  readonly limits: TransportLimits;
  readonly onFault?: (error: unknown) => void;
}

/** Forms of operators are short. */
const MAX_FORM_BYTES = 64 * 1024;

const decoder = new TextDecoder();

function queryOf(exchange: Exchange): URLSearchParams {
  return new URLSearchParams(exchange.request.query);
}

/** A whole number in the query. Throws MeteError INVALID_ARGUMENT for anything else. */
function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new MeteError('INVALID_ARGUMENT', {
    field: name,
    value: text,
    reason: 'it is not a whole number',
    mend: `write ${name}=100, or leave it out`,
  });
}

function taskQuery(exchange: Exchange): views.TaskQuery {
  const query = queryOf(exchange);
  const limit = wholeNumber(query, 'limit');
  const offset = wholeNumber(query, 'offset');
  const order = query.get('order');
  const frameworkId = query.get('framework_id');
  const taskId = query.get('task_id');
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(offset === undefined ? {} : { offset }),
    ...(order === 'asc' || order === 'des' ? { order } : {}),
    ...(frameworkId === null ? {} : { frameworkId }),
    ...(taskId === null ? {} : { taskId }),
  };
}

function versionOf(version: string): Record<string, unknown> {
  return { version: MESOS_VERSION, mete_version: version, build_user: '', build_date: '', build_time: 0 };
}

/** `POST /teardown` with `frameworkId=…`. */
function teardown(driver: MasterDriver): RouteHandler {
  return async (exchange) => {
    const form = new URLSearchParams(decoder.decode(await readBody(exchange, MAX_FORM_BYTES)));
    const frameworkId = form.get('frameworkId');
    if (frameworkId === null || frameworkId === '') {
      answerText(exchange, 400, "Missing 'frameworkId' query parameter");
      return;
    }
    driver.operate({ type: 'TEARDOWN', frameworkId: frameworkId as FrameworkId }, (status, body) =>
      answerText(exchange, status, body ?? ''),
    );
  };
}

export function createRoutes(options: RouteOptions): ExchangeHandler {
  const { state, driver, nowMs, version, log, standing = ALONE } = options;
  // Half of what the transport allows: it ends a stream beyond its limit without a word.
  const maxBufferedBytes = options.limits.maxBufferedBytes / 2;
  const figures = (): Figures => ({
    ...views.viewMetrics(state, nowMs()),
    ...driver.counters(),
    ...options.figures.read(),
  });
  const read = (path: string, view: (exchange: Exchange) => unknown): Route => ({
    method: 'GET',
    path,
    handle: (exchange) => answerJson(exchange, view(exchange)),
  });
  const routes: Route[] = [
    { method: 'GET', path: '/health', handle: (exchange) => answerText(exchange, 200, '') },
    read('/version', () => versionOf(version)),
    read('/state', () => views.viewState(state)),
    read('/slaves', () => views.viewAgents(state)),
    read('/frameworks', () => views.viewFrameworks(state)),
    read('/roles', () => views.viewRoles(state)),
    read('/tasks', (exchange) => views.viewTasks(state, taskQuery(exchange))),
    read('/offers', () => views.viewOffers(state)),
    read('/metrics/snapshot', () => snapshotOf(figures())),
    {
      method: 'GET',
      path: '/metrics/prometheus',
      handle: (exchange) => exchange.respond(200, { 'content-type': PROMETHEUS_TYPE }, prometheusText(figures())),
    },
    { method: 'POST', path: '/teardown', handle: teardown(driver) },
    { method: '*', path: '/api/v1/scheduler', handle: schedulerDoor({ state, driver, standing, log, maxBufferedBytes }) },
  ];
  const below = routes.map((route) => ({ ...route, path: `/master${route.path}` }));
  return createRouter([...routes, ...below], options.onFault === undefined ? {} : { onFault: options.onFault });
}
