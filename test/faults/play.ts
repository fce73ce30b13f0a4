/**
 * A play: a cluster, a framework that witnesses, and one fault after the other, with a word count or π under way
 * during each. What must be true is checked after each fault and at the end.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOf, NOVEL, type Running, waitFor } from '../e2e/ground.js';
import { countedBySystem } from '../e2e/words.js';
import { mix32 } from '../../src/base/mix32.js';
import * as checks from './checks.js';
import { type FaultCluster, startFaultCluster } from './cluster.js';
import type { Fault } from './faults.js';
import { startWitness, type Witness } from './framework.js';

const LONG_TASKS = 6;
const COPIES = 100;
const PATIENCE_MS = 120_000;

interface Job {
  readonly running: Running;
  check(): Promise<void>;
}

const PI = ['pi', '--tasks', '40', '--points', '20000000', '--seed', '7'];

export interface Play {
  readonly cluster: FaultCluster;
  /** Makes a fault while a job runs, and checks that nothing was lost. */
  make(fault: Fault): Promise<void>;
  /** Ends the frameworks and checks that nothing is left of them; tells what there was. */
  finish(): Promise<string>;
  close(): Promise<void>;
}

/** Starts the cluster; all that is random comes from the seed. */
export async function startPlay(seed: number): Promise<Play> {
  const expected = countedBySystem([NOVEL], COPIES);
  const cluster = await startFaultCluster();
  let witness: Witness;
  let piExpected = '';
  try {
    witness = await startWitness([cluster.url], LONG_TASKS, 300);
    await checks.longTasksRun(witness, LONG_TASKS);
    piExpected = (await cluster.ground.succeed(['run', '--local', ...PI])).split(',')[0]!;
  } catch (error) {
    await cluster.close();
    throw error;
  }
  const idsAtFirst = (await cluster.agentViews()).map(({ id }) => id).sort();
  let drawn = 0;
  const pick = (count: number): number => mix32(mix32(seed) ^ mix32(++drawn)) % count;

  const startJob = (turn: number): Job => {
    const common = ['run', '--master', cluster.url, '--failover-timeout', '60secs'];
    if (turn % 2 === 1) {
      const running = cluster.ground.start([...common, ...PI]);
      return {
        running,
        check: async () => {
          const { code, stdout, stderr } = await endOf(running, 'π', PATIENCE_MS);
          assert.equal(code, 0, `${stdout}\n${stderr}`);
          assert.equal(stdout.split(',')[0], piExpected);
        },
      };
    }
    const out = join(mkdtempSync(join(cluster.ground.directory, 'count-')), 'counts.tsv');
    const flags = ['--copies', String(COPIES), '--out', out, '--input', NOVEL];
    const running = cluster.ground.start([...common, 'wordcount', ...flags]);
    return {
      running,
      check: async () => {
        const { code, stdout, stderr } = await endOf(running, 'the word count', PATIENCE_MS);
        assert.equal(code, 0, `${stdout}\n${stderr}`);
        assert.deepEqual(readFileSync(out), expected);
      },
    };
  };
  const jobRuns = async (): Promise<boolean> => (await cluster.state()).frameworks.some(({ name, tasks }) =>
    name !== 'witness' && tasks.some(({ state }) => state === 'TASK_RUNNING'));

  let turn = 0;
  return {
    cluster,
    make: async (fault) => {
      const before = checks.runningLong(witness);
      const executors = cluster.executors().map(({ pid }) => pid);
      const job = startJob(turn++);
      await waitFor('the job to run', async () => job.running.child.exitCode !== null || (await jobRuns()));
      await fault.act(cluster, pick);
      await cluster.restore();
      await job.check();
      await checks.longTasksRun(witness, LONG_TASKS);
      checks.checkStatuses(witness);
      if (!fault.sparesTasks) return;
      assert.deepEqual(checks.runningLong(witness), before, 'long tasks did not go on');
      const living = new Set(cluster.executors().map(({ pid }) => pid));
      const long = executors.filter((pid) => living.has(pid)).length;
      assert.ok(long >= LONG_TASKS, `${long} executors of ${executors.length} live on`);
    },
    finish: async () => {
      witness.rest();
      await checks.checkAgreement(cluster, witness);
      checks.checkStatuses(witness);
      const elections = checks.checkLeaders(cluster);
      await witness.stop();
      await checks.checkNothingHeld(cluster);
      await checks.checkRegistry(cluster, idsAtFirst);
      const all = [...witness.tasks.values()];
      const repeated = all.reduce((sum, { repetitions }) => sum + repetitions, 0);
      return `${all.length} tasks, ${repeated} statuses told again, ${elections} elections`;
    },
    close: async () => {
      witness.driver.stop();
      await cluster.close();
    },
  };
}
