/**
 * The older endpoints that only read. Those of the master itself are answered by the leader alone; health, version and
 * figures by every master. Large ones are made in pieces, so that the master goes on with its work.
 */
import { MeteError } from '../../base/errors.js';
import type { Exchange } from '../../base/exchange.js';
import { answerText } from '../../http/answers.js';
import { answerPieces } from '../../http/json-stream.js';
import type { Route } from '../../http/router.js';
import { MESOS_VERSION } from '../../protocol/mesos-version.js';
import { clusterStatus, maintenanceSchedule, quotaStatus, weightInfos } from '../../protocol/operator-shapes.js';
import { printV1Json } from '../../protocol/v1-json.js';
import { PROMETHEUS_TYPE, prometheusText, snapshotOf } from '../../telemetry/prometheus.js';
import { hostPort } from '../../transport/transport.js';
import * as views from '../core/views/index.js';
import { type Action, isAllowed, nameOfAsker, type Realm, REFUSED } from '../../http/access.js';
import { isLeading, type Standing } from './standing.js';
import { quotaStatusOf, type ReadContext, scheduleOf, statusOf, weightsOf } from './v1/operator-reads.js';

export interface ReadOptions {
  readonly context: ReadContext;
  readonly standing: () => Standing;
  /** Version of this program. */
  readonly version: string;
}

type View = (query: URLSearchParams, principal: string | null) => Iterable<string>;

/** A whole number in the query; what is none counts as absent, as in Mesos. */
function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function taskQuery(query: URLSearchParams): views.TaskQuery {
  const limit = wholeNumber(query, 'limit');
  const offset = wholeNumber(query, 'offset');
  const frameworkId = query.get('framework_id');
  const taskId = query.get('task_id');
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(offset === undefined ? {} : { offset }),
    order: query.get('order') === 'asc' ? 'asc' : 'des',
    ...(frameworkId === null ? {} : { frameworkId }),
    ...(taskId === null ? {} : { taskId }),
  };
}

/** Throws MeteError (INVALID_ARGUMENT) for a time-out that is none, as `5secs`. */
function checkTimeout(query: URLSearchParams): void {
  const timeout = query.get('timeout');
  if (timeout === null || /^\d+(\.\d+)?(ns|us|ms|secs|mins|hrs|days|weeks)$/.test(timeout)) return;
  const mend = 'write timeout=5secs';
  throw new MeteError('INVALID_ARGUMENT', { field: 'timeout', value: timeout, reason: 'it is no duration', mend });
}

/** Who is asked for what, and what is answered by every master, not by the leader alone. */
interface Rules {
  /** Null: nobody is asked who he is. */
  readonly realm?: Realm | null;
  readonly everywhere?: boolean;
  readonly need?: readonly [action: Action, object?: string];
}

const FREE: Rules = { realm: null, everywhere: true };
const OPERATORS: Rules = { realm: 'readwrite' };
const METRICS = ['GET_ENDPOINT_WITH_PATH', '/metrics/snapshot'] as const;
const FORBIDDEN = '403 Forbidden.';

/** The routes; those below `/master` are made by whoever takes them. */
export function readRoutes({ context, standing, version }: ReadOptions): Route[] {
  const { state, access, figures } = context;
  const json = (path: string, view: View, { realm = 'readonly', everywhere, need }: Rules = {}): Route => ({
    method: 'GET',
    path,
    async handle(exchange) {
      const principal = realm === null ? null : nameOfAsker(access, exchange, realm);
      if (principal === REFUSED || !(everywhere === true || isLeading(exchange, standing()))) return;
      if (need !== undefined && !access.approves(principal, ...need)) return answerText(exchange, 403, FORBIDDEN);
      await answerPieces(exchange, view(new URLSearchParams(exchange.request.query), principal));
    },
  });
  const seen = (principal: string | null): views.Seen => views.sightOf(access.authorizer, principal);
  const idIn = (query: URLSearchParams, name: string): string | undefined => query.get(name) ?? undefined;
  const whole = (value: unknown): string[] => [JSON.stringify(value)];
  const snapshot: View = (query) => {
    checkTimeout(query);
    return whole(snapshotOf(figures()));
  };
  return [
    { method: 'GET', path: '/health', handle: (exchange) => answerText(exchange, 200, '') },
    json('/version', () => whole({ version: MESOS_VERSION, mete_version: version, ...views.BUILD }), FREE),
    json('/state', (_query, principal) => views.printState(state, seen(principal))),
    json('/state-summary', (_query, principal) => views.printSummary(state, seen(principal))),
    json('/slaves', (query, principal) =>
      views.printWithLists(() => '{}', views.printAgents(state, idIn(query, 'slave_id'), seen(principal))),
    ),
    json('/frameworks', (query, principal) =>
      views.printFrameworks(state, idIn(query, 'framework_id'), seen(principal)),
    ),
    json('/roles', (_query, principal) =>
      views.printRoles(state, (role) => access.approves(principal, 'VIEW_ROLE', role)),
    ),
    json('/tasks', (query, principal) => views.printTasks(state, taskQuery(query), seen(principal))),
    json('/offers', (_query, principal) => whole(views.viewOffers(state, seen(principal)))),
    json('/flags', () => whole({ flags: state.settings.flags }), { need: ['VIEW_FLAGS'] }),
    json('/weights', (_query, principal) => [printV1Json(weightInfos, weightsOf(context, principal))], OPERATORS),
    json('/quota', (_query, principal) => [printV1Json(quotaStatus, quotaStatusOf(context, principal))], OPERATORS),
    json(
      '/maintenance/schedule',
      (_query, principal) => [printV1Json(maintenanceSchedule, scheduleOf(context, principal))],
      OPERATORS,
    ),
    json('/maintenance/status', (_query, principal) => [printV1Json(clusterStatus, statusOf(context, principal))]),
    json('/metrics/snapshot', snapshot, { everywhere: true, need: METRICS }),
    {
      method: 'GET',
      path: '/metrics/prometheus',
      handle(exchange) {
        if (!isAllowed(access, exchange, 'readonly', ...METRICS)) return;
        exchange.respond(200, { 'content-type': PROMETHEUS_TYPE }, prometheusText(figures()));
      },
    },
    { method: '*', path: '/redirect', handle: (exchange) => redirect(exchange, context, standing()) },
  ];
}

/** To the leader, wherever that is: its address without a path. */
function redirect(exchange: Exchange, { state }: ReadContext, standing: Standing): void {
  if (standing.type === 'leaderless') return answerText(exchange, 503, 'No leader elected');
  const { masterInfo } = state.settings;
  const own = { hostname: masterInfo.hostname ?? masterInfo.address?.ip ?? '', port: masterInfo.port };
  const { hostname, port } = standing.type === 'following' ? standing.leader : own;
  answerText(exchange, 307, '', { location: `//${hostPort(hostname, port)}` });
}
