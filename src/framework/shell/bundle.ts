/**
 * Makes one file of a job: esbuild takes the user's module and everything it imports into one ESM text, whose default
 * export is the job and whose name is its SHA-256. The same file is loaded here (for `split`, `merge`, `finish`) and by
 * executors (for `run`). `mete` itself, which a job imports for `defineJob`, is replaced by the small pure part of it
 * that jobs need, so that no server is carried to agents.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type BuildFailure, type Message, type Plugin } from 'esbuild';
import { MeteError } from '../../base/errors.js';
import type { AnyJob } from '../../jobs/job.js';
import { jobOf } from '../../jobs/job-module.js';

export interface JobBundle {
  readonly job: AnyJob;
  readonly sha256: string;
  readonly code: Uint8Array;
}

/** Jobs that come with mete, by name. */
const BUILT_IN: Readonly<Record<string, URL>> = {
  pi: new URL('../../jobs/pi.js', import.meta.url),
  wordcount: new URL('../../jobs/wordcount.js', import.meta.url),
};

/** What jobs get when they import `mete`. */
const DOOR = new URL('../../jobs/door.js', import.meta.url);

/** The largest bundle, in bytes. */
const MAX_CODE_BYTES = 64 * 1024 * 1024;

/** The path of a file of our own; among the sources it is TypeScript, in the package JavaScript, as this file is. */
function ownFile(url: URL): string {
  const path = fileURLToPath(url);
  return import.meta.url.endsWith('.ts') ? path.replace(/\.js$/, '.ts') : path;
}

/** The names of the jobs that come with mete. */
export function builtInJobs(): string[] {
  return Object.keys(BUILT_IN);
}

/** The module of a job: that of a built-in one by its name, else the file. Throws MeteError INVALID_ARGUMENT. */
export function jobPath(job: string): string {
  if (Object.hasOwn(BUILT_IN, job)) return ownFile(BUILT_IN[job]!);
  const path = resolve(job);
  if (existsSync(path)) return path;
  const mend = `give one of ${builtInJobs().join(', ')}, or the path of a module`;
  throw refusal(job, 'there is neither a job nor a file of this name', mend);
}

/** Bundles a job and loads the bundle, which is written into `directory`. Throws MeteError INVALID_ARGUMENT. */
export async function bundleJob(job: string, directory: string): Promise<JobBundle> {
  const path = jobPath(job);
  const code = await bundleModule(path);
  if (code.length > MAX_CODE_BYTES) {
    const reason = `its bundle has ${code.length} bytes, more than ${MAX_CODE_BYTES}`;
    throw refusal(job, reason, 'read data as inputs instead');
  }
  const sha256 = createHash('sha256').update(code).digest('hex');
  const file = join(directory, `${sha256}.mjs`);
  await writeFile(file, code);
  return { job: await load(file, job), sha256, code };
}

async function bundleModule(path: string): Promise<Uint8Array> {
  // The job is the default export, or the module itself: executors then find it in one place.
  const contents = `import * as module from ${JSON.stringify(path)}; export default module['default'] ?? module;`;
  try {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: process.cwd(), loader: 'js' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      write: false,
      logLevel: 'silent',
      legalComments: 'none',
      plugins: [OWN_IMPORTS],
      banner: { js: REQUIRE_FOR_CJS },
    });
    return outputFiles[0]!.contents;
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors === undefined) throw error;
    throw refusal(path, `it cannot be bundled: ${errors.slice(0, 3).map(messageText).join('; ')}`, 'mend the module');
  }
}

/** Modules in CommonJS call `require` for what Node brings; ESM has none. */
const REQUIRE_FOR_CJS =
  "import { createRequire as meteCreateRequire } from 'node:module';" +
  'const require = meteCreateRequire(import.meta.url);';

const OWN_IMPORTS: Plugin = {
  name: 'mete',
  setup(set) {
    set.onResolve({ filter: /^mete(\/jobs)?$/ }, () => ({ path: ownFile(DOOR) }));
  },
};

function messageText({ text, location }: Message): string {
  return location === null ? text : `${location.file}:${location.line}: ${text}`;
}

async function load(file: string, job: string): Promise<AnyJob> {
  let exports: unknown;
  try {
    exports = await import(pathToFileURL(file).href);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw refusal(job, `it threw when it was loaded: ${said}`, 'mend it', cause);
  }
  return jobOf(exports, job);
}

function refusal(value: string, reason: string, mend: string, cause?: unknown): MeteError {
  return new MeteError('INVALID_ARGUMENT', { field: 'job', value, reason, mend, cause });
}
