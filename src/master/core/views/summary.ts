/** /state-summary: agents and frameworks with how many tasks they have in each state. */
import type { TaskState } from '../../../protocol/task.js';
import type { Agent, Framework, MasterState, Task } from '../state.js';
import { viewAgent } from './agents.js';
import { headOfFramework } from './frameworks.js';
import type { JsonObject } from './json.js';
import { printItems, printWithLists } from './print.js';
import { type Seen, seenOf } from './sight.js';

const SHOWN = [
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_KILLED',
  'TASK_FAILED',
  'TASK_LOST',
  'TASK_ERROR',
  'TASK_UNREACHABLE',
] as const satisfies readonly TaskState[];

/** Tasks by state, and the agents or frameworks they belong to. */
class Tally {
  readonly counts: Partial<Record<TaskState, number>> = {};
  readonly others = new Set<string>();

  add(task: Task, other: string): void {
    this.counts[task.state] = (this.counts[task.state] ?? 0) + 1;
    this.others.add(other);
  }

  view(): JsonObject {
    return Object.fromEntries(SHOWN.map((state) => [state, this.counts[state] ?? 0]));
  }
}

function tallyOf<K>(tallies: Map<K, Tally>, key: K): Tally {
  let tally = tallies.get(key);
  if (tally === undefined) tallies.set(key, (tally = new Tally()));
  return tally;
}

/** So many tasks are counted between two pauses. */
const COUNTED_AT_ONCE = 4096;

/** /state-summary in pieces. Counts are those of the moment it is asked for. */
export function* printSummary(state: MasterState, seen: Seen = null): Generator<string> {
  const byAgent = new Map<string, Tally>();
  const byFramework = new Map<Framework, Tally>();
  const visible = seenOf(seen, 'framework', state.frameworks.values());
  for (const framework of visible) {
    const own = tallyOf(byFramework, framework);
    const { tasks, unreachableTasks, completedTasks } = framework;
    let count = 0;
    for (const task of [...tasks.values(), ...unreachableTasks.values(), ...completedTasks.toArray()]) {
      own.add(task, task.agentId);
      tallyOf(byAgent, task.agentId as string).add(task, framework.id);
      if (++count % COUNTED_AT_ONCE === 0) yield '';
    }
  }
  const { masterInfo, cluster } = state.settings;
  const agentView = (agent: Agent): JsonObject => {
    const tally = tallyOf(byAgent, agent.id as string);
    return { ...viewAgent(state, agent, seen), ...tally.view(), framework_ids: [...tally.others] };
  };
  const frameworkView = (framework: Framework): JsonObject => {
    const tally = tallyOf(byFramework, framework);
    return { ...headOfFramework(framework), ...tally.view(), slave_ids: [...tally.others] };
  };
  const head = { hostname: masterInfo.hostname ?? '', ...(cluster === undefined ? {} : { cluster }) };
  yield* printWithLists(() => JSON.stringify(head), {
    slaves: printItems([...state.agents.values()], (agent) => JSON.stringify(agentView(agent))),
    frameworks: printItems(visible, (framework) => JSON.stringify(frameworkView(framework))),
  });
}
