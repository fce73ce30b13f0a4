/** `mete run JOB --describe`: what a job is and which options it takes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleJob } from '../framework/shell/bundle.js';
import type { AnyJob } from '../jobs/job.js';

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function describe(job: AnyJob): string {
  const needs = `a task needs ${job.needs.cpus} cpus and ${job.needs.memMb} MB`;
  const lines = [`${job.name}: ${job.about ?? 'a job'}`, needs];
  if (job.takesInput === true) lines.push('it works on files: --input');
  for (const [name, option] of Object.entries(job.options ?? {})) {
    const form = option.type === 'flag' ? '' : ` <${option.type}>`;
    const fallback = option.type === 'flag' || option.default === '' ? '' : ` (default: ${option.default})`;
    lines.push(`  ${`${flagOf(name)}${form}`.padEnd(24)} ${option.about}${fallback}`);
  }
  return lines.join('\n');
}

/** Throws MeteError INVALID_ARGUMENT if there is no such job or its module is not one. */
export async function describeJob(job: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'mete-job-'));
  try {
    return describe((await bundleJob(job, directory)).job);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
