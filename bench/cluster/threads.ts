/** Contenders `worker` and `threads`: the inner loop of π in bare worker threads, timed from when all are ready. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { compiled } from './compiled.js';
import { countInside } from '../../src/jobs/pi.js';

interface Share {
  readonly streams: readonly number[];
  readonly points: number;
}

/** Throws `points` of each stream in `threads` threads. Points inside of each stream, and milliseconds. */
export async function throwInThreads(
  streams: readonly number[],
  points: number,
  threads = availableParallelism(),
): Promise<{ inside: number; ms: number }> {
  const workers = Array.from({ length: threads }, (_, n) => {
    const share: Share = { streams: streams.filter((_stream, i) => i % threads === n), points };
    return new Worker(compiled('bench/cluster/threads.js'), { workerData: share, execArgv: [] });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const startMs = performance.now();
  const answers = workers.map((worker) => once(worker, 'message') as Promise<[number]>);
  for (const worker of workers) worker.postMessage('go');
  const counts = await Promise.all(answers);
  const ms = performance.now() - startMs;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { inside: counts.reduce((sum, [count]) => sum + count, 0), ms };
}

if (!isMainThread && parentPort !== null && (workerData as Partial<Share> | null)?.streams !== undefined) {
  const { streams, points } = workerData as Share;
  countInside(1, 0, 1000);
  parentPort.postMessage(0);
  parentPort.once('message', () => {
    let inside = 0;
    for (const stream of streams) inside += countInside(1, stream * points, (stream + 1) * points);
    parentPort!.postMessage(inside);
  });
}
