/**
 * An agent as a process: its core, driven by the runner, over a transport; its executors; its checkpoint; its HTTP
 * answers. Everything that decides is in the core. When it ends, everything it started has ended before, or waits for
 * it to come back.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname as machineName, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { MeteError } from '../../base/errors.js';
import { type AccessOptions, createAccess } from '../../http/access.js';
import type { AgentInfo, AgentInfo as Info } from '../../protocol/framework.js';
import type { Attribute } from '../../resources/attributes.js';
import { attributesToMessages, resourcesToMessages } from '../../resources/message-form.js';
import { Resources } from '../../resources/resources.js';
import { createRealClock } from '../../runner/clock.js';
import { createLoggingLevel, raisedLog } from '../../telemetry/logging-level.js';
import { hostPort, type Listener, type Transport, type TransportLimits } from '../../transport/transport.js';
import { canSwitchUser } from '../../containers/users.js';
import { type MasterWatch, watchAddress } from '../../ha/master-watch.js';
import type { AgentConfig } from '../core/config.js';
import { createAgent } from '../core/create.js';
import { type AgentState, waitingContainers } from '../core/state.js';
import { driveAgent, type AgentDriver, type Exit, type LogFunction, type StopMode } from './drive-agent.js';
import { type Door, listenAgain } from './agent-door.js';
import type { Leftovers } from './executors.js';
import { findLeftovers, forgetRun, type FormerRun, idToComeBackWith } from './former-run.js';
import { openFormerRun, readBootId, type Recover, withoutRun } from './former-run.js';
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
  /**
   * `host:port` of the master, or `file://` and the path of a file that holds that; or what tells who leads, which
   * whoever gives it closes.
   */
  readonly master: string | MasterWatch;
  readonly workDir: string;
  /** What it has; what is not named is found out. Of what is named there may be none (`cpus:0`). */
  readonly resources?: Resources | NamedResources;
  readonly attributes?: readonly Attribute[];
  readonly domain?: Info['domain'];
  readonly transport: Transport;
  /** By which links to the master are opened, if not by the same. */
  readonly transportToMaster?: Transport;
  /** Who may do what over HTTP, and whether executors must prove who they are; absent: everybody everything. */
  readonly access?: AccessOptions;
  readonly limits?: Partial<TransportLimits>;
  /** How to start this program; executors are started with it. */
  readonly program: Program;
  /** More for the core: time-outs, bounds, executorEnvironment, capabilities. `version` is that of Mesos it speaks. */
  readonly core: Omit<AgentConfig, 'agentInfo' | 'resources' | 'workDir' | 'seed' | 'endpoint' | 'startMs' | 'recover'>;
  /** What becomes of what a former run has left; `reconnect` if absent. */
  readonly recover?: Recover;
  /** A checkpoint of which a part is damaged is refused (the default), or that part is left out. */
  readonly strict?: boolean;
  /** Version of this program. */
  readonly version: string;
  /** The log as a file, which can then be read over HTTP as `/slave/log`. */
  readonly logFile?: string | undefined;
  readonly log: LogFunction;
  /** The core threw: a defect; the process should end. */
  readonly onDefect: (error: unknown) => void;
  /** The run of the machine; asked of the system if absent. */
  readonly bootId?: string;
  /** Called before each step of a turn, for tests that stop there. */
  readonly onStep?: (step: string) => void;
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
   * Ends the agent; resolves when it has ended. Executors are asked to end, then killed (`end`, the default; with
   * `unregister` the master learns that the agent does not come back), or those of checkpointing frameworks live on and
   * wait for it (`leave`).
   */
  close(how?: StopMode): Promise<void>;
}

/** How much longer than its executors' grace period the core may take to end. */
const MARGIN_MS = 5000;
/** The exit code of an agent that cannot go on. */
const FAILED = 70;

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

