/**
 * `npm run test:large [-- MEGABYTES]`: counts the words of a generated text of 1 GB on a cluster of two agents. The
 * counts must be exactly right, and no process may ever use 500 MB: every process of the cluster, and the job's own,
 * is looked at twice a second. Needs /proc.
 */
import assert from 'node:assert/strict';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FAST, PORTABLE, startCluster } from './cluster.js';
import { endOf, type Ground, openGround } from './ground.js';
import { writeLargeText } from './large-text.js';

const MEGABYTE = 1e6;
const VOCABULARY = 200_000;
const MOST_MB = 500;
const SAMPLE_MS = 500;
const JOB_MS = 600_000;

interface Peak {
  readonly name: string;
  /** What the kernel says was the most ever; samples alone may miss it. */
  kilobytes: number;
}

/** What a process is, by its command line. */
function nameOf(command: string): string {
  return /mete\.js (\w+)/.exec(command)?.[1] ?? command.split(' ')[0]!.split('/').at(-1)!;
}

/** Looks at all processes of a ground until it is told to stop; gives their peaks by process id. */
function watchMemory(ground: Ground): { stop(): Map<number, Peak> } {
  const peaks = new Map<number, Peak>();
  const look = (): void => {
    for (const { pid, command } of ground.processes()) {
      const peak = peaks.get(pid) ?? { name: nameOf(command), kilobytes: 0 };
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        peak.kilobytes = Math.max(peak.kilobytes, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
      } catch {
        continue; // it has ended
      }
      peaks.set(pid, peak);
    }
  };
  const timer = setInterval(look, SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return peaks;
    },
  };
}

/** Compares the lines `word<TAB>count` of a file with what must be there, and their order. */
async function checkCounts(path: string, counts: ReadonlyMap<string, number>): Promise<void> {
  let lines = 0;
  let before = { word: '', count: Infinity };
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    const [word = '', count = ''] = line.split('\t');
    assert.equal(Number(count), counts.get(word), `the count of ${JSON.stringify(word)}`);
    const inOrder = before.count > Number(count) || Buffer.compare(Buffer.from(before.word), Buffer.from(word)) < 0;
    assert.ok(before.count >= Number(count) && inOrder, `${word} stands in the wrong place`);
    before = { word, count: Number(count) };
    lines++;
  }
  assert.equal(lines, counts.size, 'different words');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

async function main(megabytes: number): Promise<void> {
  assert.ok(megabytes > 0, 'say how many megabytes');
  assert.ok(existsSync('/proc/self/status'), 'memory of processes is read from /proc, which is not here');
  const ground = await openGround();
  try {
    const kind = FAST.missing === false ? FAST : PORTABLE;
    const input = join(ground.directory, 'large.txt');
    let startMs = performance.now();
    const text = await writeLargeText(input, megabytes * MEGABYTE, VOCABULARY);
    assert.equal(statSync(input).size, text.bytes);
    const size = `${(text.bytes / MEGABYTE).toFixed(0)} MB, ${text.counts.size} different words`;
    say(`text: ${size}, written in ${seconds(startMs)}`);
    const cluster = await startCluster(ground, kind, { resources: 'cpus:1;mem:1024;disk:100' });
    const memory = watchMemory(ground);
    startMs = performance.now();
    const out = join(ground.directory, 'counts.tsv');
    const work = ['wordcount', '--input', input, '--top', '0', '--out', out];
    const job = ground.start(['run', '--master', cluster.master, '--transport', kind.transport, ...work]);
    const { code, stderr } = await endOf(job, 'the job', JOB_MS);
    const peaks = memory.stop();
    assert.equal(code, 0, stderr);
    say(`job: ${seconds(startMs)} in all; ${stderr.trimEnd().split('\n').at(-1)}`);
    for (const [pid, { name, kilobytes }] of peaks) {
      say(`${name.padEnd(10)} ${String(pid).padEnd(8)} ${mb(kilobytes)} MB`);
    }
    await checkCounts(out, text.counts);
    say('every count is right');
    const over = [...peaks.values()].filter(({ kilobytes }) => mb(kilobytes) >= MOST_MB);
    assert.deepEqual(over, [], `no process may use ${MOST_MB} MB`);
    say(`every process stayed below ${MOST_MB} MB`);
    await cluster.isIdle();
  } finally {
    await ground.close();
  }
}

function mb(kilobytes: number): number {
  return Math.round((kilobytes * 1024) / MEGABYTE);
}

await main(Number(process.argv[2] ?? 1000));
