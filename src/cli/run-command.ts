/** `mete run`: one job on a cluster that is there, or with `--local` on one of its own. */
import { MeteError } from '../base/errors.js';
import { LOG_LEVELS } from '../config/common-settings.js';
import { loadConfig } from '../config/config.js';
import { RUN_SETTINGS, type RunConfiguration } from '../config/run-settings.js';
import { UP_SETTINGS } from '../config/up-settings.js';
import type { Masters } from '../framework/shell/master-source.js';
import { runJob } from '../framework/shell/run-job.js';
import { describeJob } from './describe-job.js';
import { createJobProgress } from './job-progress.js';
import { jobArguments } from './job-arguments.js';
import { DEFAULT_MASTER } from './master-client.js';
import { jobOptions, type JobRequest, report } from './run-job.js';
import { configOf } from './settings-flags.js';
import type { Surroundings } from './surroundings.js';
import { startCluster } from './up.js';

type Flags = Readonly<Record<string, unknown>>;

/** Flags of `run` that are no settings of the framework. */
function requestOf(job: string, rest: readonly string[], flags: Flags): JobRequest {
  const { input, copies, out } = flags;
  return {
    job,
    options: jobArguments(rest),
    inputs: input as string[] | undefined,
    copies: copies === undefined ? undefined : wholeNumber('--copies', copies),
    out: out as string | undefined,
  };
}

function wholeNumber(field: string, value: unknown): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 1_000_000) return number;
  throw new MeteError('INVALID_ARGUMENT', {
    field,
    value,
    reason: 'it is not a whole number from 1 to 1000000',
    mend: 'give one',
  });
}

/** The exit code of the job. */
export async function runCommand(
  job: string,
  rest: readonly string[],
  flags: Flags,
  surroundings: Surroundings,
): Promise<number> {
  if (rest.includes('--describe')) {
    surroundings.out(await describeJob(job));
    return 0;
  }
  const { input: _input, copies: _copies, out: _out, agents, resources, ...settings } = flags;
  const config = configOf(RUN_SETTINGS, settings, surroundings);
  const request = requestOf(job, rest, flags);
  if (!config.local) return runOn(config.master ?? [DEFAULT_MASTER], request, config, surroundings);
  const up = loadConfig(
    UP_SETTINGS,
    { agents, resources, port: 0, transport: config.transport, logLevel: config.logLevel },
    {},
    undefined,
  );
  const cluster = await startCluster(up, surroundings);
  try {
    return await runOn([cluster.master], request, config, surroundings);
  } finally {
    await cluster.close();
  }
}

/** Runs a job on a cluster; Ctrl-C cancels it. */
async function runOn(
  masters: Masters,
  request: JobRequest,
  config: RunConfiguration,
  surroundings: Surroundings,
): Promise<number> {
  const cancel = new AbortController();
  const onSignal = (): void => cancel.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const progress = createJobProgress([request.job], surroundings);
  try {
    const outcome = await runJob({
      ...jobOptions(request, config, masters, (text) => progress.say(`mete: ${text}`)),
      signal: cancel.signal,
      onProgress: (state) => progress.update(request.job, state),
      onLog: (level, text) => {
        if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(config.logLevel)) progress.say(`mete: ${text}`);
      },
    });
    progress.close();
    return report(request.job, outcome, surroundings);
  } finally {
    progress.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
