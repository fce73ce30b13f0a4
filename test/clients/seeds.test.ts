/**
 * Two programs that students wrote for Mesos, in their manner: one task for each offer, whatever it could hold; offers
 * that are too small, or of no more use, neither accepted nor declined; results by messages; `driver.stop()` inside a
 * callback. The master and the agents are whole, the executors processes.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseResources } from '../../src/resources/parse-text.js';
import { startCluster, type TestCluster } from '../agent/shell/cluster.js';
import { leaveAll } from '../master/shell/v1/raw-http.js';
import { amountOf, PyDriver, type PyOffer, type PyScheduler, scalar } from './pymesos-driver.js';

const EXECUTOR = fileURLToPath(new URL('seed-executor.mjs', import.meta.url));
const NOVEL = fileURLToPath(new URL('../../data/anna-karenina.txt', import.meta.url));

/** Between the message of a task and its last update; the programs have 30 s there. */
const IDLE_MS = process.env['METE_TEST_IDLE_MS'] ?? '50';

async function ground(t: TestContext, agents: readonly string[]): Promise<TestCluster & { readonly port: number }> {
  const cluster = await startCluster();
  t.after(() => {
    leaveAll(t);
    return cluster.close();
  });
  for (const resources of agents) await cluster.addAgent({ resources: parseResources(resources) });
  return { ...cluster, port: Number(cluster.master.address.split(':')[1]) };
}

interface Needs {
  readonly cpus: number;
  readonly executorCpus: number;
  /** What is run, and how long it is idle. */
  readonly work: string;
}

/** A task as the programs write it; the ExecutorInfo comes with every one of them. */
function taskOf(offer: PyOffer, number: number, needs: Needs, data = 'hello'): object {
  const command = { value: `exec ${process.execPath} ${EXECUTOR} ${needs.work}` };
  const resources = [scalar('mem', 32), scalar('cpus', needs.executorCpus)];
  return {
    task_id: { value: `task-${number}` },
    agent_id: { value: offer.agent_id.value },
    name: `task ${number}`,
    executor: { executor_id: { value: 'SeedExecutor' }, name: 'SeedExecutor', command, resources },
    data: Buffer.from(data).toString('base64'),
    resources: [scalar('cpus', needs.cpus), scalar('mem', 32)],
  };
}

const isEnough = (offer: PyOffer, cpus: number): boolean =>
  amountOf(offer, 'cpus') >= cpus && amountOf(offer, 'mem') >= 32;

interface PiRun {
  readonly scheduler: PyScheduler;
  readonly states: Map<string, string[]>;
  readonly held: PyOffer[];
  pi(): number;
}

function piScheduler(count: number, refuseSeconds: number, idle = IDLE_MS): PiRun {
  const filters = { refuse_seconds: refuseSeconds };
  const states = new Map<string, string[]>();
  const held: PyOffer[] = [];
  let launched = 0;
  let sum = 0;
  let heard = 0;
  return {
    states,
    held,
    pi: () => sum / count,
    scheduler: {
      async resourceOffers(driver, offers) {
        for (const offer of offers) {
          if (launched >= count || !isEnough(offer, 1)) {
            held.push(offer);
            continue;
          }
          launched++;
          const task = taskOf(offer, launched, { cpus: 1, executorCpus: 0.5, work: `pi ${idle}` });
          await driver.launchTasks(offer.id, [task], filters);
        }
      },
      statusUpdate(_driver, status) {
        const { value } = status.task_id;
        states.set(value, [...(states.get(value) ?? []), status.state]);
        return Promise.resolve();
      },
      async frameworkMessage(driver, data) {
        sum += Number(data.toString());
        if (++heard >= count) await driver.stop();
      },
    },
  };
}

interface State {
  readonly frameworks: readonly { readonly id: string; readonly offers: readonly unknown[] }[];
  readonly completed_frameworks: readonly {
    readonly id: string;
    readonly completed_tasks: readonly { readonly state: string }[];
  }[];
  readonly slaves: readonly { readonly used_resources: { readonly cpus: number } }[];
}

async function stateOf({ master }: TestCluster): Promise<State> {
  return (await (await fetch(`http://${master.address}/state`)).json()) as State;
}

