/** Who uses what, counted when somebody asks: resources of tasks that have not ended and of executors. */
import type { FrameworkId } from '../../protocol/schema.js';
import { Resources } from '../../resources/resources.js';
import type { Agent, Framework } from './state.js';
import { holdsNothing } from './held.js';

/** What tasks and executors use of an agent, by framework. */
export function usedByFramework(agent: Agent): Map<FrameworkId, Resources> {
  const used = new Map<FrameworkId, Resources>();
  const add = (id: FrameworkId, resources: Resources): void => {
    if (!resources.isEmpty) used.set(id, (used.get(id) ?? Resources.EMPTY).plus(resources));
  };
  for (const task of agent.tasks) if (!holdsNothing(task.state)) add(task.framework.id, task.resources);
  for (const [id, executors] of agent.executors) {
    for (const executor of executors.values()) add(id, executor.resources);
  }
  return used;
}

/** The same by framework and role, as the allocator wants it told. */
export function usesOf(agent: Agent): { frameworkId: FrameworkId; role: string; resources: Resources }[] {
  const tasks = [...agent.tasks].filter((task) => !holdsNothing(task.state));
  const executors = [...agent.executors.values()].flatMap((ofFramework) => [...ofFramework.values()]);
  return [...tasks, ...executors].map(({ framework, role, resources }) => {
    return { frameworkId: framework.id, role, resources };
  });
}

function sumOf(items: Iterable<{ readonly resources: Resources }>): Resources {
  let sum = Resources.EMPTY;
  for (const { resources } of items) sum = sum.plus(resources);
  return sum;
}

export function usedOnAgent(agent: Agent): Resources {
  return sumOf([...usedByFramework(agent).values()].map((resources) => ({ resources })));
}

export function usedOf(framework: Framework): Resources {
  const tasks = [...framework.tasks.values()].filter((task) => !holdsNothing(task.state));
  return sumOf([...tasks, ...framework.executors]);
}

/** What is offered of an agent, or to a framework. */
export function offeredOf(of: Agent | Framework): Resources {
  return sumOf(of.offers);
}
