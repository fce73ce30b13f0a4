/**
 * What runs in a worker thread: unpacks a task, loads its job (once for each thread), runs it, packs what it gives. It
 * never throws: whatever goes wrong in a job, thrown values of any kind included, comes back as a text.
 */
import { createHash } from 'node:crypto';
import { setPriority } from 'node:os';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { createHttpClient, type HttpClient } from '../http/client.js';
import type { AnyJob, RunContext } from '../jobs/job.js';
import { checkJobTask, INLINE_RESULT_BYTES, type JobTask, type TaskResult } from '../jobs/job-task.js';
import { pack, unpack } from '../protocol/pack.js';
import { offerCollector } from './heap-probe.js';
import { retrying } from './retry.js';
import { openInputs, type Inputs } from './worker-inputs.js';
import { cellsOf, type WorkerMessage, type WorkerSetup } from './worker-protocol.js';
import type { WorkOutcome, WorkRequest } from './worker-protocol.js';

/** Enough to give way, little against other programs of the machine. */
const WORKER_NICENESS = 5;

offerCollector();
yieldToControl();

/**
 * Computing waits for talking: on Linux a thread has a priority of its own, and with a lower one here the messages of
 * master, agent and executor do not wait behind jobs that fill all processors. Elsewhere it would be the process'.
 */
function yieldToControl(): void {
  if (process.platform === 'linux') setPriority(WORKER_NICENESS);
}

let http: HttpClient | null = null;
const loaded = new Map<string, Promise<AnyJob>>();

/** Lines of a stack that are told. */
const STACK_LINES = 6;

/** Piscina hands its own workers' data as a pair; ours is what was given to the pool. */
const cells = cellsOf((workerData as WorkerSetup).shared);

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

async function load(path: string): Promise<AnyJob> {
  const module = (await import(pathToFileURL(path).href)) as { default?: AnyJob };
  const job = module.default;
  if (typeof job?.run !== 'function') throw new Error('the code of the job has no default export with a function run');
  return job;
}

function jobAt(path: string): Promise<AnyJob> {
  let job = loaded.get(path);
  if (job === undefined) {
    job = load(path);
    loaded.set(path, job);
  }
  return job;
}

/** A text for anything that can be thrown. */
function describe(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return (thrown.stack ?? String(thrown)).split('\n').slice(0, STACK_LINES).join('\n');
    return `it threw ${inspect(thrown, { depth: 2, breakLength: Infinity })}`;
  } catch {
    return 'it threw a value that cannot be shown';
  }
}

async function resultOf(task: JobTask, part: unknown, runMs: number): Promise<Uint8Array> {
  const bytes = pack(part);
  if (bytes.length <= INLINE_RESULT_BYTES) return pack({ type: 'inline', part, runMs } satisfies TaskResult);
  http ??= createHttpClient({ maxConnections: 1 });
  const client = http;
  await retrying(() => client.put(task.resultUrl, bytes));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return pack({ type: 'stored', sha256, bytes: bytes.length, runMs } satisfies TaskResult);
}

/** The function that the pool calls. */
export default async function runWork(request: WorkRequest): Promise<WorkOutcome> {
  let inputs: Inputs | null = null;
  try {
    const task = checkJobTask(unpack(request.data));
    const job = await jobAt(request.codePath);
    inputs = openInputs(task.inputs, post);
    const { read } = inputs;
    const context: RunContext<never> = {
      options: task.options as never,
      read,
      progress: (doneUnits) => {
        cells.doneUnits[0] = doneUnits;
      },
      get cancelled() {
        return Atomics.load(cells.cancelled, 0) !== 0;
      },
    };
    const startMs = performance.now();
    const part = await job.run(task.piece, context);
    return { ok: true, data: await resultOf(task, part, performance.now() - startMs) };
  } catch (thrown) {
    return { ok: false, message: describe(thrown) };
  } finally {
    inputs?.close();
  }
}
