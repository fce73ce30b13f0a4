/**
 * What the master answers over HTTP: reads are views of its state as it is at that moment, writes go through the core
 * as operator calls. Every path also stands below `/master`, as in Mesos, and may end in a slash.
 */
import type { Exchange, ExchangeHandler } from '../../base/exchange.js';
import { fileRoutes } from '../../http/file-routes.js';
import { processRoutes } from '../../http/process-routes.js';
import { createRouter, type Route } from '../../http/router.js';
import { createFiles, fixedRoots } from '../../http/virtual-files.js';
import type { LoggingLevel } from '../../telemetry/logging-level.js';
import type { ProcessFigures } from '../../telemetry/process-figures.js';
import type { Figures } from '../../telemetry/prometheus.js';
import type { TransportLimits } from '../../transport/transport.js';
import type { MasterState } from '../core/state.js';
import * as views from '../core/views/index.js';
import { type AccessOptions, createAccess, isAllowed, mayToggleLevel, REFUSED } from '../../http/access.js';
import type { LogFunction, MasterDriver } from './drive-master.js';
import { createOperations } from './operations.js';
import { readRoutes } from './routes-read.js';
import { writeRoutes } from './routes-write.js';
import { ALONE, type Standing } from './standing.js';
import { operatorDoor } from './v1/operator.js';
import { createWatchers } from './v1/operator-events.js';
import type { ReadContext } from './v1/operator-reads.js';
import { schedulerDoor } from './v1/scheduler.js';

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
  readonly access?: AccessOptions;
  /** Real files and directories by the virtual paths under which they can be read. */
  readonly files?: ReadonlyMap<string, string>;
  readonly level: LoggingLevel;
  /** Streams of events for operators at most; the oldest makes room. */
  readonly maxSubscribers?: number;
  readonly log: LogFunction;
  readonly limits: TransportLimits;
  readonly onFault?: (error: unknown) => void;
}

/** As Mesos' --max_operator_event_stream_subscribers. */
const MAX_SUBSCRIBERS = 1000;

export function createRoutes(options: RouteOptions): ExchangeHandler {
  const { state, driver, nowMs, version, level, log, standing = ALONE } = options;
  // Half of what the transport allows: it ends a stream beyond its limit without a word.
  const maxBufferedBytes = options.limits.maxBufferedBytes / 2;
  const access = createAccess({ authorizer: state.authorizer, ...options.access });
  const files = createFiles(fixedRoots(options.files ?? new Map()));
  const figures = (): Figures => ({
    ...views.viewMetrics(state, nowMs()),
    ...driver.counters(),
    ...options.figures.read(),
  });
  const context: ReadContext = { state, access, figures, files, level };
  const operations = createOperations(state, driver, access);
  const { maxSubscribers = MAX_SUBSCRIBERS } = options;
  const watchers = createWatchers({ state, driver, maxSubscribers, maxBufferedBytes });
  const operator = operatorDoor({ context, standing, operations, watchers });
  const scheduler = schedulerDoor({ state, driver, standing, access, log, maxBufferedBytes });
  const mayRead = (exchange: Exchange): boolean => access.authenticate(exchange, 'readonly') !== REFUSED;
  const mayReadFile = (exchange: Exchange): boolean =>
    /\/debug\/?$/.test(exchange.request.path)
      ? isAllowed(access, exchange, 'readonly', 'GET_ENDPOINT_WITH_PATH', '/files/debug')
      : isAllowed(access, exchange, 'readonly', 'ACCESS_MESOS_LOG');
  const routes: Route[] = [
    ...readRoutes({ context, standing, version }),
    ...writeRoutes({ access, standing, operations }),
    ...fileRoutes(files, mayReadFile),
    { method: '*', path: '/api/v1', handle: operator },
    // PyMesos uses this path.
    { method: '*', path: '/api/v1/operator', handle: operator },
    { method: '*', path: '/api/v1/scheduler', handle: scheduler },
  ];
  const below = routes.map((route) => ({ ...route, path: `/master${route.path}` }));
  const paths = [...new Set(routes.map(({ path }) => path))];
  const mayToggle = (exchange: Exchange): boolean => mayToggleLevel(access, exchange);
  const ofProcess = processRoutes({
    figures: () => options.figures.read(),
    level,
    mayRead,
    mayToggle,
    id: 'master',
    paths,
  });
  const { onFault } = options;
  return createRouter([...routes, ...below, ...ofProcess], onFault === undefined ? {} : { onFault });
}
