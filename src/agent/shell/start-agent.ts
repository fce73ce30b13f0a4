/**
 * An agent as a process: its core, driven by the runner, over a transport; its executors; its HTTP answers. Everything
 * that decides is in the core. When it ends, everything it started has ended before.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname as machineName, networkInterfaces } from 'node:os';
import { MeteError } from '../../base/errors.js';
import type { ExchangeHandler } from '../../base/exchange.js';
import type { AgentInfo, AgentInfo as Info } from '../../protocol/framework.js';
import type { Attribute } from '../../resources/attributes.js';
import { attributesToMessages, resourcesToMessages } from '../../resources/message-form.js';
import { Resources } from '../../resources/resources.js';
import { createRealClock } from '../../runner/clock.js';
import { createLoggingLevel, raisedLog } from '../../telemetry/logging-level.js';
import { hostPort, type Listener, type Transport, type TransportLimits } from '../../transport/transport.js';
import { canSwitchUser } from '../../containers/users.js';
import type { AgentConfig } from '../core/config.js';
import { createAgent } from '../core/create.js';
import { driveAgent, type AgentDriver, type Exit, type LogFunction } from './drive-agent.js';
import { type AgentMemory, idToComeBackWith, openAgentMemory } from './agent-memory.js';
import { completeResources, type NamedResources, readMachine } from './resources.js';
import { createRoutes } from './routes.js';
import { prepareWorkDir, type Program, type WorkDir } from './work-dir.js';
import { lockWorkDir, type WorkDirLock } from './work-dir-lock.js';

export interface AgentOptions {
  /** Where to listen; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  /** How others reach the agent, where that differs. */
  readonly advertise?: {
    readonly ip?: string | undefined;
    readonly port?: number | undefined;
    readonly hostname?: string | undefined;
  };
  /** `host:port` of the master, or `file://` and the path of a file that holds that. */
  readonly master: string;
  readonly workDir: string;
  /** What it has; what is not named is found out. Of what is named there may be none (`cpus:0`). */
  readonly resources?: Resources | NamedResources;
  readonly attributes?: readonly Attribute[];
  readonly domain?: Info['domain'];
  readonly transport: Transport;
  readonly limits?: Partial<TransportLimits>;
  /** How to start this program; executors are started with it. */
  readonly program: Program;
  /** More for the core: time-outs, bounds, executorEnvironment, capabilities. `version` is that of Mesos it speaks. */
  readonly core: Omit<AgentConfig, 'agentInfo' | 'resources' | 'workDir' | 'seed' | 'endpoint' | 'startMs'>;
  /** Version of this program. */
  readonly version: string;
  /** The log as a file, which can then be read over HTTP as `/slave/log`. */
  readonly logFile?: string | undefined;
  readonly log: LogFunction;
  /** The core threw: a defect; the process should end. */
  readonly onDefect: (error: unknown) => void;
}

export interface Ended {
  readonly reason: string;
  readonly code: number;
}

export interface RunningAgent {
  /** `host:port` as others reach it. */
  readonly address: string;
  readonly workDir: string;
  /** Settles when the agent has ended by itself or was ended; `code` is that for its process. */
  readonly ended: Promise<Ended>;
  /**
   * Ends the agent: executors are asked to end, then killed; resolves when nothing of it is left. With `unregister` the
   * master learns that it does not come back.
   */
  close(unregister?: boolean): Promise<void>;
}

/** How much longer than its executors' grace period the core may take to end. */
const MARGIN_MS = 5000;
const DEFAULT_GRACE_MS = 5000;

function listensEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** An address of this machine that others may reach; the loopback if there is none. */
function outerAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

function readMaster(master: string): string {
  const path = /^file:\/\/(.*)$/.exec(master)?.[1];
  let address = master;
  try {
    if (path !== undefined) address = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    const reason = `the file that should name it cannot be read: ${(cause as Error).message}`;
    const mend = 'write host:port into it';
    throw new MeteError('INVALID_ARGUMENT', { field: 'master', value: master, reason, mend, cause });
  }
  if (/^(\[[^\]]+\]|[^:/\s]+):\d{1,5}$/.test(address)) return address;
  const mend = 'give host:port, or file:// and the path of a file with that in it';
  throw new MeteError('INVALID_ARGUMENT', { field: 'master', value: address, reason: 'it is no address', mend });
}

function resourcesOf(options: AgentOptions, workDir: string): Resources {
  const given = options.resources ?? Resources.EMPTY;
  const machine = readMachine(workDir);
  if (given instanceof Resources) return completeResources(given, new Set(), machine);
  return completeResources(given.value, given.names, machine);
}

function describeAgent(options: AgentOptions, boundPort: number): { info: AgentInfo; ip: string } {
  const { advertise = {}, host, attributes = [], domain } = options;
  const ip = advertise.ip ?? (listensEverywhere(host) ? outerAddress() : host);
  const hostname = advertise.hostname ?? (listensEverywhere(host) ? machineName() : host);
  const info: AgentInfo = {
    hostname,
    port: advertise.port ?? boundPort,
    attributes: attributesToMessages(attributes),
    ...(domain === undefined ? {} : { domain }),
  };
  return { info, ip };
}

