/** `mete agent`: an agent from its configuration. */
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../agent/shell/start-agent.js';
import { MeteError } from '../base/errors.js';
import type { AgentConfiguration } from '../config/agent-settings.js';
import { printHostPort } from '../config/cluster-kinds.js';
import { type MasterWatch, watchAddress, watchElection } from '../ha/master-watch.js';
import { loopbackWarning } from '../config/warnings.js';
import { MESOS_VERSION } from '../protocol/mesos-version.js';
import type { Logger } from '../telemetry/logger.js';
import { chooseTransport } from '../transport/choose-transport.js';
import { agentAccess, transportToMaster } from './access-options.js';
import { hostnameOf } from './hostname.js';
import { DEFAULT_MASTER } from './master-client.js';
import type { Service } from './service.js';
import type { Surroundings } from './surroundings.js';
import { packageVersion } from './version.js';

/** Which master an agent belongs to. Throws MeteError INVALID_ARGUMENT if several are named. */
async function masterOf(config: AgentConfiguration, log: Logger['log']): Promise<MasterWatch> {
  const { master: place, zkSessionTimeoutMs } = config;
  if (place === undefined) return watchAddress(DEFAULT_MASTER);
  if (place.type === 'election') return watchElection(place.url, zkSessionTimeoutMs, log);
  const [first, ...others] = place.addresses;
  if (others.length === 0) return watchAddress(printHostPort(first!));
  throw new MeteError('INVALID_ARGUMENT', {
    field: '--master',
    value: place.addresses.map(printHostPort).join(','),
    reason: 'an agent belongs to one master',
    mend: 'name one, or the servers that elect it: zk://host:2181/path',
  });
}

export async function startAgentProcess(
  config: AgentConfiguration,
  self: Surroundings['self'],
  logger: Logger,
): Promise<Service> {
  const { transport, reasons } = await chooseTransport(config.transport);
  if (reasons.length > 0) logger.log('warn', `no uWebSockets.js (${reasons.join('; ')}); ws takes over`);
  const log: Logger['log'] = (level, text, fields) => logger.log(level, text, fields);
  const warn = (text: string): void => log('warn', text);
  const master = await masterOf(config, log);
  const warning = loopbackWarning('agent', config.ip);
  if (warning !== null) logger.log('warn', warning);
  let fail: (why: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => (fail = resolve));
  const starting = startAgent({
    host: config.ip,
    port: config.port,
    advertise: { ip: config.advertiseIp, port: config.advertisePort, hostname: hostnameOf(config) },
    master,
    workDir: config.workDir ?? join(tmpdir(), `mete-agent-${userInfo().uid}`),
    ...(config.resources === undefined ? {} : { resources: config.resources }),
    attributes: config.attributes,
    transport,
    transportToMaster: transportToMaster(transport, config, warn),
    access: agentAccess(config, warn),
    program: self,
    core: {
      version: MESOS_VERSION,
      executorEnvironment: config.executorEnvironmentVariables,
      switchUser: config.switchUser,
      executorRegistrationTimeoutMs: config.executorRegistrationTimeoutMs,
      executorReregistrationTimeoutMs: config.executorReregistrationTimeoutMs,
      executorShutdownGracePeriodMs: config.executorShutdownGracePeriodMs,
      recoveryTimeoutMs: config.recoveryTimeoutMs,
      statusUpdateRetryMinMs: config.statusUpdateRetryMinMs,
      statusUpdateRetryMaxMs: config.statusUpdateRetryMaxMs,
      registrationBackoffMs: config.registrationBackoffFactorMs,
      maxCompletedFrameworks: config.maxCompletedFrameworks,
      maxCompletedExecutorsPerFramework: config.maxCompletedExecutorsPerFramework,
      maxCompletedTasksPerExecutor: config.maxCompletedTasksPerExecutor,
      reconfigurationPolicy: config.reconfigurationPolicy,
    },
    recover: config.recover,
    strict: config.strict,
    version: packageVersion(),
    logFile: config.logFile,
    log,
    onDefect: (error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      logger.log('error', 'the agent has a defect and ends', { error: text });
      fail('a defect');
    },
  });
  starting.catch(() => master.close());
  const agent = await starting;
  // One that a launcher has started leaves nothing; others may be on their way to be started again.
  const how = process.send === undefined ? 'leave' : 'end';
  const close = async (): Promise<void> => {
    await agent.close(how);
    await master.close();
  };
  return { address: agent.address, ended: Promise.race([agent.ended, failed]), close };
}
