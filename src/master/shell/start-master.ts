/**
 * A master as a process: its core, driven by the runner, over a transport; its registry; its HTTP answers. Everything
 * that decides is in the core.
 */
import { randomUUID } from 'node:crypto';
import { hostname as machineName } from 'node:os';
import type { EngineFactory } from '../../allocator/engine/engine.js';
import type { AllocatorOptions } from '../../allocator/state.js';
import type { ExchangeHandler } from '../../base/exchange.js';
import type { MasterInfo } from '../../protocol/framework.js';
import { snapshotRegistry } from '../../protocol/registry.js';
import { type Clock, createRealClock } from '../../runner/clock.js';
import { createMemoryRegistrar, type Registrar } from '../../storage/memory-registrar.js';
import { createLoggingLevel, raisedLog } from '../../telemetry/logging-level.js';
import { watchProcess } from '../../telemetry/process-figures.js';
import { hostPort, limitsWith, type Transport, type TransportLimits } from '../../transport/transport.js';
import type { MasterConfig } from '../core/config.js';
import { createMaster } from '../core/state.js';
import type { AccessOptions } from '../../http/access.js';
import { driveMaster, type LogFunction, type MasterDriver } from './drive-master.js';
import { MESOS_VERSION } from '../../protocol/mesos-version.js';
import { createRoutes } from './routes.js';
import { ALONE, type Standing } from './standing.js';
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
  /** Among the masters of a cluster; absent: it is alone. */
  readonly standing?: () => Standing;
  /** Where the registry is kept; absent: in memory, as long as the process lives. */
  readonly registrar?: Registrar;
  /** Who may do what over HTTP; absent: everybody everything. */
  readonly access?: AccessOptions;
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

/** IPv4 address as MasterInfo has it: its bytes as a little-endian number; 0 for anything else. */
export function ipNumber(ip: string): number {
  const bytes = ip.split('.').map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) return 0;
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

function describeMaster({ advertise = {}, host }: MasterOptions, boundPort: number): MasterInfo {
  const listensEverywhere = host === '0.0.0.0' || host === '::';
  const hostname = advertise.hostname ?? (listensEverywhere ? machineName() : host);
  const ip = advertise.ip ?? (listensEverywhere ? '127.0.0.1' : host);
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

/** Starts a master and resolves when it listens. Throws MeteError: ADDRESS_IN_USE, INVALID_ARGUMENT, JOURNAL_FAILED. */
export async function startMaster(options: MasterOptions): Promise<RunningMaster> {
  const { onDefect } = options;
  const level = createLoggingLevel(options.log);
  const log = raisedLog(options.log, () => level.current);
  const onFault = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log('error', 'a handler failed', { error: text });
  };
  // Nothing arrives before the listener's promise has been answered, that is, before these are set.
  const door: { driver?: MasterDriver; routes?: ExchangeHandler } = {};
  const listener = await options.transport.listen({
    host: options.host,
    port: options.port,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    onLink: (link) => door.driver!.accept(link),
    onExchange: (exchange) => door.routes!(exchange),
    onFault,
  });
  const clock = options.clock ?? createRealClock();
  const masterInfo = describeMaster(options, listener.port);
  const registrar = options.registrar ?? createMemoryRegistrar();
  const config: MasterConfig = {
    ...options.core,
    masterInfo,
    allocator: { ...options.allocator, engine: options.engine, stopwatch: () => performance.now() },
    startMs: clock.nowMs(),
    awaitsRegistry: true,
  };
  const state = createMaster(config);
  const { version, journal, standing = ALONE } = options;
  const { onExit = (reason) => onDefect(new Error(reason)) } = options;
  const driver = driveMaster({ state, config, clock, registrar, journal, version, log, onDefect, onExit });
  driver.recover(snapshotRegistry(registrar.registry));
  door.driver = driver;
  const figures = watchProcess();
  const limits = limitsWith(options.limits);
  const nowMs = (): number => clock.nowMs();
  const files = new Map(options.logFile === undefined ? [] : [['/master/log', options.logFile]]);
  const context = { state, driver, figures, nowMs, version, log, level, files, limits, standing, onFault };
  const { access, maxSubscribers } = options;
  door.routes = createRoutes({
    ...context,
    ...(access === undefined ? {} : { access }),
    ...(maxSubscribers === undefined ? {} : { maxSubscribers }),
  });
  const whitelist = options.whitelist === undefined ? null : watchHosts(options.whitelist, driver, log);
  log('info', 'master listens', { address: masterInfo.pid, id: masterInfo.id, engine: state.allocator.engineName });
  return {
    address: hostPort(masterInfo.address?.ip ?? options.host, masterInfo.port),
    masterInfo,
    async close() {
      whitelist?.stop();
      await listener.close('the master ends');
      driver.stop();
      figures.stop();
      level.stop();
      state.allocator.close();
      log('info', 'master has ended');
    },
  };
}
