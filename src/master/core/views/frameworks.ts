/** Frameworks and offers as /state and /frameworks show them. */
import { commandInfo } from '../../../protocol/common.js';
import { offerConstraints } from '../../../protocol/framework.js';
import { toV1Json } from '../../../protocol/v1-json.js';
import type { Executor, Framework, MasterState, Offer } from '../state.js';
import { offeredOf, usedOf } from '../usage.js';
import { hasCapability } from '../validation/index.js';
import { type Json, type JsonObject, resourceMap, seconds } from './json.js';
import { labelList } from './labels.js';
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

/** A framework with all it has. Times are in seconds. */
export function viewFramework(framework: Framework): JsonObject {
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
    tasks: [...framework.tasks.values()].map(viewTask),
    unreachable_tasks: [...framework.unreachableTasks.values()].map(viewTask),
    completed_tasks: framework.completedTasks.toArray().map(viewTask),
    offers: [...framework.offers].map(viewOffer),
    executors: [...framework.executors].map(viewExecutor),
    ...(info.labels === undefined ? {} : { labels: labelList(info.labels) }),
    offer_constraints:
      framework.offerConstraints === null ? {} : toV1Json(offerConstraints, framework.offerConstraints),
  };
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
export function viewOffers(state: MasterState): { offers: Json[] } {
  const offers = [...state.offers.values()].map((offer) => ({ ...viewOffer(offer), made_time: seconds(offer.madeMs) }));
  return { offers };
}
