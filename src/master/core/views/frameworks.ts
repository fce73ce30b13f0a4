/** Frameworks and offers as /state and /frameworks show them. */
import { commandInfo } from '../../../protocol/common.js';
import { offerConstraints } from '../../../protocol/framework.js';
import { toV1Json } from '../../../protocol/v1-json.js';
import type { Executor, Framework, MasterState, Offer, Task } from '../state.js';
import { offeredOf, usedOf } from '../usage.js';
import { hasCapability } from '../validation/index.js';
import { type Json, type JsonObject, resourceMap, seconds } from './json.js';
import { labelList } from './labels.js';
import { printItems, printNested, printWithLists } from './print.js';
import { type Seen, seenOf } from './sight.js';
import { viewTask } from './tasks.js';

function viewOffer(offer: Offer): JsonObject {
  return {
    id: offer.id,
    framework_id: offer.frameworkId,
    allocation_info: { role: offer.role },
    slave_id: offer.agentId,
    resources: resourceMap(offer.resources),
  };
}

function viewExecutor({ info, agent, framework, role, resources }: Executor): JsonObject {
  return {
    executor_id: info.executorId,
    name: info.name ?? '',
    framework_id: framework.id,
    command: info.command === undefined ? {} : toV1Json(commandInfo, info.command),
    resources: resourceMap(resources),
    ...(resources.isEmpty ? {} : { role }),
    ...(info.labels === undefined ? {} : { labels: labelList(info.labels) }),
    ...(info.type === undefined ? {} : { type: info.type }),
    slave_id: agent.id,
  };
}

/** A framework without its tasks, offers and executors. Times are in seconds. */
export function headOfFramework(framework: Framework): JsonObject {
  const { info } = framework;
  const used = usedOf(framework);
  const offered = offeredOf(framework);
  return {
    id: framework.id,
    name: info.name,
    used_resources: resourceMap(used),
    offered_resources: resourceMap(offered),
    capabilities: (info.capabilities ?? []).map((capability) => capability.type),
    hostname: info.hostname ?? '',
    webui_url: info.webuiUrl ?? '',
    active: framework.active,
    connected: framework.link !== null,
    recovered: framework.recovered,
    user: info.user,
    failover_timeout: info.failoverTimeoutSeconds ?? 0,
    checkpoint: info.checkpoint ?? false,
    registered_time: seconds(framework.registeredMs),
    unregistered_time: seconds(framework.unregisteredMs ?? 0),
    ...(info.principal === undefined ? {} : { principal: info.principal }),
    resources: resourceMap(used.plus(offered)),
    ...(framework.reregisteredMs === framework.registeredMs
      ? {}
      : { reregistered_time: seconds(framework.reregisteredMs) }),
    ...(hasCapability(info, 'MULTI_ROLE') ? { roles: info.roles ?? [] } : { role: info.role ?? '*' }),
    ...(info.labels === undefined ? {} : { labels: labelList(info.labels) }),
    offer_constraints:
      framework.offerConstraints === null ? {} : toV1Json(offerConstraints, framework.offerConstraints),
  };
}

/** A framework with all it has. */
export function viewFramework(framework: Framework): JsonObject {
  return {
    ...headOfFramework(framework),
    tasks: [...framework.tasks.values()].map(viewTask),
    unreachable_tasks: [...framework.unreachableTasks.values()].map(viewTask),
    completed_tasks: framework.completedTasks.toArray().map(viewTask),
    offers: [...framework.offers].map(viewOffer),
    executors: [...framework.executors].map(viewExecutor),
  };
}

/** The text of a framework in pieces; what it has is what it has now. */
export function printFramework(framework: Framework, seen: Seen = null): Generator<string> {
  const task = (item: Task): string => JSON.stringify(viewTask(item));
  const { tasks, unreachableTasks, completedTasks, executors } = framework;
  return printWithLists(() => JSON.stringify(headOfFramework(framework)), {
    tasks: printItems(seenOf(seen, 'task', tasks.values()), task),
    unreachable_tasks: printItems(seenOf(seen, 'task', unreachableTasks.values()), task),
    completed_tasks: printItems(seenOf(seen, 'task', completedTasks.toArray()), task),
    offers: printItems([...framework.offers], (offer) => JSON.stringify(viewOffer(offer))),
    executors: printItems(seenOf(seen, 'executor', executors), (item) => JSON.stringify(viewExecutor(item))),
  });
}

/** /frameworks in pieces; `id` asks for one. */
export function printFrameworks(state: MasterState, id?: string, seen: Seen = null): Generator<string> {
  const wanted = (frameworks: ReadonlyMap<string, Framework>): Generator<string> => {
    const visible = seenOf(seen, 'framework', frameworks.values());
    const chosen = visible.filter((framework) => id === undefined || framework.id === id);
    return printNested(chosen.map((framework) => printFramework(framework, seen)));
  };
  return printWithLists(() => '{}', {
    frameworks: wanted(state.frameworks),
    completed_frameworks: wanted(state.completedFrameworks),
    unregistered_frameworks: [],
  });
}

/** /frameworks */
export function viewFrameworks(state: MasterState): {
  frameworks: Json[];
  completed_frameworks: Json[];
  unregistered_frameworks: Json[];
} {
  return {
    frameworks: [...state.frameworks.values()].map(viewFramework),
    completed_frameworks: [...state.completedFrameworks.values()].map(viewFramework),
    unregistered_frameworks: [],
  };
}

/** All outstanding offers, oldest first, with the time (in seconds) they were made. */
export function viewOffers(state: MasterState, seen: Seen = null): { offers: Json[] } {
  const visible = [...state.offers.values()].filter(({ framework }) => seen?.framework(framework) ?? true);
  const offers = visible.map((offer) => ({ ...viewOffer(offer), made_time: seconds(offer.madeMs) }));
  return { offers };
}
