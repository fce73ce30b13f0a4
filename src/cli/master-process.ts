/** `mete master`: a master from its configuration. */
import { configTexts } from '../config/config.js';
import { MASTER_SETTINGS, type MasterConfiguration } from '../config/master-settings.js';
import { loopbackWarning } from '../config/warnings.js';
import type { ChosenEngine } from '../engine/create-engine.js';
import { openElection, type OpenElection } from '../ha/open-election.js';
import type { MasterOptions } from '../master/shell/start-master.js';
import { startMaster } from '../master/shell/start-master.js';
import type { Logger } from '../telemetry/logger.js';
import { chooseTransport } from '../transport/choose-transport.js';
import { masterAccess } from './access-options.js';
import { hostnameOf } from './hostname.js';
import { registrarOpener } from './open-registry.js';
import type { Service } from './service.js';
import { packageVersion } from './version.js';

/** An object without the fields that are undefined. */
function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function allocatorOptions(config: MasterConfiguration): MasterOptions['allocator'] {
  const { offerConstraintsRe2MaxProgramSize } = config;
  return {
    allocationIntervalMs: config.allocationIntervalMs,
    minAllocatable: config.minAllocatableResources,
    fairSharingExcludedResourceNames: config.fairSharingExcludedResourceNames,
    filterGpuResources: config.filterGpuResources,
    roleSorter: config.roleSorter,
    frameworkSorter: config.frameworkSorter,
    domain: config.domain ?? null,
    agentRecoveryFactor: config.agentRecoveryFactor,
    recoveryTimeoutMs: config.allocatorRecoveryTimeoutMs,
    offerConstraintLimits: { re2MaxProgramSize: offerConstraintsRe2MaxProgramSize },
  };
}

function coreOptions(config: MasterConfiguration): MasterOptions['core'] {
  return defined({
    offerTimeoutMs: config.offerTimeoutMs,
    reofferIntervalMs: config.reofferIntervalMs,
    roles: config.roles,
    weights: config.weights,
    rootSubmissions: config.rootSubmissions,
    acls: config.acls,
    authenticateFrameworks: config.authenticateFrameworks,
    authenticateAgents: config.authenticateAgents,
    agentPingTimeoutMs: config.agentPingTimeoutMs,
    maxAgentPingTimeouts: config.maxAgentPingTimeouts,
    agentReregisterTimeoutMs: config.agentReregisterTimeoutMs,
    agentRemovalRate: config.agentRemovalRate,
    recoveryAgentRemovalLimit: config.recoveryAgentRemovalLimit,
    registryGcIntervalMs: config.registryGcIntervalMs,
    registryMaxAgentAgeMs: config.registryMaxAgentAgeMs,
    registryMaxAgentCount: config.registryMaxAgentCount,
    maxExecutorsPerAgent: config.maxExecutorsPerAgent,
    requireAgentDomain: config.requireAgentDomain,
    cluster: config.cluster,
    maxCompletedFrameworks: config.maxCompletedFrameworks,
    maxCompletedTasksPerFramework: config.maxCompletedTasksPerFramework,
    maxUnreachableTasksPerFramework: config.maxUnreachableTasksPerFramework,
    heartbeatIntervalMs: config.heartbeatIntervalMs,
    flags: configTexts(MASTER_SETTINGS, config),
  });
}

/** The election that the settings name; null for a master that is alone. */
async function electionOf(config: MasterConfiguration, log: Logger['log']): Promise<OpenElection | null> {
  const { zk: url, zkSessionTimeoutMs: sessionTimeoutMs, quorum } = config;
  if (url === undefined) return null;
  if (quorum !== undefined) log('info', '--quorum is not needed: the servers of --zk have their own', { quorum });
  return openElection({ url, sessionTimeoutMs, log });
}

/** Starts a master. `defect` is called once if its core fails; the process should end then. */
export async function startMasterProcess(
  config: MasterConfiguration,
  engine: ChosenEngine,
  logger: Logger,
): Promise<Service> {
  const { transport, reasons } = await chooseTransport(config.transport);
  if (reasons.length > 0) logger.log('warn', `no uWebSockets.js (${reasons.join('; ')}); ws takes over`);
  const warning = loopbackWarning('master', config.ip);
  if (warning !== null) logger.log('warn', warning);
  const log: Logger['log'] = (level, text, fields) => logger.log(level, text, fields);
  const opened = await electionOf(config, log);
  let fail: (why: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => (fail = resolve));
  const master = await startMaster({
    host: config.ip,
    port: config.port,
    advertise: { ip: config.advertiseIp, port: config.advertisePort, hostname: hostnameOf(config) },
    transport,
    engine: engine.factory,
    allocator: allocatorOptions(config),
    core: coreOptions(config),
    version: packageVersion(),
    journal: config.journal,
    logFile: config.logFile,
    access: masterAccess(config, (text) => log('warn', text)),
    authenticationTimeoutMs: config.authenticationTimeoutMs,
    ...(opened === null ? {} : { election: opened.election }),
    openRegistrar: registrarOpener(config, opened, log),
    maxSubscribers: config.maxOperatorEventStreamSubscribers,
    ...(config.whitelist === undefined ? {} : { whitelist: config.whitelist }),
    log,
    // At once: a master that does not lead any more must not even say goodbye.
    onExit: (reason, code) => {
      log('error', reason);
      process.exit(code);
    },
    onDefect: (error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      logger.log('error', 'the master has a defect and ends', { error: text });
      fail('a defect');
    },
  });
  return { address: master.address, ended, close: () => master.close() };
}
