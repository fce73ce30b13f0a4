/**
 * What must be true of a cluster that was hurt: of what the framework was told, of what the masters, the agents and the
 * registry hold, and of what the masters logged.
 */
import assert from 'node:assert/strict';
import type { AgentView } from '../e2e/cluster.js';
import { waitFor } from '../e2e/ground.js';
import { isTerminal, type TaskState } from '../../src/protocol/task.js';
import type { FaultCluster } from './cluster.js';
import type { Witness, Witnessed } from './framework.js';

const told = (tasks: readonly Witnessed[]): string =>
  tasks.map(({ taskId, statuses }) => `${taskId}: ${statuses.map(({ state }) => state).join(' ')}`).join('\n');

/** Long tasks that run, each with its agent. */
export function runningLong(witness: Witness): Map<string, string> {
  const running = witness.open().filter(({ isLong, statuses }) => isLong && statuses.at(-1)?.state === 'TASK_RUNNING');
  return new Map(running.map(({ taskId, statuses }) => [taskId, statuses.at(-1)!.agentId!]));
}

/** Waits until so many long tasks run. */
export async function longTasksRun(witness: Witness, count: number): Promise<void> {
  await waitFor('the long tasks to run', () => runningLong(witness).size === count, () => told(witness.open()));
}

/** Each task has one terminal status at most, and nothing after it; each that is over was told of. */
export function checkStatuses(witness: Witness): void {
  for (const task of witness.tasks.values()) {
    const ends = task.statuses.findIndex(({ state }) => isTerminal(state));
    if (ends >= 0) assert.equal(ends, task.statuses.length - 1, `after the end more was told: ${told([task])}`);
  }
}

/** What the framework holds for running is what the master does, on the same agents. */
export async function checkAgreement(cluster: FaultCluster, witness: Witness): Promise<void> {
  const held = async (): Promise<readonly string[]> => {
    const { frameworks } = await cluster.state();
    const known = frameworks.find(({ id }) => id === witness.driver.frameworkId)?.tasks ?? [];
    const live = known.filter(({ state }) => !isTerminal(state as TaskState));
    return live.map(({ id, slave_id: agentId, state }) => `${id} ${state} on ${agentId}`).sort();
  };
  const mine = (): string[] => [...runningLong(witness)].map(([id, agent]) => `${id} TASK_RUNNING on ${agent}`).sort();
  const agrees = async (): Promise<boolean> =>
    mine().join() === (await held()).join() && witness.open().length === mine().length;
  const seen = async (): Promise<unknown> => [await held(), told(witness.open())];
  await waitFor('framework and master to agree', agrees, seen);
}

function isNothing(resources: Readonly<Record<string, unknown>>): boolean {
  return Object.values(resources).every((amount) => amount === 0 || amount === '');
}

/** Nobody is there any more: nothing is held or offered, and no executor lives. */
export async function checkNothingHeld(cluster: FaultCluster): Promise<void> {
  const isFree = async (): Promise<boolean> => {
    const views = await cluster.agentViews();
    const { frameworks } = await cluster.state();
    const isFreeAgent = (view: AgentView): boolean =>
      isNothing(view.used_resources) && isNothing(view.offered_resources);
    return frameworks.length === 0 && views.every(isFreeAgent) && cluster.executors().length === 0;
  };
  const seen = async (): Promise<unknown> => [
    await cluster.agentViews(),
    (await cluster.state()).frameworks,
    cluster.executors().map(({ pid, agent }) => `${pid} of ${agent.name}`),
  ];
  await waitFor('nothing to be held', isFree, seen);
}

/** The registry says what is true: every agent is admitted once, under the id that it had from the first. */
export async function checkRegistry(cluster: FaultCluster, idsAtFirst: readonly string[]): Promise<void> {
  const registry = await cluster.registry();
  const now = (await cluster.agentViews()).map(({ id }) => id).sort();
  assert.deepEqual(now, idsAtFirst, 'agents have other ids than at first');
  assert.deepEqual(registry, { admitted: idsAtFirst, unreachable: [], gone: [] });
}

/** What only a leader does, by the words it logs. */
const ACTS = /^(agent (registered|re-registered|marked unreachable)|framework (subscribed|removed))/;
const ELECTED = /^elected/;

/** Once a master has been elected, none that was elected before it has done what only leaders do. */
export function checkLeaders(cluster: FaultCluster): number {
  const lines = cluster.masters.flatMap((master) => master.log().map((line) => ({ ...line, master: master.name })));
  lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  let leader: string | null = null;
  let elections = 0;
  for (const { text, master, pid, time } of lines) {
    const who = `${master} ${pid}`;
    if (ELECTED.test(text)) {
      leader = who;
      elections++;
    } else if (ACTS.test(text)) {
      assert.equal(who, leader, `${time}: ${who} did "${text}" while ${leader} led`);
    }
  }
  return elections;
}
