/**
 * A master as a process: its core, driven by the runner, over a transport; its registry; its HTTP answers. Everything
 * that decides is in the core.
 */
import { randomUUID } from 'node:crypto';
import { hostname as machineName } from 'node:os';
import type { EngineFactory } from '../../allocator/engine/engine.js';
import type { AllocatorOptions } from '../../allocator/state.js';
import type { MeteError } from '../../base/errors.js';
import type { ExchangeHandler } from '../../base/exchange.js';
import type { Link, LinkHandlers } from '../../base/link.js';
import type { MasterInfo } from '../../protocol/framework.js';
import { type Clock, createRealClock } from '../../runner/clock.js';
import { createMemoryRegistrar } from '../../storage/memory-registrar.js';
import { createLoggingLevel, raisedLog } from '../../telemetry/logging-level.js';
import { watchProcess } from '../../telemetry/process-figures.js';
import { hostPort, limitsWith, type Listener } from '../../transport/transport.js';
import type { Transport, TransportLimits } from '../../transport/transport.js';
import type { MasterConfig } from '../core/config.js';
import { createMaster } from '../core/state.js';
import type { AccessOptions } from '../../http/access.js';
import type { Election } from '../../ha/election.js';
import { createStandaloneElection } from '../../ha/standalone-election.js';
import { ipNumber } from '../../protocol/master-znode.js';
import { outerAddress } from '../../transport/outer-address.js';
import { driveMaster, type LogFunction, type MasterDriver, type MasterRegistrar } from './drive-master.js';
import { createLeadership, type Leadership } from './leadership.js';
import { MESOS_VERSION } from '../../protocol/mesos-version.js';
import { createRoutes } from './routes.js';
import { watchWhitelist } from './whitelist.js';

export interface MasterOptions {
  /** Where to listen; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  /** How others reach the master, where that differs. */
  readonly advertise?: {
    readonly ip?: string | undefined;
    readonly port?: number | undefined;
    readonly hostname?: string | undefined;
  };
  readonly transport: Transport;
  readonly limits?: Partial<TransportLimits>;
  readonly engine: EngineFactory;
  readonly allocator: Omit<AllocatorOptions, 'engine'>;
  readonly core: Omit<MasterConfig, 'masterInfo' | 'allocator' | 'startMs' | 'awaitsRegistry'>;
  /** Version of this program; `MESOS_VERSION` is what it is compatible with. */
  readonly version: string;
  /** File with the hosts that are offered; absent: all. */
  readonly whitelist?: string;
  /** Records all events into this file. */
  readonly journal?: string | undefined;
  readonly log: LogFunction;
  /** Among the masters of a cluster; absent: it is alone. Closed with the master. */
  readonly election?: Election;
  /**
   * Reads the registry and takes it over for this master, once that leads; `onFailure` when it cannot be written any
   * more. Absent: it is kept in memory, as long as the process lives.
   */
  readonly openRegistrar?: (leader: MasterInfo, onFailure: (error: MeteError) => void) => Promise<MasterRegistrar>;
  /** Who may do what over HTTP; absent: everybody everything. */
  readonly access?: AccessOptions;
  /** How long frameworks and agents may take to prove who they are. */
  readonly authenticationTimeoutMs?: number;
  /** The log as a file, which can then be read over HTTP as `/master/log`. */
  readonly logFile?: string | undefined;
  /** Streams of events for operators at most. */
  readonly maxSubscribers?: number;
  /** Absent: the one of the machine. */
  readonly clock?: Clock;
  /** The core threw: a defect; the process should end. */
  readonly onDefect: (error: unknown) => void;
  /** The master must not lead any more and must end; absent: as after a defect. */
  readonly onExit?: (reason: string, code: number) => void;
}

export interface RunningMaster {
  /** `host:port` as others reach it. */
  readonly address: string;
  readonly masterInfo: MasterInfo;
  close(): Promise<void>;
}

function describeMaster({ advertise = {}, host, election }: MasterOptions, boundPort: number): MasterInfo {
  const listensEverywhere = host === '0.0.0.0' || host === '::';
  const hostname = advertise.hostname ?? (listensEverywhere ? machineName() : host);
  const everywhere = election === undefined ? '127.0.0.1' : outerAddress();
  const ip = advertise.ip ?? (listensEverywhere ? everywhere : host);
  const port = advertise.port ?? boundPort;
  return {
    id: randomUUID(),
    ip: ipNumber(ip),
    port,
    pid: `master@${hostPort(ip, port)}`,
    hostname,
    version: MESOS_VERSION,
    address: { hostname, ip, port },
    capabilities: [{ type: 'AGENT_UPDATE' }, { type: 'AGENT_DRAINING' }, { type: 'QUOTA_V2' }],
  };
}

