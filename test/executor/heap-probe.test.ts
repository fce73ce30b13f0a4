/** Asking worker threads for their memory while the asking thread is busy with timers of its own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createHeapProbe } from '../../src/executor/heap-probe.js';

const IDLE = "setInterval(() => {}, 1000); require('node:worker_threads').parentPort.postMessage('here')";
const ROUNDS = 250;
const ASKS = 5;
const BATCHES = 40;

/** Sets and clears timers of many times, so that Node's queue of them is being changed most of the time. */
function churn(): void {
  for (let batch = 0; batch < BATCHES; batch++) {
    const after = (i: number): number => 1e5 + ((batch * 7919 + i * 31) % 9973);
    const timers = Array.from({ length: 50 }, (_, i) => setTimeout(() => undefined, after(i)));
    timers.forEach(clearTimeout);
  }
}

test('answers of threads come while timers are set, and break none of them', async () => {
  const worker = new Worker(IDLE, { eval: true });
  await once(worker, 'message');
  const probe = createHeapProbe();
  try {
    while ((await probe.usedBytes(worker.threadId)) === null);
    const asked: Promise<number | null>[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (let ask = 0; ask < ASKS; ask++) asked.push(probe.usedBytes(worker.threadId));
      churn();
      await new Promise(setImmediate);
    }
    for (const used of await Promise.all(asked)) assert.ok(used === null || used > 0);
    assert.equal(await probe.usedBytes(worker.threadId + 1), null, 'of a thread that is not there');
  } finally {
    probe.close();
    await worker.terminate();
  }
});
