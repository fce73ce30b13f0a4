/** Who uses what, counted when somebody asks: resources of tasks that have not ended and of executors. */
import type { FrameworkId } from '../../protocol/schema.js';
import type { Descriptor } from '../../resources/descriptor.js';
import { type Lot, scalarLot } from '../../resources/lot.js';
import { Resources } from '../../resources/resources.js';
import type { Agent, Framework, Task } from './state.js';
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

/** One pass over the amounts, since there may be very many; what is more than an amount is merged at the end. */
export function sumOf(items: Iterable<{ readonly resources: Resources }>): Resources {
  const amounts = new Map<Descriptor, number>();
  const others: Lot[] = [];
  for (const { resources } of items) {
    for (const lot of resources.lots) {
      const { descriptor } = lot;
      if (descriptor.plain) amounts.set(descriptor, (amounts.get(descriptor) ?? 0) + lot.amountMilli);
      else others.push(lot);
    }
  }
  return Resources.of([...[...amounts].map(([descriptor, milli]) => scalarLot(descriptor, milli)), ...others]);
}

/** Those tasks that hold their resources. */
function* holding(tasks: Iterable<Task>): Generator<Task> {
  for (const task of tasks) if (!holdsNothing(task.state)) yield task;
}

/** What is used of some agents together. */
export function usedOnAgents(agents: readonly Agent[]): Resources {
  return sumOf(itemsOn(agents));
}

function* itemsOn(agents: readonly Agent[]): Generator<{ readonly resources: Resources }> {
  for (const { tasks, executors } of agents) {
    yield* holding(tasks);
    for (const ofFramework of executors.values()) yield* ofFramework.values();
  }
}

export function usedOnAgent(agent: Agent): Resources {
  return usedOnAgents([agent]);
}

export function usedOf(framework: Framework): Resources {
  return sumOf([...holding(framework.tasks.values()), ...framework.executors]);
}

/** What is offered of an agent, or to a framework. */
export function offeredOf(of: Agent | Framework): Resources {
  return sumOf(of.offers);
}