function configOf(options: AgentOptions, port: number, workDir: string, cache: string, startMs: number): AgentConfig {
  const { info, ip } = describeAgent(options, port);
  const { executorEnvironment = {}, switchUser = canSwitchUser() } = options.core;
  return {
    ...options.core,
    agentInfo: info,
    resources: resourcesOf(options, workDir),
    workDir,
    seed: randomInt(2 ** 32),
    // Executors run on this machine, where the port is the one that is listened on.
    endpoint: hostPort(listensEverywhere(options.host) ? ip : options.host, port),
    switchUser,
    executorEnvironment: { ...executorEnvironment, METE_CACHE_DIR: cache },
    startMs,
  };
}

/** Waits, but not for ever. */
async function atMost(ms: number, waited: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([waited, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

/** Whether the agent listens on whatever port is free, so that its port says nothing about it. */
function takesAnyPort({ port, advertise }: AgentOptions): boolean {
  return port === 0 && advertise?.port === undefined;
}

/** The configuration of the agent under its former id, if it has one and may come back with it. */
function withFormerId(config: AgentConfig, memory: AgentMemory, options: AgentOptions): AgentConfig {
  const { agentInfo, reconfigurationPolicy = 'equal' } = config;
  const info = { ...agentInfo, resources: resourcesToMessages(config.resources) };
  const id = idToComeBackWith(memory, reconfigurationPolicy, info, takesAnyPort(options));
  if (id === null || id === undefined) return config;
  options.log('info', 'coming back under the former id', { agentId: id });
  return { ...config, agentInfo: { ...agentInfo, id } };
}

/**
 * Starts an agent and resolves when it listens. The signal SIGUSR1 makes it unregister and end, as in Mesos.
 * Throws MeteError: ADDRESS_IN_USE; ALREADY_EXISTS if another agent has the work directory; INVALID_ARGUMENT, also for
 * an agent that may not come back as what it is now.
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  readMaster(options.master);
  const workDir = prepareWorkDir(options.workDir, options.program);
  const memory = openAgentMemory(workDir.path);
  const lock = lockWorkDir(workDir.path, memory.directory);
  try {
    return await startIn(workDir, memory, lock, options);
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Door {
  driver?: AgentDriver;
  routes?: ExchangeHandler;
}

function listen(options: AgentOptions, door: Door, onFault: (error: unknown) => void): Promise<Listener> {
  const { host, port, limits, transport } = options;
  return transport.listen({
    host,
    port,
    ...(limits === undefined ? {} : { limits }),
    onLink: (link) => door.driver!.accept(link),
    onExchange: (exchange) => door.routes!(exchange),
    onFault,
  });
}

async function startIn(
  workDir: WorkDir,
  memory: AgentMemory,
  lock: WorkDirLock,
  options: AgentOptions,
): Promise<RunningAgent> {
  const { transport, limits, version, logFile } = options;
  const level = createLoggingLevel(options.log);
  const log = raisedLog(options.log, () => level.current);
  const master = readMaster(options.master);
  // Nothing arrives before the listener's promise has been answered, that is, before these are set.
  const door: Door = {};
  const onFault = (error: unknown): void => log('error', 'a handler failed', { error: textOf(error) });
  const listener = await listen(options, door, onFault);
  const clock = createRealClock();
  let config = configOf(options, listener.port, workDir.path, workDir.cacheDirectory, clock.nowMs());
  try {
    config = withFormerId(config, memory, options);
  } catch (error) {
    await listener.close('the agent does not start');
    throw error;
  }
  const state = createAgent(config);
  let exit!: (exit: Exit) => void;
  const exited = new Promise<Exit>((resolve) => (exit = resolve));
  const driver = driveAgent({
    state,
    clock,
    transport,
    ...(limits === undefined ? {} : { limits }),
    workDir,
    log,
    onRegistered: (info) => remember(memory, info, log),
    onExit: exit,
    onDefect: options.onDefect,
  });
  door.driver = driver;
  const nowMs = (): number => clock.nowMs();
  door.routes = createRoutes({ state, driver, nowMs, version, workDir: workDir.path, logFile, level, log, onFault });
  driver.detected(master);
  log('info', 'agent listens', { address: state.config.endpoint, master, resources: String(config.resources) });

  const leave = (): void => driver.shutDown(true);
  process.on('SIGUSR1', leave);
  /** After the core has ended, or will not: whatever it left. */
  const ended = exited.then(async ({ reason, code, forGood }) => {
    process.off('SIGUSR1', leave);
    if (forGood) memory.forget();
    await driver.executors.destroyAll();
    await listener.close('the agent ends');
    driver.stop();
    level.stop();
    lock.release();
    log('info', 'agent has ended', { reason });
    return { reason, code };
  });
  const graceMs = config.executorShutdownGracePeriodMs ?? DEFAULT_GRACE_MS;
  return {
    address: hostPort(describeAgent(options, listener.port).ip, config.agentInfo.port ?? listener.port),
    workDir: workDir.path,
    ended,
    async close(unregister = false) {
      driver.shutDown(unregister);
      await atMost(graceMs + MARGIN_MS, exited);
      exit({ reason: 'it did not end in time', code: 1, forGood: unregister });
      await ended;
    },
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** An agent that cannot write down who it is serves all the same; it will not come back under its id. */
function remember(memory: AgentMemory, info: AgentInfo, log: LogFunction): void {
  try {
    memory.remember(info);
  } catch (error) {
    log('error', 'the id of the agent cannot be written down', { file: memory.path, error: (error as Error).message });
  }
}