function watchOf(master: string | MasterWatch): MasterWatch {
  return typeof master === 'string' ? watchAddress(readMaster(master)) : master;
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
    recover: options.recover === 'cleanup' ? 'cleanup' : 'reconnect',
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
function withFormerId(config: AgentConfig, former: FormerRun, options: AgentOptions): AgentConfig {
  const { agentInfo, reconfigurationPolicy = 'equal' } = config;
  const info = { ...agentInfo, resources: resourcesToMessages(config.resources) };
  const id =
    options.recover === 'cleanup'
      ? former.recovered.agentInfo?.id
      : idToComeBackWith(former, reconfigurationPolicy, info, takesAnyPort(options));
  if (id === null || id === undefined) return config;
  options.log('info', 'coming back under the former id', { agentId: id });
  return { ...config, agentInfo: { ...agentInfo, id } };
}

/**
 * Starts an agent and resolves when it listens. The signal SIGUSR1 makes it unregister and end, as in Mesos.
 * Throws MeteError: ADDRESS_IN_USE; ALREADY_EXISTS if another agent has the work directory; INVALID_ARGUMENT, also for
 * an agent that may not come back as what it is now; CHECKPOINT_… for what a former run has written down.
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  if (typeof options.master === 'string') readMaster(options.master);
  const workDir = prepareWorkDir(options.workDir, options.program);
  const lock = lockWorkDir(workDir.path, workDir.metaDirectory);
  try {
    const { strict = true, bootId = readBootId(), log } = options;
    const damage = (error: string): void => log('error', 'a part of the checkpoint is left out', { error });
    const former = await openFormerRun(workDir.metaDirectory, { strict, bootId, damage });
    try {
      return await startIn(workDir, former, lock, options);
    } catch (error) {
      await former.store.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Decides what of the former run is taken up, and makes the state with it. */
async function recoverState(config: AgentConfig, former: FormerRun, options: AgentOptions): Promise<AgentState> {
  const { recovered, store } = former;
  if (options.recover === 'none') {
    await forgetRun(store);
    return createAgent(config, withoutRun(recovered));
  }
  const named = withFormerId(config, former, options);
  if (named.agentInfo.id !== undefined) return createAgent(named, recovered);
  if (recovered.agentInfo === null) return createAgent(named, recovered);
  options.log('warn', 'the agent has changed while the machine was down: it registers as a new one', {
    former: recovered.agentInfo.id,
  });
  await forgetRun(store);
  return createAgent(named, withoutRun(recovered));
}

/** The state to start with, and what is left of the executors in it. */
async function recover(
  config: AgentConfig,
  former: FormerRun,
  options: AgentOptions,
): Promise<{ state: AgentState; leftovers: Leftovers }> {
  const state = await recoverState(config, former, options);
  return { state, leftovers: await findLeftovers(state, former, join(config.workDir, 'slaves')) };
}

async function startIn(
  workDir: WorkDir,
  former: FormerRun,
  lock: WorkDirLock,
  options: AgentOptions,
): Promise<RunningAgent> {
  const { transport, limits, version, logFile } = options;
  const level = createLoggingLevel(options.log);
  const log = raisedLog(options.log, () => level.current);
  const master = watchOf(options.master);
  const door: Door = {};
  const onFault = (error: unknown): void => log('error', 'a handler failed', { error: textOf(error) });
  const listener = await listenAgain(options, former, door, onFault);
  const clock = createRealClock();
  const config = configOf(options, listener.port, workDir.path, workDir.cacheDirectory, clock.nowMs());
  const { state, leftovers } = await recover(config, former, options).catch(async (error: unknown) => {
    await listener.close('the agent does not start');
    throw error;
  });
  let exit!: (exit: Exit) => void;
  const exited = new Promise<Exit>((resolve) => (exit = resolve));
  const driver = driveAgent({
    state,
    clock,
    transport: options.transportToMaster ?? transport,
    tokenKey: options.access?.tokenKey,
    ...(limits === undefined ? {} : { limits }),
    workDir,
    log,
    store: former.store,
    onStoreFailure: (error) => exit(endWithoutStore(state, error)),
    onStep: options.onStep,
    onExit: exit,
    onDefect: options.onDefect,
  });
  door.driver = driver;
  const nowMs = (): number => clock.nowMs();
  const access = createAccess({ of: 'agent', ...options.access });
  const where = { workDir: workDir.path, logFile };
  door.routes = createRoutes({ state, driver, nowMs, version, ...where, access, level, log, onFault });
  driver.recover(leftovers);
  master.watch((address) => driver.detected(address));
  log('info', 'agent listens', { address: state.config.endpoint, resources: String(state.config.resources) });

  const unregister = (): void => driver.shutDown('unregister');
  process.on('SIGUSR1', unregister);
  const ended = exited.then(async (how) => {
    process.off('SIGUSR1', unregister);
    await clearUp(how, driver, listener, former, log);
    level.stop();
    lock.release();
    log('info', 'agent has ended', { reason: how.reason });
    return { reason: how.reason, code: how.code };
  });
  const graceMs = state.config.executorShutdownGracePeriodMs;
  return {
    address: hostPort(describeAgent(options, listener.port).ip, state.info.port ?? listener.port),
    workDir: workDir.path,
    ended,
    async close(how = 'end') {
      driver.shutDown(how);
      await atMost(graceMs + MARGIN_MS, exited);
      const keep = how === 'leave' ? waitingContainers(state) : [];
      exit({ reason: 'it did not end in time', code: 1, forGood: how === 'unregister', keep });
      await ended;
    },
  };
}

/** After the core has ended, or will not: whatever it left, but for executors that wait for the agent. */
async function clearUp(
  { forGood, keep }: Exit,
  driver: AgentDriver,
  listener: Listener,
  { store }: FormerRun,
  log: LogFunction,
): Promise<void> {
  if (keep.length > 0) log('info', 'executors live on and wait for the agent', { executors: keep.length });
  await driver.executors.destroyAll(new Set(keep));
  await listener.close('the agent ends');
  driver.stop();
  try {
    if (forGood) await forgetRun(store);
    await store.close();
  } catch (error) {
    log('error', 'the checkpoint could not be closed', { file: store.path, error: textOf(error) });
  }
}

/** What cannot be written down must not be done: the agent ends, and its executors wait for it. */
function endWithoutStore(state: AgentState, error: unknown): Exit {
  return { reason: textOf(error), code: FAILED, forGood: false, keep: waitingContainers(state) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
