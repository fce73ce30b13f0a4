/** `mete up`: a cluster on this machine, with what each agent offers. */
import { tmpdir } from 'node:os';
import { detectedResources, readMachine } from '../agent/shell/resources.js';
import type { UpConfiguration } from '../config/up-settings.js';
import { parseResources } from '../resources/parse-text.js';
import type { Resources } from '../resources/resources.js';
import { type LocalCluster, startLocalCluster } from './local-cluster.js';
import type { Service } from './service.js';
import type { Surroundings } from './surroundings.js';

const FIRST_PORT = 31_000;
const PORTS = 1000;

/**
 * What one of `agents` agents on this machine offers: its share of processors, memory and disk, and ports of its own.
 * An agent has at least one whole cpu, since less than that is of little use.
 */
export function shareOfMachine(agents: number, index: number, whole: Readonly<Record<string, string>>): Resources {
  const cpus = Math.max(1, Math.floor(Number(whole['cpus']) / agents));
  const mem = Math.floor(Number(whole['mem']) / agents);
  const disk = Math.floor(Number(whole['disk']) / agents);
  const ports = Math.max(1, Math.floor(PORTS / agents));
  const first = FIRST_PORT + index * ports;
  return parseResources(`cpus:${cpus};mem:${mem};disk:${disk};ports:[${first}-${first + ports - 1}]`);
}

export type UpOptions = Pick<
  UpConfiguration,
  'agents' | 'resources' | 'port' | 'workDir' | 'engine' | 'transport' | 'logLevel'
> & { readonly ip?: string };

/** Starts the cluster; `master` of what it gives is the address to use. Throws MeteError UNAVAILABLE. */
export async function startCluster(options: UpOptions, surroundings: Surroundings): Promise<LocalCluster> {
  const whole = detectedResources(readMachine(options.workDir ?? tmpdir()));
  const common = ['--transport', options.transport, '--log-level', options.logLevel];
  return startLocalCluster({
    agents: options.agents,
    ip: options.ip ?? '127.0.0.1',
    port: options.port,
    resourcesOf: (index) => (options.resources ?? shareOfMachine(options.agents, index, whole)).toString(),
    masterFlags: [...common, '--engine', options.engine],
    agentFlags: common,
    workDir: options.workDir,
    self: surroundings.self,
  });
}

/** Starts the cluster as a service and says what is there. */
export async function startUp(config: UpConfiguration, surroundings: Surroundings): Promise<Service> {
  const cluster = await startCluster(config, surroundings);
  const { out } = surroundings;
  out(`mete master on http://${cluster.master}, ${config.agents} agents; logs and sandboxes in ${cluster.workDir}`);
  out(`try: mete run pi --master ${cluster.master}    Ctrl-C ends the cluster`);
  return { address: cluster.master, ended: cluster.broken, close: () => cluster.close() };
}