function watchHosts(path: string, driver: MasterDriver, log: LogFunction): { stop(): void } {
  return watchWhitelist(
    path,
    (hostnames) => driver.operate({ type: 'UPDATE_WHITELIST', hostnames }, () => undefined),
    (text) => log('warn', `whitelist: ${text}`, { path }),
  );
}

/** The links of a master that does not lead are ended: who opened them must look for the one that does. */
const NO_HANDLERS: LinkHandlers = { frame: () => undefined, closed: () => undefined };

interface Door {
  driver?: MasterDriver;
  routes?: ExchangeHandler;
  leadership?: Leadership;
}

function acceptLink({ driver, leadership }: Door, link: Link): LinkHandlers {
  if (leadership!.isElected) return driver!.accept(link);
  link.close('this master does not lead');
  return NO_HANDLERS;
}

function listen(options: MasterOptions, door: Door, onFault: (error: unknown) => void): Promise<Listener> {
  const { transport, host, port, limits } = options;
  return transport.listen({
    host,
    port,
    ...(limits === undefined ? {} : { limits }),
    onLink: (link) => acceptLink(door, link),
    onExchange: (exchange) => door.routes!(exchange),
    onFault,
  });
}

function configOf(options: MasterOptions, masterInfo: MasterInfo, startMs: number): MasterConfig {
  return {
    ...options.core,
    masterInfo,
    allocator: { ...options.allocator, engine: options.engine, stopwatch: () => performance.now() },
    startMs,
    awaitsRegistry: true,
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What of the routes follows from the options alone. */
function routeOptions({ logFile, limits, access, maxSubscribers }: MasterOptions) {
  return {
    files: new Map(logFile === undefined ? [] : [['/master/log', logFile]]),
    limits: limitsWith(limits),
    ...(access === undefined ? {} : { access }),
    ...(maxSubscribers === undefined ? {} : { maxSubscribers }),
  };
}

/**
 * Starts a master and resolves when it listens; one that is alone has also read its registry then. Throws MeteError:
 * ADDRESS_IN_USE, INVALID_ARGUMENT, JOURNAL_FAILED, and if it is alone what its registry has to say.
 */
export async function startMaster(options: MasterOptions): Promise<RunningMaster> {
  const { onDefect } = options;
  const level = createLoggingLevel(options.log);
  const log = raisedLog(options.log, () => level.current);
  const onFault = (error: unknown): void => log('error', 'a handler failed', { error: textOf(error) });
  // Nothing arrives before the listener's promise has been answered, that is, before these are set.
  const door: Door = {};
  const listener = await listen(options, door, onFault);
  const clock = options.clock ?? createRealClock();
  const masterInfo = describeMaster(options, listener.port);
  const config = configOf(options, masterInfo, clock.nowMs());
  const state = createMaster(config);
  const { version, journal, onExit = (reason) => onDefect(new Error(reason)) } = options;
  /** Nothing is done after this. */
  const leave = (reason: string, code: number): void => {
    driver.stop();
    onExit(reason, code);
  };
  const mayAct = (): boolean => leadership.mayAct();
  const driver = driveMaster({
    ...{ state, config, clock, journal, version, log, onDefect, onExit: leave, mayAct },
    ...{ credentials: options.access?.credentials, authenticationTimeoutMs: options.authenticationTimeoutMs },
  });
  let registrar: MasterRegistrar | null = null;
  const leadership = createLeadership({
    election: options.election ?? createStandaloneElection(),
    masterInfo,
    log,
    async takeOver() {
      const open = options.openRegistrar ?? (() => Promise.resolve(createMemoryRegistrar()));
      registrar = await open(masterInfo, (error) => leave(`Failed to write the registry: ${error.message}`, 1));
      driver.recover(registrar);
    },
    isRecovered: () => state.electedMs !== null,
    leave: (reason) => leave(reason, 1),
  });
  Object.assign(door, { driver, leadership });
  const figures = watchProcess();
  const close = async (): Promise<void> => {
    driver.stop();
    await registrar?.close?.();
    await leadership.close();
    await listener.close('the master ends');
    figures.stop();
    level.stop();
    state.allocator.close();
  };
  door.routes = createRoutes({
    ...{ state, driver, figures, version, log, level, onFault, ...routeOptions(options) },
    nowMs: () => clock.nowMs(),
    standing: () => leadership.standing(),
  });
  log('info', 'master listens', { address: masterInfo.pid, id: masterInfo.id, engine: state.allocator.engineName });
  const failed = leadership.begin().then(() => null, (error: unknown) => ({ error }));
  const failure = options.election === undefined ? await failed : null;
  if (failure !== null) {
    await close();
    throw failure.error;
  }
  const whitelist = options.whitelist === undefined ? null : watchHosts(options.whitelist, driver, log);
  return {
    address: hostPort(masterInfo.address?.ip ?? options.host, masterInfo.port),
    masterInfo,
    async close() {
      whitelist?.stop();
      await close();
      log('info', 'master has ended');
    },
  };
}
