/**
 * `mete master`, `mete agent`, `mete executor`, `mete up`: the long-running processes. Each loads only what it needs,
 * so that executors, of which there are many, start fast.
 */
import type { Command } from 'commander';
import { AGENT_SETTINGS } from '../../config/agent-settings.js';
import { MASTER_SETTINGS } from '../../config/master-settings.js';
import { UP_SETTINGS } from '../../config/up-settings.js';
import { createLogger } from '../../telemetry/logger.js';
import { engineOf } from '../engine-flags.js';
import { serve } from '../service.js';
import { configOf, withSettings } from '../settings-flags.js';
import type { Surroundings } from '../surroundings.js';

type Flags = Readonly<Record<string, unknown>>;
type Done = (code: number) => void;

async function runMaster(flags: Flags, surroundings: Surroundings): Promise<number> {
  const config = configOf(MASTER_SETTINGS, flags, surroundings);
  const logger = createLogger('master', config);
  const { startMasterProcess } = await import('../master-process.js');
  const service = await startMasterProcess(config, engineOf(config.engine, surroundings), logger);
  surroundings.out(`mete master on http://${service.address}`);
  return serve(service, (line) => logger.log('info', line));
}

async function runAgent(flags: Flags, surroundings: Surroundings): Promise<number> {
  const config = configOf(AGENT_SETTINGS, flags, surroundings);
  const logger = createLogger('agent', config);
  const { startAgentProcess } = await import('../agent-process.js');
  const service = await startAgentProcess(config, surroundings.self, logger);
  surroundings.out(`mete agent on http://${service.address}`);
  return serve(service, (line) => logger.log('info', line));
}

async function runUp(flags: Flags, surroundings: Surroundings): Promise<number> {
  const config = configOf(UP_SETTINGS, flags, surroundings);
  const { startUp } = await import('../up.js');
  const cluster = await startUp(config, surroundings);
  return serve(cluster, surroundings.out);
}

export function addServiceCommands(program: Command, surroundings: Surroundings, done: Done): void {
  withSettings(program.command('up'), UP_SETTINGS)
    .description('start a cluster on this machine: a master and agents; Ctrl-C ends it')
    .action(async (flags: Flags) => done(await runUp(flags, surroundings)));
  withSettings(program.command('master'), MASTER_SETTINGS)
    .description('run a master: it offers the resources of agents to frameworks')
    .action(async (flags: Flags) => done(await runMaster(flags, surroundings)));
  withSettings(program.command('agent'), AGENT_SETTINGS)
    .description('run an agent: it offers the resources of a machine and runs executors there')
    .action(async (flags: Flags) => done(await runAgent(flags, surroundings)));
  program
    .command('executor')
    .description('run the built-in executor; agents start it, with the MESOS_… environment')
    .option('--jobs', 'start a worker thread at once: the tasks will be jobs')
    .action(async ({ jobs = false }: { jobs?: boolean }) => {
      const { runExecutor } = await import('../../executor/run-executor.js');
      done(await runExecutor(process.env, { forJobs: jobs }));
    });
}
