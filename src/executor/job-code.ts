/**
 * The code of jobs on this machine: one file for each bundle, named by its hash. What is fetched is checked against the
 * hash before it gets that name, in one step, so a file of that name is right; it is checked again when an executor
 * first uses it, since others may write to the directory.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MeteError } from '../base/errors.js';
import type { JobCode } from '../jobs/job-task.js';
import { ask, readBody } from './http-client.js';

/** The largest bundle. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface JobCodeCache {
  /** Path of the bundle of a job. Rejects with MeteError NOT_AVAILABLE. */
  path(job: JobCode): Promise<string>;
}

function isRight(bytes: Uint8Array, job: JobCode): boolean {
  return bytes.length === job.bytes && createHash('sha256').update(bytes).digest('hex') === job.sha256;
}

async function fetchCode(job: JobCode): Promise<Buffer> {
  const bytes = await ask({ method: 'GET', url: job.url }, (answer) => readBody(answer, MOST_BYTES));
  if (isRight(bytes, job)) return bytes;
  throw new MeteError('NOT_AVAILABLE', {
    field: 'job.url',
    value: job.url,
    reason: 'what it gives has not the hash of the job',
    mend: 'see that the framework serves the code under its hash, unchanged',
  });
}

async function store(directory: string, job: JobCode): Promise<string> {
  const path = join(directory, `${job.sha256}.mjs`);
  const found = await readFile(path).catch(() => null);
  if (found !== null && isRight(found, job)) return path;
  const bytes = await fetchCode(job);
  await mkdir(directory, { recursive: true });
  const fresh = join(directory, `.${job.sha256}.${process.pid}`);
  try {
    await writeFile(fresh, bytes, { mode: 0o644 });
    await rename(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
  return path;
}

export function createJobCodeCache(directory: string): JobCodeCache {
  const known = new Map<string, Promise<string>>();
  return {
    path: (job) => {
      let path = known.get(job.sha256);
      if (path === undefined) {
        path = store(directory, job);
        known.set(job.sha256, path);
        path.catch(() => known.delete(job.sha256));
      }
      return path;
    },
  };
}
