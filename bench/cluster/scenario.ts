/**
 * Jobs on a cluster of processes against the same code without one: word count against one thread, π against a bare
 * thread for each processor, and what a task costs that does nothing. Results are compared before a figure is shown.
 *
 * What is compared with what: each job on the cluster has executors of its own, whose threads have never run the code;
 * so the one thread has a figure for its first time too. `work` is the counting phase: it begins when the first task is
 * told to run and ends when the last result is merged; `job` begins with the first launch: executors start in it.
 */
import { fileURLToPath } from 'node:url';
import { ms, problem, us } from '../house/problem.js';
import type { Run } from '../house/run.js';
import { digestOfLines, setDesk } from '../wordcount/text.js';
import { countByWorker } from '../wordcount/worker.js';
import { play, startCluster } from './local.js';
import { throwInThreads } from './threads.js';

interface Load extends Record<string, number | string> {
  readonly job: string;
  /** Copies of the novel, points of each of 20 tasks, or tasks that do nothing. */
  readonly amount: number;
}

const PI_TASKS = 20;
const NO_OP = fileURLToPath(new URL(`./no-op${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

/** Times of one play. */
const TIMES = 3;

function wordsInOneThread(run: Run, copies: number): void {
  const desk = setDesk(copies);
  try {
    run.once('work, first time', () => countByWorker(desk));
    for (let time = 0; time < TIMES; time++) run.once('work', () => countByWorker(desk));
    run.see('result', digestOfLines(desk.out));
  } finally {
    desk.clear();
  }
}

async function piInThreads(run: Run, points: number): Promise<void> {
  const streams = Array.from({ length: PI_TASKS }, (_, i) => i);
  const { inside, ms: durationMs } = await throwInThreads(streams, points);
  run.note('work', durationMs);
  run.note('job', durationMs);
  run.see('result', inside);
}

async function wordsOnCluster(run: Run, copies: number, master: string): Promise<void> {
  const desk = setDesk(copies);
  try {
    for (let time = 0; time < TIMES; time++) {
      const { stats } = await play({ job: 'wordcount', masters: [master], inputs: [desk.text], out: desk.out });
      run.note('work', stats.workSeconds * 1000);
      run.note('work, first time', stats.workSeconds * 1000);
      run.note('job', stats.runSeconds * 1000);
    }
    run.see('result', digestOfLines(desk.out));
  } finally {
    desk.clear();
  }
}

async function piOnCluster(run: Run, points: number, master: string): Promise<void> {
  const { stats, result } = await play({ job: 'pi', masters: [master], options: { tasks: PI_TASKS, points } });
  run.note('work', stats.workSeconds * 1000);
  run.note('job', stats.runSeconds * 1000);
  run.see('result', (result as { inside: number }).inside);
}

/** Many at once, then one at a time: a task that takes the whole agent waits for the one before to end. */
async function noOpsOnCluster(run: Run, tasks: number, master: string): Promise<void> {
  const many = await play({ job: NO_OP, masters: [master], options: { tasks } });
  run.note('task, many at once', (many.stats.workSeconds * 1000) / tasks);
  const single = await play({ job: NO_OP, masters: [master], options: { tasks: Math.ceil(tasks / 20) }, cpus: 1 });
  run.note('task, one at a time', (single.stats.workSeconds * 1000) / single.stats.tasks);
  run.note('start, p50', single.stats.startMs?.p50 ?? NaN);
  run.note('start, p99', single.stats.startMs?.p99 ?? NaN);
  run.see('result', many.printed.trim());
}

const ON_CLUSTER: Readonly<Record<string, (run: Run, amount: number, master: string) => Promise<void>>> = {
  words: wordsOnCluster,
  pi: piOnCluster,
  'no-op': noOpsOnCluster,
};

export default problem<Load>({
  name: 'cluster',
  title: 'Jobs on a master, agents and executors, against the same code in bare threads',
  shape: 'Word count of a novel many times over, π in 20 tasks, and tasks that do nothing through one agent.',
  parameters: { job: 'what is run', amount: 'copies of the novel, points of a task, or tasks' },
  metrics: {
    work: ms('from the first task that runs to the last result'),
    'work, first time': ms('the same with code that has not run before'),
    job: ms('from the first launch to the last result, executors started on the way'),
    'task, many at once': us('one task of many that run at once'),
    'task, one at a time': us('one task after the other, offers included'),
    'start, p50': ms('from launch to TASK_RUNNING, one at a time; a clock of whole milliseconds'),
    'start, p99': ms('the slowest of a hundred'),
  },
  scales: {
    tiny: [
      { name: 'words', size: { job: 'words', amount: 1 }, contenders: ['worker', 'cluster'] },
      { name: 'pi', size: { job: 'pi', amount: 20_000 }, contenders: ['threads', 'cluster'] },
      { name: 'no-op', size: { job: 'no-op', amount: 100 }, contenders: ['cluster'] },
    ],
    quick: [
      { name: 'words', size: { job: 'words', amount: 50 }, contenders: ['worker', 'cluster'] },
      { name: 'pi', size: { job: 'pi', amount: 100_000_000 }, contenders: ['threads', 'cluster'] },
      { name: 'no-op', size: { job: 'no-op', amount: 10_000 }, contenders: ['cluster'] },
    ],
    default: [
      { name: 'words', size: { job: 'words', amount: 50 }, contenders: ['worker', 'cluster'] },
      { name: 'many-words', size: { job: 'words', amount: 500 }, contenders: ['worker', 'cluster'] },
      { name: 'pi', size: { job: 'pi', amount: 600_000_000 }, contenders: ['threads', 'cluster'] },
      { name: 'no-op', size: { job: 'no-op', amount: 50_000 }, contenders: ['cluster'] },
    ],
  },
  contenders: {
    worker: (run, { amount }) => wordsInOneThread(run, amount),
    threads: (run, { amount }) => piInThreads(run, amount),
    cluster: async (run, { job, amount }) => {
      const cluster = await startCluster(job === 'no-op' ? 1 : 2);
      try {
        await ON_CLUSTER[job]!(run, amount, cluster.master);
      } finally {
        await cluster.close();
      }
    },
  },
});
