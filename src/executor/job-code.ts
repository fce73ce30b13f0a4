/**
 * The code of jobs on this machine: one file for each bundle, named by its hash. What is fetched is checked against the
 * hash before it gets that name, in one step, so a file of that name is right; it is checked again when an executor
 * first uses it, since others may write to the directory.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HttpClient } from '../http/client.js';
import type { JobCode } from '../jobs/job-task.js';
import { retrying } from './retry.js';

export interface JobCodeCache {
  /** Path of the bundle of a job. Rejects with MeteError if it cannot be fetched, or is not what was announced. */
  path(job: JobCode): Promise<string>;
}

async function isThere(path: string, job: JobCode): Promise<boolean> {
  const bytes = await readFile(path).catch(() => null);
  return bytes !== null && createHash('sha256').update(bytes).digest('hex') === job.sha256;
}

async function store(directory: string, job: JobCode, http: HttpClient): Promise<string> {
  const path = join(directory, `${job.sha256}.mjs`);
  if (await isThere(path, job)) return path;
  await mkdir(directory, { recursive: true });
  await retrying(() => http.getFile(job.url, path, { maxBytes: job.bytes, sha256: job.sha256 }));
  return path;
}

export function createJobCodeCache(directory: string, http: HttpClient): JobCodeCache {
  const known = new Map<string, Promise<string>>();
  return {
    path: (job) => {
      let path = known.get(job.sha256);
      if (path === undefined) {
        path = store(directory, job, http);
        known.set(job.sha256, path);
        path.catch(() => known.delete(job.sha256));
      }
      return path;
    },
  };
}