/** A framework that comes after must be offered whole agents, also what was held. */
async function assertAllFree(cluster: TestCluster, cpus: readonly number[]): Promise<void> {
  const offered = new Set<string>();
  const next = await cluster.addFramework();
  while (offered.size < cpus.length) {
    for (const message of next.messages) {
      if (message.type !== 'OFFERS') continue;
      for (const offer of message.offers) {
        const amount = offer.resources.find(({ name }) => name === 'cpus')?.scalar ?? 0;
        if (cpus.includes(amount)) offered.add(offer.agentId);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('[G28] 20 tasks throw points, one for each offer; results come by messages, then driver.stop()', async (t) => {
  const cluster = await ground(t, Array.from({ length: 4 }, () => 'cpus:4;mem:1024'));
  const run = piScheduler(20, 5);
  const driver = new PyDriver(t, cluster.port, run.scheduler);
  await driver.run();
  assert.ok(Math.abs(run.pi() - Math.PI) < 0.01, `π is about ${run.pi()}`);
  assert.equal(run.states.size, 20);
  for (const states of run.states.values()) {
    assert.ok(['TASK_RUNNING', 'TASK_RUNNING,TASK_FINISHED'].includes(states.join()), states.join());
  }
  assert.equal(driver.callConnections, 1);
  const { completed_frameworks: [over], frameworks } = await stateOf(cluster);
  assert.deepEqual([frameworks.length, over?.id], [0, driver.frameworkId]);
  assert.ok(over!.completed_tasks.some(({ state }) => state === 'TASK_KILLED'), 'the last tasks were still running');
  await assertAllFree(cluster, [4]);
});

test('[G28] what a task frees is offered anew, though a smaller offer of its agent is held for ever', async (t) => {
  const cluster = await ground(t, ['cpus:2;mem:64']);
  // Tasks end only when there is such an offer.
  const isHeld = join(cluster.root, 'is-held');
  const run = piScheduler(3, 0, isHeld);
  const { scheduler } = run;
  const driver = new PyDriver(t, cluster.port, {
    ...scheduler,
    async resourceOffers(self, offers) {
      await scheduler.resourceOffers(self, offers);
      if (run.held.length > 0) writeFileSync(isHeld, '');
    },
  });
  await driver.run();
  assert.equal(amountOf(run.held[0]!, 'cpus'), 0.5);
  assert.deepEqual([...run.states.keys()], ['task-1', 'task-2', 'task-3']);
});

test('[G29] words are counted of payloads in task data; the program ends inside its last update', async (t) => {
  const cluster = await ground(t, ['cpus:1;mem:512', 'cpus:1;mem:512']);
  const words = readFileSync(NOVEL, 'utf8').split(/\s+/);
  const tasks = 10;
  const size = Math.ceil(words.length / tasks);
  const counts = new Map<string, number>();
  let [launched, finished, merged] = [0, 0, 0];
  const updates: string[] = [];
  const driver = new PyDriver(t, cluster.port, {
    async resourceOffers(self, offers) {
      if (launched === tasks) return;
      for (const offer of offers) {
        if (launched === tasks || !isEnough(offer, 0.1)) continue;
        const text = words.slice(launched * size, (launched + 1) * size).join(' ');
        launched++;
        const task = taskOf(offer, launched, { cpus: 0.1, executorCpus: 0.1, work: `words ${IDLE_MS}` }, text);
        await self.launchTasks(offer.id, [task], { refuse_seconds: 5 });
      }
    },
    frameworkMessage(_self, data) {
      const pairs = JSON.parse(data.toString()) as [string, number][];
      for (const [word, count] of pairs) counts.set(word, (counts.get(word) ?? 0) + count);
      merged++;
      return Promise.resolve();
    },
    async statusUpdate(self, status) {
      updates.push(`${status.task_id.value} ${status.state}`);
      if (status.state !== 'TASK_FINISHED') return;
      finished++;
      // A message that came behind this update would not be waited for: the program would never end.
      assert.ok(merged >= finished, 'every message came before the update that was sent after it');
      if (finished === tasks) await self.stop();
    },
  });
  await driver.run();
  const expected = new Map<string, number>();
  for (const word of words) expected.set(word, (expected.get(word) ?? 0) + 1);
  assert.deepEqual(counts, expected);
  assert.equal(new Set(updates).size, updates.length, 'no update came twice');
  assert.deepEqual([merged, finished, driver.callConnections], [tasks, tasks, 1]);
  await assertAllFree(cluster, [1]);
});
