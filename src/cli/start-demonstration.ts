/**
 * `mete start`: the main job on this machine. A master and agents are started, two frameworks compete for their offers:
 * one computes π, the other counts the words of a novel. Their results are printed; the cluster stays up.
 */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../config/config.js';
import { RUN_SETTINGS } from '../config/run-settings.js';
import { UP_SETTINGS } from '../config/up-settings.js';
import type { JobOutcome } from '../framework/shell/job-outcome.js';
import { runJob } from '../framework/shell/run-job.js';
import { createJobProgress } from './job-progress.js';
import { jobOptions, type JobRequest, report } from './run-job.js';
import { untilStopped } from './service.js';
import { configOf } from './settings-flags.js';
import { ExitCode, type Surroundings } from './surroundings.js';
import { startCluster } from './up.js';

type Flags = Readonly<Record<string, unknown>>;

const COPIES = 50;

/** The novel in the package, which lies at the root above sources and compiled files alike. */
function novel(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, 'data', 'anna-karenina.txt');
}

const JOBS: readonly JobRequest[] = [
  { job: 'pi', options: { tasks: 20, points: 2_000_000 }, inputs: undefined, copies: undefined, out: undefined },
  { job: 'wordcount', options: { top: 10 }, inputs: [novel()], copies: COPIES, out: undefined },
];

async function runJobs(
  jobs: readonly JobRequest[],
  master: string,
  signal: AbortSignal,
  surroundings: Surroundings,
): Promise<JobOutcome[]> {
  const config = loadConfig(RUN_SETTINGS, {}, {}, undefined);
  const progress = createJobProgress(jobs.map(({ job }) => job), surroundings);
  try {
    return await Promise.all(
      jobs.map((request) =>
        runJob({
          ...jobOptions(request, config, [master]),
          signal,
          onProgress: (state) => progress.update(request.job, state),
        }),
      ),
    );
  } finally {
    progress.close();
  }
}

export async function startDemonstration(flags: Flags, surroundings: Surroundings): Promise<number> {
  const { once, ...settings } = flags;
  const config = configOf(UP_SETTINGS, settings, surroundings);
  const { out } = surroundings;
  const stop = new AbortController();
  const stopped = untilStopped().then((why) => {
    stop.abort();
    return why;
  });
  const cluster = await startCluster(config, surroundings);
  try {
    out(`A master on http://${cluster.master} and ${config.agents} agents are up.`);
    out(`Two frameworks compete for their offers: π from 20 × 2,000,000 points, and the words of ${COPIES} novels.\n`);
    const outcomes = await runJobs(JOBS, cluster.master, stop.signal, surroundings);
    let worst: number = ExitCode.OK;
    outcomes.forEach((outcome, i) => {
      worst = Math.max(worst, report(JOBS[i]!.job, outcome, surroundings));
      out('');
    });
    if (once === true || worst !== ExitCode.OK) return worst;
    out(`The cluster stays up at http://${cluster.master} (logs and sandboxes in ${cluster.workDir}); Ctrl-C ends it.`);
    const program = `node ${relative(process.cwd(), surroundings.self.args.at(-1) ?? 'mete')}`;
    out(`Try in another terminal:  ${program} agents    ${program} run pi    ${program} frameworks --watch`);
    out(`stopping: ${await Promise.race([stopped, cluster.broken])}`);
    return ExitCode.OK;
  } finally {
    await cluster.close();
  }
}
