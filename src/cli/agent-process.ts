/** `mete agent`: an agent from its configuration. */
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../agent/shell/start-agent.js';
import { MeteError } from '../base/errors.js';
import type { AgentConfiguration } from '../config/agent-settings.js';
import { printHostPort } from '../config/cluster-kinds.js';
import { loopbackWarning } from '../config/warnings.js';
import { MESOS_VERSION } from '../protocol/mesos-version.js';
import type { Logger } from '../telemetry/logger.js';
import { chooseTransport } from '../transport/choose-transport.js';
import { hostnameOf } from './hostname.js';
import { DEFAULT_MASTER } from './master-client.js';
import type { Service } from './service.js';
import type { Surroundings } from './surroundings.js';
import { packageVersion } from './version.js';

/** The one master an agent belongs to. Throws MeteError INVALID_ARGUMENT if several are named. */
function masterOf(masters: AgentConfiguration['master']): string {
  const [first, ...others] = masters ?? [];
  if (first === undefined) return DEFAULT_MASTER;
  if (others.length === 0) return printHostPort(first);
  throw new MeteError('INVALID_ARGUMENT', {
    field: '--master',
    value: masters?.map(printHostPort).join(','),
    reason: 'an agent belongs to one master',
    mend: 'name one',
  });
}

export async function startAgentProcess(
  config: AgentConfiguration,
  self: Surroundings['self'],
  logger: Logger,
): Promise<Service> {
  const { transport, reasons } = await chooseTransport(config.transport);
  if (reasons.length > 0) logger.log('warn', `no uWebSockets.js (${reasons.join('; ')}); ws takes over`);
  const master = masterOf(config.master);
  const warning = loopbackWarning('agent', config.ip);
  if (warning !== null) logger.log('warn', warning);
  let fail: (why: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => (fail = resolve));
  const agent = await startAgent({
    host: config.ip,
    port: config.port,
    advertise: { ip: config.advertiseIp, port: config.advertisePort, hostname: hostnameOf(config) },
    master,
    workDir: config.workDir ?? join(tmpdir(), `mete-agent-${userInfo().uid}`),
    ...(config.resources === undefined ? {} : { resources: config.resources }),
    attributes: config.attributes,
    transport,
    program: self,
    core: {
      version: MESOS_VERSION,
      executorEnvironment: config.executorEnvironmentVariables,
      switchUser: config.switchUser,
      executorRegistrationTimeoutMs: config.executorRegistrationTimeoutMs,
      executorShutdownGracePeriodMs: config.executorShutdownGracePeriodMs,
      statusUpdateRetryMinMs: config.statusUpdateRetryMinMs,
      statusUpdateRetryMaxMs: config.statusUpdateRetryMaxMs,
      registrationBackoffMs: config.registrationBackoffFactorMs,
      maxCompletedFrameworks: config.maxCompletedFrameworks,
      maxCompletedExecutorsPerFramework: config.maxCompletedExecutorsPerFramework,
      maxCompletedTasksPerExecutor: config.maxCompletedTasksPerExecutor,
      reconfigurationPolicy: config.reconfigurationPolicy,
    },
    version: packageVersion(),
    logFile: config.logFile,
    log: (level, text, fields) => logger.log(level, text, fields),
    onDefect: (error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      logger.log('error', 'the agent has a defect and ends', { error: text });
      fail('a defect');
    },
  });
  return { address: agent.address, ended: Promise.race([agent.ended, failed]), close: () => agent.close() };
}
